import Tensors

/// Gradient descent with momentum, as PyTorch's `SGD` has it: `g ← g + λθ`, `b ← μb + g`, `θ ← θ − η·b`.
public final class SGD: Optimizer {
  public let momentum: Float
  public let weightDecay: Float
  public var steps = 0
  private var velocities: [Tensor] = []

  public init(momentum: Float = 0.9, weightDecay: Float = 0) {
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  public func step(_ parameters: [Parameter], rate: Float, workers: Workers) {
    velocities = zeros(like: parameters, unless: velocities)
    steps += 1
    let pieces = ParameterPiece.all(of: parameters)
    // The workers' own loop, which no interrupt cuts short: an update is whole or not begun.
    workers.forEach(pieces.count) { item, _ in
      let (index, parameter) = (pieces[item].index, parameters[pieces[item].index])
      guard let pace = pieces[item].pace(of: parameter) else { return }
      UpdateKernels.sgd(
        Matrix(parameter.value), Matrix(parameter.gradient), velocity: Matrix(velocities[index]),
        pieces[item].range, momentum: momentum, rate: pace * rate, decay: parameter.decays ? weightDecay : 0)
    }
  }

  public func state(for network: State) -> State {
    velocities = zeros(like: network.parameters, unless: velocities)
    return network.beside([("velocity", velocities)])
  }
}
