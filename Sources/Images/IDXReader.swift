import Base
import Tensors

/// One IDX file of unsigned bytes, plain or compressed: its axes first, and then its bytes in pieces.
struct IDXReader {
  let axes: [Int]
  private let path: String
  private let reader: ArchiveReader

  init(path: String) throws {
    self.path = path
    guard let size = FileStatus(path).bytes else {
      throw InputError("there is no file \(path)", option: "path")
    }
    guard size > 0 else { throw InputError("\(path) is empty", option: "path") }
    reader = try ArchiveReader(path: path, kind: .single)
    guard try reader.next() != nil else { throw InputError("\(path) is empty", option: "path") }
    let magic = try IDXReader.header(4, reader, path)
    guard magic[0] == 0, magic[1] == 0, magic[2] == 8, (1...4).contains(magic[3]) else {
      throw InputError("\(path) is not an IDX file of bytes: it begins with \(magic)")
    }
    let header = try IDXReader.header(4 * Int(magic[3]), reader, path)
    axes = (0..<Int(magic[3])).map { axis in
      header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var count = 1
    for axis in axes {
      let (product, overflow) = count.multipliedReportingOverflow(by: axis)
      guard !overflow, product <= 1 << 40 else {
        throw InputError("\(path) has a header that says the shape \(axes), which cannot be")
      }
      count = product
    }
    // Deflate packs 1,032 bytes into one at the most: a header that says more is wrong, and no memory is taken for it.
    guard count / 1032 <= size else {
      throw InputError(
        "\(path) is cut off: its header says \(counted(count, "byte")), and the file has \(size)")
    }
  }

  private static func header(_ count: Int, _ reader: ArchiveReader, _ path: String) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBytes { try reader.read(count, into: $0.baseAddress!) }
    guard got == count else {
      throw InputError(
        "\(path) is cut off: \(counted(got, "byte")) of the header where there should be \(count)")
    }
    return bytes
  }

  /// Hands out all bytes in pieces, each with its place; throws where there are fewer or more than the axes say.
  func read(_ take: (UnsafeBufferPointer<UInt8>, _ place: Int) -> Void) throws {
    let count = axes.reduce(1, *)
    var block = [UInt8](repeating: 0, count: max(1, min(count, 1 << 20)))
    var place = 0
    while place < count {
      let wanted = min(block.count, count - place)
      let got = try block.withUnsafeMutableBytes { try reader.read(wanted, into: $0.baseAddress!) }
      block.withUnsafeBufferPointer { take(UnsafeBufferPointer(rebasing: $0[..<got]), place) }
      place += got
      guard got == wanted else {
        throw InputError(
          "\(path) is cut off: \(counted(place, "byte")) of data where there should be \(count)")
      }
    }
    var more: UInt8 = 0
    guard try reader.read(1, into: &more) == 0 else {
      throw InputError("\(path) holds more than the \(counted(count, "byte")) that it declares")
    }
  }
}
