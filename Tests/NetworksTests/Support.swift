import Testing
import Foundation
import Networks
import Tensors

/// The path of a file in `Fixtures`.
func fixture(_ name: String, from file: String = #filePath) -> String {
  URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)").path
}

/// A path for a file of one test.
func temporaryPath(_ name: String) -> String {
  FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString)-\(name)").path
}

/// The largest difference of two tensors as a share of the second's largest number; infinite if they cannot be compared.
func largestError(_ tensor: Tensor, _ reference: Tensor?) -> Double {
  guard let reference, tensor.shape == reference.shape, tensor.count > 0 else { return .infinity }
  let (a, b) = (tensor.elements, reference.elements)
  let size = b.reduce(0) { max($0, abs(Double($1))) }
  let difference = zip(a, b).reduce(0.0) { worst, pair in
    let distance = abs(Double(pair.0) - Double(pair.1))
    return distance <= worst ? worst : distance
  }
  return difference / max(size, 1e-30)
}

/// NT-Xent (Chen et al., 2020, Eq. 1) in double precision; rows i and i + n/2 are views of one image.
func ntXent(_ z: Tensor, temperature: Double) -> (loss: Double, gradient: Tensor) {
  let (count, width) = (z.shape[0], z.shape[1])
  let values = z.elements.map(Double.init)
  let lengths = (0..<count).map { row in
    (0..<width).reduce(0) { $0 + values[row * width + $1] * values[row * width + $1] }.squareRoot()
  }
  let unit = values.indices.map { values[$0] / lengths[$0 / width] }
  var loss = 0.0
  var towardsUnit = [Double](repeating: 0, count: count * width)
  for i in 0..<count {
    let positive = (i + count / 2) % count
    let similarities = (0..<count).map { j in
      (0..<width).reduce(0) { $0 + unit[i * width + $1] * unit[j * width + $1] } / temperature
    }
    let sum = (0..<count).reduce(0) { $1 == i ? $0 : $0 + exp(similarities[$1]) }
    loss += (log(sum) - similarities[positive]) / Double(count)
    for j in 0..<count where j != i {
      let share = (exp(similarities[j]) / sum - (j == positive ? 1 : 0)) / (temperature * Double(count))
      for k in 0..<width {
        towardsUnit[i * width + k] += share * unit[j * width + k]
        towardsUnit[j * width + k] += share * unit[i * width + k]
      }
    }
  }
  let gradient = Tensor(uninitialized: z.shape)
  for i in 0..<count {
    let along = (0..<width).reduce(0) { $0 + towardsUnit[i * width + $1] * unit[i * width + $1] }
    for k in 0..<width {
      gradient[i * width + k] = Float((towardsUnit[i * width + k] - along * unit[i * width + k]) / lengths[i])
    }
  }
  return (loss, gradient)
}
