import Glibc
import Tensors

/// Adam (Kingma and Ba, 2015), with weight decay as an L2 penalty, as PyTorch's `Adam` has it:
///
/// `g ← g + λθ`, `m ← β₁m + (1 − β₁)g`, `v ← β₂v + (1 − β₂)g²`, `θ ← θ − η·m̂/(√v̂ + ε)`,
/// with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ), t the updates that the parameter has had.
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
    let pieces = ParameterPiece.all(of: parameters)
    // The workers' own loop, which no interrupt cuts short: an update is whole or not begun.
    workers.forEach(pieces.count) { item, _ in
      let (index, parameter) = (pieces[item].index, parameters[pieces[item].index])
      guard let pace = pieces[item].pace(of: parameter) else { return }
      let count = Double(updates(of: parameter))
      let stepSize = Float(Double(rate) / (1 - pow(Double(beta1), count)))
      let correction = Float(1 / (1 - pow(Double(beta2), count)).squareRoot())
      UpdateKernels.adam(
        Matrix(parameter.value), Matrix(parameter.gradient), mean: Matrix(means[index]),
        square: Matrix(squares[index]), pieces[item].range,
        UpdateKernels.Adam(
          beta1: beta1, beta2: beta2, epsilon: epsilon, decay: parameter.decays ? weightDecay : 0,
          stepSize: pace * stepSize, correction: correction))
    }
  }

  /// Without those at which it was frozen.
  private func updates(of parameter: Parameter) -> Int {
    guard case .times(_, let since) = parameter.pace else { return steps }
    return max(1, steps - since)
  }

  public func state(for network: State) -> State {
    means = zeros(like: network.parameters, unless: means)
    squares = zeros(like: network.parameters, unless: squares)
    return network.beside([("mean", means), ("square", squares)])
  }
}
