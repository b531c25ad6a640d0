import Base
import Tensors

/// The checked header of a weight file.
///
/// Everything that could make later reading go wrong is refused here: a length beyond the file, anything but one
/// object of strict JSON, shapes that do not multiply to the bytes they claim, holes, overlaps, bytes left over.
struct WeightHeader {
  static let longest = 100_000_000
  private static let rules = JSON.Rules(depth: 8, isStrict: true)

  private(set) var metadata: [String: String] = [:]
  private(set) var entries: [WeightFile.Entry] = []
  /// Offset of the first value.
  let start: Int
  private let path: String

  init(_ bytes: FileBytes, path: String) throws {
    self.path = path
    guard bytes.count >= 8 else {
      throw WeightFileError.damaged(path, .short(bytes.count))
    }
    let length = bytes.withBytes { $0.loadUnaligned(as: UInt64.self).littleEndian }
    guard length <= UInt64(WeightHeader.longest), Int(length) <= bytes.count - 8 else {
      throw WeightFileError.damaged(path, .headerLength(Int(clamping: length)))
    }
    start = 8 + Int(length)
    let text = bytes.withBytes { Array($0[8..<8 + Int(length)]) }
    guard text.first == UInt8(ascii: "{") else {
      throw WeightFileError.damaged(path, .headerNoObject)
    }
    let header: JSON
    do { header = try JSON.parse(text, WeightHeader.rules) } catch {
      throw WeightFileError.damaged(path, .headerNoJSON("\(error)"))
    }
    guard case .object(let members) = header else {
      throw WeightFileError.damaged(path, .headerNoObject)
    }
    // In an order that is the same each time, so that the first error is.
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      if name == "__metadata__" { try readMetadata(value) } else { try readEntry(name, value) }
    }
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try checkLayout(bytes.count - start)
  }

  private mutating func readMetadata(_ value: JSON) throws {
    guard case .object(let members) = value else {
      throw WeightFileError.damaged(path, .metadataNoObject)
    }
    for (name, value) in members {
      guard let text = value.string else {
        throw WeightFileError.damaged(path, .metadataNoText)
      }
      metadata[name] = text
    }
  }

  private mutating func readEntry(_ name: String, _ value: JSON) throws {
    guard case .object(let members) = value, members.count == 3,
      case .string(let kindName)? = value["dtype"], case .array(let lengths)? = value["shape"],
      case .array(let offsets)? = value["data_offsets"], offsets.count == 2,
      case .int(let begin) = offsets[0], case .int(let end) = offsets[1]
    else { throw WeightFileError.damaged(path, .undescribed(name)) }
    guard let kind = WeightFile.Kind(rawValue: kindName) else {
      throw WeightFileError.kind(path, name: name, kindName)
    }
    var shape: [Int] = []
    var size = kind.bytes
    for length in lengths {
      guard case .int(let length) = length, length >= 0 else {
        throw WeightFileError.damaged(path, .shape(name))
      }
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      guard !overflow else { throw WeightFileError.damaged(path, .large(name)) }
      size = product
      shape.append(length)
    }
    // A length of 0 may hide others that would not multiply: [0, 2⁶²].
    guard shape.count <= 8, shape.allSatisfy({ $0 <= 1 << 40 }) else {
      throw WeightFileError.damaged(path, .large(name))
    }
    guard begin >= 0, begin <= end, end - begin == size else {
      throw WeightFileError.damaged(path, .bytes(name, begin, end, shape: size))
    }
    entries.append(WeightFile.Entry(name: name, kind: kind, shape: shape, range: begin..<end))
  }

  private func checkLayout(_ bytes: Int) throws {
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw WeightFileError.damaged(
          path, .start(entry.name, entry.range.lowerBound, not: end))
      }
      end = entry.range.upperBound
    }
    guard end == bytes else {
      throw WeightFileError.damaged(path, .total(end, present: bytes))
    }
  }
}
