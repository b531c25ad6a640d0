import Base
import Glibc
import Tensors

/// Weight files in the safetensors format: eight bytes of header length, a header in JSON, the numbers.
public enum Weights {
  /// Writes the tensors of `state`, whole or not at all: to a new file beside `path`, which then takes its name.
  ///
  /// Kernels are turned to PyTorch's `[out, in, k, k]`; counters are 64-bit integers, columns Float64, everything else Float32. The metadata
  /// has a checksum of the whole file (`WeightSeal`) besides.
  /// - Parameter columns: numbers beside the weights, which lie before them in the file.
  /// - Throws: `FileError` where the file cannot be written, `WeightFileError` where it would say more of itself than can be read again.
  public static func write(
    _ state: State, columns: [Column] = [], metadata: [String: String] = [:], to path: String
  ) throws {
    let sealed = metadata.merging([WeightSeal.name: WeightSeal.blank]) { $1 }
    let header = header(of: state, columns, sealed)
    guard header.count <= WeightHeader.longest else {
      throw WeightFileError.longHeader(path, bytes: header.count, most: WeightHeader.longest)
    }
    try WholeFile.write(to: path) { file in
      var sum = Checksum()
      func append(_ bytes: UnsafeRawBufferPointer) throws {
        sum.add(bytes)
        try file.append(bytes)
      }
      var length = UInt64(header.count).littleEndian
      try withUnsafeBytes(of: &length) { try append($0) }
      try header.withUnsafeBytes { try append($0) }
      for column in columns { try column.values.withUnsafeBytes { try append($0) } }
      for (name, entry) in state.entries {
        switch state.format(of: name) {
        case .plain:
          try withExtendedLifetime(entry.tensor) {
            try append(UnsafeRawBufferPointer(start: $0.pointer, count: $0.count * 4))
          }
        case .kernel: try turnedToFile(entry.tensor).withUnsafeBytes { try append($0) }
        case .counter:
          let count = entry.tensor[0]
          var value = (count >= 0 && count < 1e15 ? Int64(count) : 0).littleEndian
          try withUnsafeBytes(of: &value) { try append($0) }
        }
      }
      guard let place = WeightSeal.place(of: WeightSeal.blank, in: header) else { return }
      try file.replace(Array(WeightSeal.text(sum).utf8), at: 8 + place)
    }
  }

  /// A named column of values; it may have as many as training has steps.
  public struct Column: Equatable, Sendable {
    public let name: String
    public let values: [Double]

    public init(_ name: String, _ values: [Double]) {
      self.name = name
      self.values = values
    }
  }

  /// Reads and checks a weight file.
  /// - Throws: `WeightFileError` where there is none, or it breaks the format.
  public static func read(_ path: String) throws -> WeightFile {
    let bytes = try FileBytes.read(path)
    return try WeightFile(path: path, bytes: bytes)
  }

  /// The shape that an entry has in a file.
  static func fileShape(_ tensor: Tensor, _ format: State.Format) -> [Int] {
    switch format {
    case .plain: tensor.shape
    case .kernel: [tensor.shape[3], tensor.shape[2], tensor.shape[0], tensor.shape[1]]
    case .counter: []
    }
  }

  private static func header(of state: State, _ columns: [Column], _ metadata: [String: String]) -> [UInt8] {
    // As they lie in the file, so that a reader finds what it says of itself first.
    var members: [(key: String, value: JSON)] = []
    if !metadata.isEmpty { members.append(("__metadata__", .object(metadata.mapValues(JSON.string)))) }
    var offset = 0
    func add(_ name: String, _ kind: WeightFile.Kind, _ shape: [Int]) {
      let bytes = kind.bytes * shape.reduce(1, *)
      members.append(
        (
          name,
          [
            "dtype": .string(kind.rawValue), "shape": .array(shape.map(JSON.int)),
            "data_offsets": [.int(offset), .int(offset + bytes)],
          ]
        ))
      offset += bytes
    }
    for column in columns { add(column.name, .float64, [column.values.count]) }
    for (name, entry) in state.entries {
      let format = state.format(of: name)
      add(name, format == .counter ? .int64 : .float32, fileShape(entry.tensor, format))
    }
    var bytes = JSON.serialized(inOrder: members)
    bytes += Array(repeating: UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8)
    return bytes
  }

  /// `[k, k, in, out]` as `[out, in, k, k]`.
  static func turnedToFile(_ kernel: Tensor) -> [Float] {
    let (places, inputs, outputs) = (kernel.shape[0] * kernel.shape[1], kernel.shape[2], kernel.shape[3])
    return [Float](unsafeUninitializedCapacity: kernel.count) { to, count in
      for place in 0..<places {
        for input in 0..<inputs {
          let from = kernel.pointer + (place * inputs + input) * outputs
          for output in 0..<outputs { to[(output * inputs + input) * places + place] = from[output] }
        }
      }
      count = kernel.count
    }
  }

  /// `[out, in, k, k]`, as it lies in a file, into `kernel` `[k, k, in, out]`.
  static func turnFromFile(_ values: Tensor, into kernel: Tensor) {
    let (places, inputs, outputs) = (kernel.shape[0] * kernel.shape[1], kernel.shape[2], kernel.shape[3])
    for place in 0..<places {
      for input in 0..<inputs {
        let to = kernel.pointer + (place * inputs + input) * outputs
        for output in 0..<outputs { to[output] = values.pointer[(output * inputs + input) * places + place] }
      }
    }
  }
}
