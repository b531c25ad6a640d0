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
    let momentum = momentum
    // The workers' own loop, which no interrupt cuts short: an update is whole or not begun.
    workers.forEach(pieces.count) { item, _ in
      let piece = pieces[item]
      let parameter = parameters[piece.index]
      let decay = parameter.decays ? weightDecay : 0
      let value = parameter.value.pointer, gradient = parameter.gradient.pointer
      let velocity = velocities[piece.index].pointer
      for at in piece.range {
        let weight = value[at]
        let b = momentum * velocity[at] + (gradient[at] + decay * weight)
        velocity[at] = b
        value[at] = weight - rate * b
        gradient[at] = 0
      }
    }
  }

  public func state(for network: State) -> State {
    velocities = zeros(like: network.parameters, unless: velocities)
    return network.beside([("velocity", velocities)])
  }
}
