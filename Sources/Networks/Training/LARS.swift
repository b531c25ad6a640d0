import Tensors

/// Layer-wise adaptive rate scaling (You et al., 2017), as SimCLR uses it for large batches (Chen et al., 2020, appendix
/// B.1): momentum, with a rate of its own for each parameter.
///
/// `g ← g + λθ`, `b ← μb + η·r·g`, `θ ← θ − b`, where `r = 0.001·‖θ‖/‖g‖`, or 1 where a norm is 0. For biases, and for the
/// scales and shifts of normalisation, r is 1 and λ is 0.
public final class LARS: Optimizer {
  public let momentum: Float
  public let weightDecay: Float
  public let trust: Float
  public var steps = 0
  private var velocities: [Tensor] = []

  public init(momentum: Float = 0.9, weightDecay: Float = 1e-6, trust: Float = 1e-3) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.trust = trust
  }

  public func step(_ parameters: [Parameter], rate: Float, workers: Workers) {
    velocities = zeros(like: parameters, unless: velocities)
    steps += 1
    let pieces = ParameterPiece.all(of: parameters)
    let rates = rates(of: parameters, pieces, rate, workers)
    // The workers' own loop, which no interrupt cuts short: an update is whole or not begun.
    workers.forEach(pieces.count) { item, _ in
      let (index, parameter) = (pieces[item].index, parameters[pieces[item].index])
      guard let pace = pieces[item].pace(of: parameter) else { return }
      UpdateKernels.lars(
        Matrix(parameter.value), Matrix(parameter.gradient), velocity: Matrix(velocities[index]),
        pieces[item].range, momentum: momentum, rate: pace * rates[index],
        decay: parameter.decays ? weightDecay : 0)
    }
  }

  /// Each parameter's rate, from its norm and that of its gradient: sums of pieces, in their order.
  private func rates(
    of parameters: [Parameter], _ pieces: [ParameterPiece], _ rate: Float, _ workers: Workers
  ) -> [Float] {
    let squares = Tensor([pieces.count, 2])
    workers.forEach(pieces.count) { item, _ in
      let parameter = parameters[pieces[item].index]
      guard parameter.decays else { return }
      (squares[2 * item], squares[2 * item + 1]) = UpdateKernels.squares(
        Matrix(parameter.value), Matrix(parameter.gradient), pieces[item].range, decay: weightDecay)
    }
    var sums = [(weight: Double, gradient: Double)](repeating: (0, 0), count: parameters.count)
    for (item, piece) in pieces.enumerated() {
      sums[piece.index].weight += Double(squares[2 * item])
      sums[piece.index].gradient += Double(squares[2 * item + 1])
    }
    return zip(parameters, sums).map { parameter, sums in
      guard parameter.decays, sums.weight > 0, sums.gradient > 0 else { return rate }
      return rate * trust * Float((sums.weight / sums.gradient).squareRoot())
    }
  }

  public func state(for network: State) -> State {
    velocities = zeros(like: network.parameters, unless: velocities)
    return network.beside([("velocity", velocities)])
  }
}
