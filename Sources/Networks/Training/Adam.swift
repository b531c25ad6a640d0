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
  public var steps = 0
  private var means: [Tensor] = []
  private var squares: [Tensor] = []

  public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0) {
    precondition((0..<1).contains(beta1) && (0..<1).contains(beta2), "Adam's means forget")
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public func step(_ parameters: [Parameter], rate: Float, workers: Workers) {
    means = zeros(like: parameters, unless: means)
    squares = zeros(like: parameters, unless: squares)
    steps += 1
    let count = Double(steps)
    let stepSize = Float(Double(rate) / (1 - pow(Double(beta1), count)))
    let correction = Float(1 / (1 - pow(Double(beta2), count)).squareRoot())
    let pieces = ParameterPiece.all(of: parameters)
    // The workers' own loop, which no interrupt cuts short: an update is whole or not begun.
    workers.forEach(pieces.count) { item, _ in
      let piece = pieces[item]
      let (beta1, beta2, epsilon) = (beta1, beta2, epsilon)
      let parameter = parameters[piece.index]
      let decay = parameter.decays ? weightDecay : 0
      let value = parameter.value.pointer, gradient = parameter.gradient.pointer
      let mean = means[piece.index].pointer, square = squares[piece.index].pointer
      // One number at a time, which the compiler turns into whole vectors.
      for at in piece.range {
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
  }

  public func state(for network: State) -> State {
    means = zeros(like: network.parameters, unless: means)
    squares = zeros(like: network.parameters, unless: squares)
    return network.beside([("mean", means), ("square", squares)])
  }
}
