import Tensors

/// `y = γ·(x − μ)/√(σ² + ε) + β` for each channel and, where asked for, `max(·, 0)` (Ioffe and Szegedy, 2015).
/// Shapes: x `[…, c]`, γ, β, μ, σ² `[c]`.
///
/// In training μ and σ² are those of the batch, over all axes but the last, and the running statistics move a tenth
/// of the way to them when the step is committed. In evaluation they are the running statistics.
public final class BatchNorm: Layer {
  public let scale: Parameter
  public let shift: Parameter
  public let runningMean: Tensor
  public let runningVariance: Tensor
  /// Number of steps that the running statistics have seen.
  public let batches: Tensor
  public let channels: Int
  /// Whether `max(·, 0)` follows.
  public let isRectified: Bool

  private let momentum: Float = 0.1
  static let epsilon: Float = 1e-5

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
    let rows = x.count / channels
    let images = x.reshaped([1, 1, rows, channels])
    let sums = tape.isTraining ? moments(of: images, pass: tape.pass) : nil
    let terms = terms(sums, rows: rows, saving: &tape)
    tape.push(x, terms.tensor)
    return Activation(images, terms).written(pass: tape.pass).reshaped(x.shape)
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let terms = ChannelTerms(tape.pop())
    let x = tape.pop()
    precondition(dy.shape == x.shape, "\(dy.shape) is not a gradient of \(x.shape)")
    let images = x.reshaped([1, 1, x.count / channels, channels])
    let dz = gradient(
      dy.reshaped(images.shape), of: .normalisation(Activation(images, terms)), pass: tape.pass)
    let reader = backward(dz, of: images, terms)
    return reader.written(pass: tape.pass).reshaped(x.shape)
  }

  /// Adds ∂L/∂β and ∂L/∂γ to the parameters' gradients, and gives ∂L/∂x to whoever reads it.
  ///
  /// With x̂ = (x − μ)/σ and dz the gradient before the rectifier: `∂L/∂β = Σ dz`, `∂L/∂γ = Σ dz·x̂`,
  /// `∂L/∂x = γ/σ·(dz − ∂L/∂β/m − x̂·∂L/∂γ/m)`, m the number of rows.
  func backward(_ dz: NormGradient, of x: Tensor, _ terms: ChannelTerms) -> PixelReader {
    let sums = Matrix(dz.sums)
    ElementKernels.add(sums.part(rows: 0..<1), to: Matrix(shift.gradient))
    ElementKernels.add(sums.part(rows: 1..<2), to: Matrix(scale.gradient))
    return PixelReader(dz, of: x, terms)
  }

  private func moments(of x: Tensor, pass: Pass) -> MomentSums {
    let pixels = Matrix(x)
    let piece = grain(width: channels)
    let sums = MomentSums(pieces: (pixels.rows + piece - 1) / piece, channels: channels)
    pass.forEachRange(pixels.rows, grain: piece) { range, _ in
      forEachStretch(range) { sums.add(pixels.part(rows: $0), piece: range.lowerBound / piece) }
    }
    return sums
  }

  /// Scale and shift from the moments of the batch, and the move of the running statistics; from these where there are
  /// no moments.
  func terms(_ sums: MomentSums?, rows: Int, saving tape: inout Tape) -> ChannelTerms {
    let terms = ChannelTerms(channels: channels, rectified: isRectified)
    let moments = sums?.moments()
    for channel in 0..<channels {
      let mean = moments?[channel] ?? runningMean[channel]
      let variance = moments?[channels + channel] ?? runningVariance[channel]
      terms.set(
        channel, mean: mean, inverseDeviation: 1 / (variance + BatchNorm.epsilon).squareRoot(),
        scale: scale.value[channel],
        shift: shift.value[channel])
    }
    guard let moments else { return terms }
    // All that the change takes of this pass: the moments, and what makes the variance that of a sample.
    tape.whenCommitted(moments.elements + [Float(rows) / Float(max(1, rows - 1))]) { [self] moments in
      let unbiased = moments[2 * channels]
      for channel in 0..<channels {
        runningMean[channel] += momentum * (moments[channel] - runningMean[channel])
        runningVariance[channel] +=
          momentum * (unbiased * moments[channels + channel] - runningVariance[channel])
      }
      batches[0] += 1
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

/// `dy` gone back through what made the numbers that it is the gradient of, or as it is where nothing did.
func gradient(_ dy: Tensor, of origin: Origin?, pass: Pass) -> NormGradient {
  guard let origin else { return NormGradient(tensor: dy, sums: Tensor([0])) }
  let pixels = Matrix(dy)
  let piece = grain(width: pixels.columns)
  let target = GradientTarget(adding: nil, through: origin)
  let writer = GradientWriter(
    shape: dy.shape, to: target, pieces: (pixels.rows + piece - 1) / piece)
  pass.forEachRange(pixels.rows, grain: piece) { range, _ in
    forEachStretch(range) {
      writer.write($0, from: pixels.part(rows: $0), piece: range.lowerBound / piece)
    }
  }
  return writer.result
}
