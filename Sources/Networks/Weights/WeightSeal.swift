import Base

/// The checksum that a weight file carries of itself, as text in its metadata: "xxh64:" and 16 hexadecimal digits, of all bytes of the file with
/// zeros in the place of the digits.
///
/// Files of other programs and of earlier versions have none. One that has lost the name of this member to damage is known by its text.
enum WeightSeal {
  static let name = "checksum"
  private static let kind = "xxh64:"
  private static let digits = 16
  static let blank = kind + String(repeating: "0", count: digits)

  static func text(_ sum: Checksum) -> String { kind + sum.text }

  /// Whether a text of the metadata is such a checksum.
  private static func isSeal(_ text: String) -> Bool {
    text.hasPrefix(kind) && text.utf8.count == blank.utf8.count
      && text.utf8.dropFirst(kind.utf8.count).allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// Offset of a text in quotes within a header.
  static func place(of text: String, in header: some RandomAccessCollection<UInt8>) -> Int? {
    let quoted = Array("\"\(text)\"".utf8)
    var at = header.startIndex
    while let quote = header[at...].firstIndex(of: quoted[0]) {
      if header[quote...].starts(with: quoted) {
        return header.distance(from: header.startIndex, to: quote) + 1
      }
      at = header.index(after: quote)
    }
    return nil
  }

  /// Whether the file is as it was written, as far as its metadata says.
  static func isIntact(_ bytes: FileBytes, headerEnd: Int, _ metadata: [String: String]) -> Bool {
    guard let text = metadata[name] ?? metadata.values.first(where: isSeal) else { return true }
    guard isSeal(text) else { return false }
    return bytes.withBytes { file in
      guard let place = place(of: text, in: UnsafeRawBufferPointer(rebasing: file[8..<headerEnd])) else {
        return false
      }
      let start = 8 + place + kind.utf8.count
      var sum = Checksum()
      sum.add(UnsafeRawBufferPointer(rebasing: file[..<start]))
      sum.add(Array(repeating: UInt8(ascii: "0"), count: digits))
      sum.add(UnsafeRawBufferPointer(rebasing: file[(start + digits)...]))
      return self.text(sum) == text
    }
  }
}
