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
      throw IDXError.missing(path)
    }
    guard size > 0 else { throw IDXError.empty(path) }
    reader = try ArchiveReader(path: path, kind: .single)
    guard try reader.next() != nil else { throw IDXError.empty(path) }
    let magic = try IDXReader.header(4, reader, path)
    guard magic[0] == 0, magic[1] == 0, magic[2] == 8, (1...4).contains(magic[3]) else {
      throw IDXError.noBytes(path, start: magic)
    }
    let header = try IDXReader.header(4 * Int(magic[3]), reader, path)
    axes = (0..<Int(magic[3])).map { axis in
      header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var count = 1
    for axis in axes {
      let (product, overflow) = count.multipliedReportingOverflow(by: axis)
      guard !overflow, product <= 1 << 40 else {
        throw IDXError.impossible(path, axes)
      }
      count = product
    }
    // Deflate packs 1,032 bytes into one at the most: a header that says more is wrong, and no memory is taken for it.
    guard count / 1032 <= size else {
      throw IDXError.cutOff(path, .file(size, declared: count))
    }
  }

  private static func header(_ count: Int, _ reader: ArchiveReader, _ path: String) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let got = try bytes.withUnsafeMutableBytes { try reader.read(count, into: $0.baseAddress!) }
    guard got == count else {
      throw IDXError.cutOff(path, .header(got, of: count))
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
        throw IDXError.cutOff(path, .data(place, of: count))
      }
    }
    var more: UInt8 = 0
    guard try reader.read(1, into: &more) == 0 else {
      throw IDXError.tooLong(path, declared: count)
    }
  }
}
