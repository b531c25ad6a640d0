import ArgumentParser
import FoundationEssentials
import Tensors

/// A matrix of a file in NumPy's format: Float32, rows one after another, as `analysis_data.py` writes it.
func readNumPy(_ path: String) throws -> Tensor {
  guard let data = try? Data(contentsOf: URL(filePath: path)) else {
    throw ValidationError("There is no file \(path).")
  }
  guard data.count > 10, data.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1]) else {
    throw ValidationError("\(path) is no NumPy file of version 1.")
  }
  let start = 10 + Int(data[8]) + 256 * Int(data[9])
  guard data.count >= start else { throw ValidationError("\(path) ends within its header.") }
  let header = String(decoding: data[10..<start], as: UTF8.self)
  let shape = header.firstMatch(of: /'shape': \(([0-9]+), ([0-9]+)\)/)
  guard let shape, let rows = Int(shape.1), let columns = Int(shape.2),
    header.contains("'<f4'"), header.contains("'fortran_order': False"),
    data.count == start + 4 * rows * columns
  else { throw ValidationError("\(path) does not hold a Float32 matrix: \(header)") }
  let matrix = Tensor(uninitialized: [rows, columns])
  data.withUnsafeBytes { bytes in
    UnsafeMutableRawBufferPointer(start: matrix.pointer, count: 4 * matrix.count)
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start...]))
  }
  return matrix
}
