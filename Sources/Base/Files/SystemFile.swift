/// Small files in which the system says something of itself: `/proc`, control groups.
package enum SystemFile {
  /// Empty where it cannot be read.
  package static func lines(of path: String) -> [String] {
    text(of: path)?.split(separator: "\n").map(String.init) ?? []
  }

  /// The number that is the first word of the file; nil where there is none ("max").
  package static func number(in path: String) -> Int? {
    text(of: path).flatMap { Int($0.split(whereSeparator: { $0.isWhitespace }).first ?? "") }
  }

  /// The number in the line that begins with the word `name`: "MemAvailable:   100 kB", "inactive_file 100".
  package static func number(_ name: String, in path: String) -> Int? {
    for line in lines(of: path) {
      let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
      if words.count > 1, words[0] == name, let value = Int(words[1]) { return value }
    }
    return nil
  }

  /// None of these is long.
  private static func text(of path: String) -> String? {
    guard let bytes = try? InputFile(path).rest(most: 1 << 24), !bytes.isEmpty else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
