import Glibc
import Tensors

/// Adam (Kingma and Ba, 2015), with weight decay as an L2 penalty, as PyTorch's `Adam` has it:
///
/// `g ← g + λθ`, `m ← β₁m + (1 − β₁)g`, `v ← β₂v + (1 − β₂)g²`, `θ ← θ − η·m̂/(√v̂ + ε)`,
/// with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
public final class Adam: Optimizer {
  public let beta1: Float
  public let beta2: Float
  public let epsilon: Float
  public let weightDecay: Float
  private let steps = Tensor([])
  private var means: [Tensor] = []
  private var squares: [Tensor] = []

  public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0) {
    precondition((0..<1).contains(beta1) && (0..<1).contains(beta2), "Adam's means forget")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public func step(_ parameters: [Parameter], rate: Float, run: Run) {
    means = zeros(like: parameters, unless: means)
    squares = zeros(like: parameters, unless: squares)
    steps[0] += 1
    let count = Double(steps[0])
    let stepSize = Float(Double(rate) / (1 - pow(Double(beta1), count)))
    let correction = Float(1 / (1 - pow(Double(beta2), count)).squareRoot())
    let pieces = ParameterPiece.all(of: parameters)
    // The workers' own loop, which no interrupt cuts short: an update is whole or not begun.
    run.workers.forEach(pieces.count) { item, _ in
      let piece = pieces[item]
      let parameter = parameters[piece.index]
      let decay = parameter.decays ? weightDecay : 0
      let value = parameter.value.pointer, gradient = parameter.gradient.pointer
      let mean = means[piece.index].pointer, square = squares[piece.index].pointer
      forEachVector(piece.range.count) { offset, lanes in
        let at = piece.range.lowerBound &+ offset
        let weights = load(value + at, lanes)
        let g = load(gradient + at, lanes) + decay * weights
        let m = beta1 * load(mean + at, lanes) + (1 - beta1) * g
        let v = beta2 * load(square + at, lanes) + (1 - beta2) * (g * g)
        let divisor = correction * squareRoot(v) + epsilon
        store(m, mean + at, lanes)
        store(v, square + at, lanes)
        store(weights - stepSize * m / divisor, value + at, lanes)
        store(Vector(repeating: 0), gradient + at, lanes)
      }
    }
  }

  public func state(for parameters: [Parameter]) -> State {
    means = zeros(like: parameters, unless: means)
    squares = zeros(like: parameters, unless: squares)
    var state = State()
    state.add("steps", steps, as: .counter)
    for (index, mean) in means.enumerated() { state.add("\(index).mean", mean) }
    for (index, square) in squares.enumerated() { state.add("\(index).square", square) }
    return state
  }
}
