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
      throw WeightHeader.damaged(path, "it is \(counted(bytes.count, "byte")) long")
    }
    let length = bytes.withBytes { $0.loadUnaligned(as: UInt64.self).littleEndian }
    guard length <= UInt64(WeightHeader.longest), Int(length) <= bytes.count - 8 else {
      throw WeightHeader.damaged(path, "its header would be \(counted(Int(clamping: length), "byte")) long")
    }
    start = 8 + Int(length)
    let text = bytes.withBytes { Array($0[8..<8 + Int(length)]) }
    guard text.first == UInt8(ascii: "{") else {
      throw WeightHeader.damaged(path, "its header is not a JSON object")
    }
    let header: JSON
    do { header = try JSON.parse(text, WeightHeader.rules) } catch {
      throw WeightHeader.damaged(path, "its header is not JSON: \(error)")
    }
    guard case .object(let members) = header else {
      throw WeightHeader.damaged(path, "its header is not a JSON object")
    }
    // In an order that is the same each time, so that the first error is.
    for (name, value) in members.sorted(by: { $0.key < $1.key }) {
      if name == "__metadata__" { try readMetadata(value) } else { try readEntry(name, value) }
    }
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    try checkLayout(bytes.count - start)
  }

  static func damaged(_ path: String, _ how: String) -> InputError {
    InputError(
      "\(path) is not a safetensors file, or is damaged: \(how).",
      advice: "Save the model again, or name another file.")
  }

  private mutating func readMetadata(_ value: JSON) throws {
    guard case .object(let members) = value else {
      throw WeightHeader.damaged(path, "its metadata is not an object")
    }
    for (name, value) in members {
      guard let text = value.string else {
        throw WeightHeader.damaged(path, "its metadata holds something besides texts")
      }
      metadata[name] = text
    }
  }

  private mutating func readEntry(_ name: String, _ value: JSON) throws {
    guard case .object(let members) = value, members.count == 3,
      case .string(let kindName)? = value["dtype"], case .array(let lengths)? = value["shape"],
      case .array(let offsets)? = value["data_offsets"], offsets.count == 2,
      case .int(let begin) = offsets[0], case .int(let end) = offsets[1]
    else { throw WeightHeader.damaged(path, "\(name) is not described by dtype, shape and data_offsets") }
    guard let kind = WeightFile.Kind(rawValue: kindName) else {
      throw InputError(
        "\(path) holds \(name) as \(kindName), which cannot be read.", advice: "Save it as float32.")
    }
    var shape: [Int] = []
    var size = kind.bytes
    for length in lengths {
      guard case .int(let length) = length, length >= 0 else {
        throw WeightHeader.damaged(path, "the shape of \(name) is not a list of lengths")
      }
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      guard !overflow else { throw WeightHeader.damaged(path, "\(name) would be too large") }
      size = product
      shape.append(length)
    }
    // A length of 0 may hide others that would not multiply: [0, 2⁶²].
    guard shape.count <= 8, shape.allSatisfy({ $0 <= 1 << 40 }) else {
      throw WeightHeader.damaged(path, "\(name) would be too large")
    }
    guard begin >= 0, begin <= end, end - begin == size else {
      throw WeightHeader.damaged(path, "\(name) claims bytes \(begin) to \(end), and its shape takes \(size)")
    }
    entries.append(WeightFile.Entry(name: name, kind: kind, shape: shape, range: begin..<end))
  }

  private func checkLayout(_ bytes: Int) throws {
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw WeightHeader.damaged(
          path, "\(entry.name) starts at byte \(entry.range.lowerBound), not at \(end)")
      }
      end = entry.range.upperBound
    }
    guard end == bytes else {
      throw WeightHeader.damaged(path, "its tensors take \(counted(end, "byte")), and \(bytes) are there")
    }
  }
}
