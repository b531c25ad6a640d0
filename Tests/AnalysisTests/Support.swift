import Base
import Foundation
import Tensors

/// The contents of a file in `Fixtures`.
func fixture(_ name: String, file: String = #filePath) throws -> Data {
  let folder = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Fixtures")
  return try Data(contentsOf: folder.appendingPathComponent(name))
}

/// Named numbers, as a script beside the fixtures computed them.
func numbers(_ name: String) throws -> [String: Double] {
  try JSONDecoder().decode([String: Double].self, from: fixture(name + ".json"))
}

/// The numbers of a file in NumPy's format: Float32, Float64 or Int32 in C's order.
struct NumPyFile {
  let shape: [Int]
  let values: [Double]

  init(_ name: String) throws {
    let data = try fixture(name + ".npy")
    let length = Int(data[8]) + 256 * Int(data[9])
    let header = String(decoding: data[10..<10 + length], as: UTF8.self)
    guard let list = header.firstMatch(of: /'shape': \(([0-9, ]*)\)/),
      header.contains("'fortran_order': False")
    else { throw InputError("\(name) is not what the scripts write: \(header)") }
    shape = list.1.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    let count = shape.reduce(1, *)
    let body = Data(data[(10 + length)...])
    func read<Number>(_ type: Number.Type, _ number: (Number) -> Double) -> [Double] {
      body.withUnsafeBytes { bytes in
        (0..<count).map {
          number(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.stride, as: type))
        }
      }
    }
    if header.contains("'<f4'") {
      values = read(Float.self) { Double($0) }
    } else if header.contains("'<f8'") {
      values = read(Double.self) { $0 }
    } else if header.contains("'<i4'") {
      values = read(Int32.self) { Double($0) }
    } else {
      throw InputError("\(name) holds other numbers: \(header)")
    }
  }

  var tensor: Tensor { Tensor(shape, values.map { Float($0) }) }
}

/// Normal numbers.
func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Tensor {
  var random = RandomStream(seed: seed)
  return Tensor([rows, columns], (0..<rows * columns).map { _ in random.normal() })
}

extension Tensor {
  /// Row `i` in double precision.
  func row(_ i: Int) -> [Double] { (0..<shape[1]).map { Double(self[i * shape[1] + $0]) } }
}

/// ‖a − b‖².
func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
}

func cosine(_ a: [Double], _ b: [Double]) -> Double {
  func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
}
