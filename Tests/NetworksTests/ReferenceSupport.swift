import Networks
import Tensors

/// Sizes and numbers that a seed decides.
struct Draw {
  var stream: RandomStream
  init(_ seed: UInt64, _ name: String) { stream = RandomStream(seed: seed, name: name, indices: []) }

  mutating func length(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(stream.next() % UInt64(range.count))
  }

  mutating func tensor(_ shape: [Int]) -> Tensor {
    Tensor(shape, (0..<shape.reduce(1, *)).map { _ in stream.normal() })
  }
}

/// The largest difference as a share of the largest number, or of 1 where all are smaller.
func error(_ ours: Tensor, _ expected: [Double]) -> Double {
  guard ours.count == expected.count, !expected.isEmpty else { return .infinity }
  let size = expected.reduce(1) { max($0, abs($1)) }
  return zip(ours.elements, expected).reduce(0) { worst, pair in
    let distance = abs(Double(pair.0) - pair.1)
    return distance <= worst ? worst : distance
  } / size
}

func doubles(_ tensor: Tensor) -> [Double] { tensor.elements.map(Double.init) }

/// Output of a training pass and ∂L/∂x for `dy`; gradients of parameters are added up where they belong.
func pass(_ layer: any Layer, _ x: Tensor, _ dy: Tensor) -> (y: Tensor, dx: Tensor) {
  var tape = Tape(pass: Pass(), mode: .training)
  let y = layer.forward(x, saving: &tape)
  return (y, layer.backward(dy, from: &tape))
}

/// The factor of dropout for a number of the first layer that draws in a pass.
func factor(_ place: Int, _ probability: Float) -> Double {
  var stream = Pass().random("layer", 0, 0, 0)
  let key = UInt32(truncatingIfNeeded: stream.next() >> 32)
  return probability == 0 ? 1 : Reference.dropoutFactor(place, key: key, probability: Double(probability))
}
