import Tensors

/// Arrays as NumPy reads them: format 1.0, little-endian, row after row.
enum NumPyFile {
  static func bytes(of tensor: Tensor) -> [UInt8] {
    header("<f4", tensor.shape) + tensor.elements.flatMap { littleEndian($0.bitPattern) }
  }

  static func bytes(of values: [Double], shape: [Int]) -> [UInt8] {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values for \(shape)")
    return header("<f8", shape) + values.flatMap { littleEndian($0.bitPattern) }
  }

  /// Magic, version, length and the dictionary, padded so that the data begins at a multiple of 64.
  private static func header(_ type: String, _ shape: [Int]) -> [UInt8] {
    let sides = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sides)), }"
    let before = 10
    let total = (before + text.utf8.count + 1 + 63) / 64 * 64
    let padded = text + String(repeating: " ", count: total - before - text.utf8.count - 1) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt16(padded.utf8.count))
      + Array(padded.utf8)
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
