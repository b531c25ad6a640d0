import Tensors

/// Updates of a range of one parameter, which set its gradient to 0. One number at a time, which the compiler turns into
/// whole vectors.
enum UpdateKernels {
  /// `correction` is 1/√(1 − β₂ᵗ), `stepSize` η/(1 − β₁ᵗ).
  struct Adam {
    let beta1, beta2, epsilon, decay, stepSize, correction: Float
  }

  static func clear(_ gradient: Matrix, _ range: Range<Int>) {
    for at in range { gradient[at] = 0 }
  }

  /// `Σ g²`
  static func squares(_ gradient: Matrix, _ range: Range<Int>) -> Float {
    var sum = Vector(repeating: 0)
    forEachVector(range.count) { offset, lanes in
      let g = gradient[range.lowerBound &+ offset, lanes: lanes]
      sum = sum.addingProduct(g, g)
    }
    return sum.sum()
  }

  static func scale(_ gradient: Matrix, by factor: Float, _ range: Range<Int>) {
    for at in range { gradient[at] *= factor }
  }

  static func adam(
    _ value: Matrix, _ gradient: Matrix, mean: Matrix, square: Matrix, _ range: Range<Int>, _ rule: Adam
  ) {
    let (beta1, beta2, epsilon) = (rule.beta1, rule.beta2, rule.epsilon)
    let (decay, stepSize, correction) = (rule.decay, rule.stepSize, rule.correction)
    for at in range {
      let weight = value[at]
      let g = gradient[at] + decay * weight
      let m = beta1 * mean[at] + (1 - beta1) * g
      let v = beta2 * square[at] + (1 - beta2) * (g * g)
      mean[at] = m
      square[at] = v
      value[at] = weight - stepSize * m / (correction * squareRoot(v) + epsilon)
      gradient[at] = 0
    }
  }

  /// `b ← μb + (g + λθ)`, `θ ← θ − ηb`
  static func sgd(
    _ value: Matrix, _ gradient: Matrix, velocity: Matrix, _ range: Range<Int>, momentum: Float, rate: Float,
    decay: Float
  ) {
    for at in range {
      let weight = value[at]
      let b = momentum * velocity[at] + (gradient[at] + decay * weight)
      velocity[at] = b
      value[at] = weight - rate * b
      gradient[at] = 0
    }
  }

  /// `b ← μb + η(g + λθ)`, `θ ← θ − b`
  static func lars(
    _ value: Matrix, _ gradient: Matrix, velocity: Matrix, _ range: Range<Int>, momentum: Float, rate: Float,
    decay: Float
  ) {
    for at in range {
      let weight = value[at]
      let b = momentum * velocity[at] + rate * (gradient[at] + decay * weight)
      velocity[at] = b
      value[at] = weight - b
      gradient[at] = 0
    }
  }

  /// `Σ θ²` and `Σ (g + λθ)²`
  static func squares(
    _ value: Matrix, _ gradient: Matrix, _ range: Range<Int>, decay: Float
  ) -> (weights: Float, gradients: Float) {
    let decay = Vector(repeating: decay)
    var (weights, gradients) = (Vector(repeating: 0), Vector(repeating: 0))
    forEachVector(range.count) { offset, lanes in
      let at = range.lowerBound &+ offset
      let weight = value[at, lanes: lanes]
      let g = gradient[at, lanes: lanes].addingProduct(weight, decay)
      weights = weights.addingProduct(weight, weight)
      gradients = gradients.addingProduct(g, g)
    }
    return (weights.sum(), gradients.sum())
  }
}

extension Reference {
  /// State that an optimiser keeps for a parameter: Adam both means, the others a velocity.
  package struct Memory {
    package var steps = 0
    package var first: [Double]
    package var second: [Double]

    package init(count: Int) {
      first = [Double](repeating: 0, count: count)
      second = first
    }
  }

  /// `g·min(1, c/‖g‖)` for the gradients of several parameters.
  package static func clip(_ gradients: inout [[Double]], to norm: Double) -> Double {
    let length = gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    if length > norm { gradients = gradients.map { $0.map { $0 * norm / length } } }
    return length
  }

  /// Kingma and Ba (2015) with β 0.9 and 0.999, ε 1e-8.
  package static func adam(
    _ values: inout [Double], _ gradient: [Double], _ memory: inout Memory, rate: Double, decay: Double
  ) {
    memory.steps += 1
    let (bias1, bias2) = (1 - power(0.9, memory.steps), 1 - power(0.999, memory.steps))
    for at in values.indices {
      let g = gradient[at] + decay * values[at]
      memory.first[at] = 0.9 * memory.first[at] + 0.1 * g
      memory.second[at] = 0.999 * memory.second[at] + 0.001 * g * g
      values[at] -= rate * memory.first[at] / bias1 / ((memory.second[at] / bias2).squareRoot() + 1e-8)
    }
  }

  package static func sgd(
    _ values: inout [Double], _ gradient: [Double], _ memory: inout Memory, momentum: Double, rate: Double,
    decay: Double
  ) {
    for at in values.indices {
      memory.first[at] = momentum * memory.first[at] + gradient[at] + decay * values[at]
      values[at] -= rate * memory.first[at]
    }
  }

  /// You et al. (2017), for a parameter that decays.
  package static func lars(
    _ values: inout [Double], _ gradient: [Double], _ memory: inout Memory, momentum: Double, rate: Double,
    decay: Double, trust: Double
  ) {
    let g = zip(gradient, values).map { $0 + decay * $1 }
    func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let ratio = norm(values) > 0 && norm(g) > 0 ? trust * norm(values) / norm(g) : 1
    for at in values.indices {
      memory.first[at] = momentum * memory.first[at] + rate * ratio * g[at]
      values[at] -= memory.first[at]
    }
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
