import Tensors

/// `y = γ·(x − μ)/√(σ² + ε) + β` for each channel, then, where asked for, `+ residual` and `max(·, 0)` in the same pass
/// over memory (Ioffe and Szegedy, 2015).
/// Shapes: x `[…, c]`, γ, β, μ, σ² `[c]`.
///
/// In training μ and σ² are those of the batch, over all axes but the last, and the running statistics move a tenth
/// of the way to them when the step is committed. In evaluation they are the running statistics.
public final class BatchNorm: Layer {
  public let scale: Parameter
  public let shift: Parameter
  public let runningMean: Tensor
  public let runningVariance: Tensor
  /// How many steps the running statistics have seen.
  public let batches: Tensor
  public let channels: Int
  /// Whether `max(·, 0)` follows.
  public let isRectified: Bool

  private let momentum: Float = 0.1
  private let epsilon: Float = 1e-5

  public init(channels: Int, relu: Bool = false) {
    precondition(channels > 0, "there is nothing to normalise without channels")
    self.channels = channels
    isRectified = relu
    scale = Parameter(Tensor([channels], filledWith: 1), decays: false)
    shift = Parameter(Tensor([channels]), decays: false)
    runningMean = Tensor([channels])
    runningVariance = Tensor([channels], filledWith: 1)
    batches = Tensor([])
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    forward(x, adding: nil, saving: &tape)
  }

  /// The same with `residual`, a tensor like `x`, added before the rectifier.
  public func forward(_ x: Tensor, adding residual: Tensor?, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.last == channels, "\(x.shape) does not end in \(channels) channels")
    precondition(
      residual == nil || residual!.shape == x.shape, "a residual has the shape of what it is added to")
    let kernels = ChannelKernels(channels: channels, run: tape.run)
    let terms =
      tape.isTraining ? batchTerms(kernels.moments(of: x), rows: x.count / channels, &tape) : runningTerms()
    let y = kernels.normalise(x, by: terms, adding: residual, rectified: isRectified)
    // Whether a number passed the rectifier can be seen from x, unless a residual was added.
    tape.push(x, residual == nil ? x : y, terms.tensor)
    return y
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    backward(dy, residual: false, from: &tape).input
  }

  /// ∂L/∂x and, where the forward pass added a residual, ∂L/∂residual, which is dy where the rectifier let through.
  ///
  /// With x̂ = (x − μ)/σ and dz the gradient before the rectifier: `∂L/∂β = Σ dz`, `∂L/∂γ = Σ dz·x̂`,
  /// `∂L/∂x = γ/σ·(dz − ∂L/∂β/m − x̂·∂L/∂γ/m)`, m the number of rows.
  package func backward(
    _ dy: Tensor, residual: Bool, from tape: inout Tape
  ) -> (input: Tensor, residual: Tensor?) {
    let terms = ChannelTerms(tape.pop())
    let y = tape.pop()
    let x = tape.pop()
    precondition(dy.shape == x.shape, "\(dy.shape) is no gradient of \(x.shape)")
    let kernels = ChannelKernels(channels: channels, run: tape.run)
    let dz = residual && isRectified ? Tensor(uninitialized: x.shape) : nil
    let rectifier: ChannelKernels.Rectifier =
      !isRectified ? .none : y.pointer == x.pointer ? .derived : .passed(y)
    let sums = kernels.gradientSums(dy, x, terms, rectifier, writing: dz)
    forEachVector(channels) { at, lanes in
      let (shift, scale) = (shift.gradient.pointer + at, scale.gradient.pointer + at)
      store(load(shift, lanes) + load(sums.pointer + at, lanes), shift, lanes)
      store(load(scale, lanes) + load(sums.pointer + (channels + at), lanes), scale, lanes)
    }
    let dx = kernels.inputGradient(dz ?? dy, x, terms, sums, dz == nil ? rectifier : .none)
    return (dx, residual ? dz ?? dy : nil)
  }

  /// Scale and shift from the moments of the batch, and the move of the running statistics.
  private func batchTerms(_ moments: Tensor, rows: Int, _ tape: inout Tape) -> ChannelTerms {
    let terms = ChannelTerms(channels: channels)
    for channel in 0..<channels {
      let (mean, variance) = (moments[channel], moments[channels + channel])
      terms.set(
        channel, mean: mean, inverseDeviation: 1 / (variance + epsilon).squareRoot(),
        scale: scale.value[channel],
        shift: shift.value[channel])
    }
    tape.whenCommitted { [self] in
      let unbiased = Float(rows) / Float(max(1, rows - 1))
      for channel in 0..<channels {
        runningMean[channel] += momentum * (moments[channel] - runningMean[channel])
        runningVariance[channel] +=
          momentum * (unbiased * moments[channels + channel] - runningVariance[channel])
      }
      batches[0] += 1
    }
    return terms
  }

  private func runningTerms() -> ChannelTerms {
    let terms = ChannelTerms(channels: channels)
    for channel in 0..<channels {
      terms.set(
        channel, mean: runningMean[channel],
        inverseDeviation: 1 / (runningVariance[channel] + epsilon).squareRoot(), scale: scale.value[channel],
        shift: shift.value[channel])
    }
    return terms
  }

  public func collect(into state: inout State, prefix: String) {
    state.add(prefix + "weight", scale)
    state.add(prefix + "bias", shift)
    state.add(prefix + "running_mean", runningMean)
    state.add(prefix + "running_var", runningVariance)
    state.add(prefix + "num_batches_tracked", batches, as: .counter)
  }
}
