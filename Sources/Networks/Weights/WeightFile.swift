import Base
import Tensors

/// A weight file that was read: its tensors by name and what it says about itself.
public struct WeightFile: Sendable {
  /// Kinds of numbers that a file may hold, by their names in the format, and the bytes of one.
  enum Kind: String, Sendable {
    case float64 = "F64", float32 = "F32", float16 = "F16", bfloat16 = "BF16"
    case int64 = "I64", int32 = "I32", int16 = "I16", int8 = "I8"
    case uint64 = "U64", uint32 = "U32", uint16 = "U16", uint8 = "U8", bool = "BOOL"

    var bytes: Int {
      switch self {
      case .float64, .int64, .uint64: 8
      case .float32, .int32, .uint32: 4
      case .float16, .bfloat16, .int16, .uint16: 2
      case .int8, .uint8, .bool: 1
      }
    }
  }

  struct Entry: Sendable {
    let name: String
    let kind: Kind
    let shape: [Int]
    /// Bytes from the start of the numbers.
    let range: Range<Int>
  }

  public let path: String
  /// Without the checksum, which has done its work.
  public let metadata: [String: String]
  let entries: [Entry]
  private let places: [String: Int]
  private let bytes: FileBytes
  private let start: Int

  /// The names of all tensors, in the order in which they lie in the file.
  public var names: [String] { entries.map(\.name) }

  public func shape(of name: String) -> [Int]? { places[name].map { entries[$0].shape } }

  init(path: String, bytes: FileBytes) throws {
    let header = try WeightHeader(bytes, path: path)
    guard WeightSeal.isIntact(bytes, headerEnd: header.start, header.metadata) else {
      throw WeightFileError.damaged(path, .checksum)
    }
    self.path = path
    self.bytes = bytes
    metadata = header.metadata.filter { $0.key != WeightSeal.name }
    entries = header.entries
    start = header.start
    places = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
  }

  /// The tensor called `name` as Float32, in the shape that the file gives it; nil if there is none.
  /// - Throws: `WeightFileError` for a kind of numbers that weights are not made of.
  public func tensor(_ name: String) throws -> Tensor? {
    guard let place = places[name] else { return nil }
    let entry = entries[place]
    let tensor = Tensor(uninitialized: entry.shape)
    bytes.withBytes { file in
      let from = file.baseAddress! + start + entry.range.lowerBound
      let count = tensor.count
      switch entry.kind {
      case .float32: UnsafeMutableRawPointer(tensor.pointer).copyMemory(from: from, byteCount: 4 * count)
      case .float64: convert(from, count, tensor) { (value: UInt64) in Float(Double(bitPattern: value)) }
      case .bfloat16:
        convert(from, count, tensor) { (value: UInt16) in Float(bitPattern: UInt32(value) << 16) }
      case .float16: convert(from, count, tensor, halfPrecision)
      case .int64: convert(from, count, tensor) { (value: Int64) in Float(value) }
      case .int32: convert(from, count, tensor) { (value: Int32) in Float(value) }
      case .int16: convert(from, count, tensor) { (value: Int16) in Float(value) }
      case .int8: convert(from, count, tensor) { (value: Int8) in Float(value) }
      case .uint64: convert(from, count, tensor) { (value: UInt64) in Float(value) }
      case .uint32: convert(from, count, tensor) { (value: UInt32) in Float(value) }
      case .uint16: convert(from, count, tensor) { (value: UInt16) in Float(value) }
      case .uint8, .bool: convert(from, count, tensor) { (value: UInt8) in Float(value) }
      }
    }
    return tensor
  }

  /// Number of values in the file.
  public var numberCount: Int { entries.reduce(0) { $0 + $1.shape.reduce(1, *) } }

  /// The numbers of a column, to the last bit; nil where there is none of that name and kind.
  public func column(_ name: String) -> [Double]? {
    guard let place = places[name] else { return nil }
    let entry = entries[place]
    guard entry.kind == .float64, entry.shape.count == 1 else { return nil }
    return bytes.withBytes { file in
      (0..<entry.shape[0]).map {
        file.loadUnaligned(fromByteOffset: start + entry.range.lowerBound + 8 * $0, as: Double.self)
      }
    }
  }

  /// Throws `WeightFileError` where the file holds more of a part that `state` has too, as the weights of ResNet34 hold all that ResNet18 has,
  /// and more blocks. Heads may be left behind, and whatever else stands under names of its own.
  public func checkParts(_ state: State) throws {
    let known = Set(state.entries.map(\.name))
    func part(_ name: String) -> Substring { name.prefix { $0 != "." } }
    let parts = Set(known.map(part)).subtracting(["head"])
    guard let extra = names.first(where: { !known.contains($0) && parts.contains(part($0)) }) else { return }
    throw WeightFileError.extra(path, name: extra)
  }

  /// Copies the file's tensors into those of `state` with the same names.
  ///
  /// What the file holds besides is left alone, and a counter that it lacks becomes 0. Nothing in the state changes
  /// unless everything fits.
  /// - Throws: `WeightFileError` that names the first tensor that is missing, has another shape or is not finite.
  public func load(into state: State) throws {
    var found: [(tensor: Tensor, format: State.Format, values: Tensor)] = []
    for (name, entry) in state.entries {
      let format = state.format(of: name)
      guard let values = try tensor(name) else {
        if format == .counter {
          found.append((entry.tensor, format, Tensor([])))
          continue
        }
        throw WeightFileError.missing(path, name: name, instead: Array(names.prefix(3)))
      }
      let shape = Weights.fileShape(entry.tensor, format)
      guard values.shape == shape || (format == .counter && values.count == 1) else {
        throw WeightFileError.shape(path, name: name, values.shape, needed: shape)
      }
      guard values.isFinite else { throw WeightFileError.notFinite(path, name: name) }
      found.append((entry.tensor, format, values))
    }
    for (tensor, format, values) in found {
      if format == .kernel {
        Weights.turnFromFile(values, into: tensor)
      } else {
        tensor.pointer.update(from: values.pointer, count: tensor.count)
      }
    }
  }
}

/// `count` numbers of one kind, from any address, as Float32.
@inline(__always)
private func convert<Stored: FixedWidthInteger>(
  _ from: UnsafeRawPointer, _ count: Int, _ to: Tensor, _ value: (Stored) -> Float
) {
  for index in 0..<count {
    to.pointer[index] = value(
      from.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self))
  }
}

/// An IEEE half as Float32; written out because `Float16` is not there on every platform.
private func halfPrecision(_ bits: UInt16) -> Float {
  let sign: Float = bits >> 15 == 0 ? 1 : -1
  let exponent = Int(bits >> 10 & 31), fraction = Float(bits & 1023)
  switch exponent {
  case 0: return sign * fraction * 0x1p-24
  case 31: return fraction == 0 ? sign * .infinity : .nan
  default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
  }
}
