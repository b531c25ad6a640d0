import Tensors

/// A convolution and the batch normalisation, with or without a rectifier, that follows it.
///
/// Each number is read and written as seldom as can be: the batch's moments are made while the outputs are written, the
/// normalisation happens when the next layer reads them, and the sums that its backward pass begins with are
/// made while the gradient is written.
final class ConvolutionNorm: ImageStage {
  private let convolution: Convolution
  private let norm: BatchNorm
  private let block: LayerDescription.Convolution

  init(
    _ block: LayerDescription.Convolution, inputs: Int, needsInputGradient: Bool = true,
    random: inout RandomStream
  ) {
    self.block = block
    convolution = Convolution(
      inputs: inputs, outputs: block.outputs, kernel: block.kernel, stride: block.stride,
      padding: block.kernel / 2, needsInputGradient: needsInputGradient, random: &random)
    norm = BatchNorm(channels: block.outputs, relu: block.isRectified)
  }

  func forward(_ x: Activation, saving tape: inout Tape) -> Activation {
    let y = convolution.output(of: x, moments: tape.isTraining, pass: tape.pass)
    let terms = norm.terms(y.sums, rows: y.tensor.count / norm.channels, saving: &tape)
    let result = Activation(y.tensor, terms)
    tape.push(x)
    tape.push(result)
    return result
  }

  func backward(_ dz: NormGradient, after previous: (any ImageStage)?, from tape: inout Tape) -> NormGradient
  {
    backward(dz, addingTo: nil, after: previous, from: &tape)
  }

  /// ∂L/∂x, added to `other` where there is one. `previous` is nil too where this is not the last part of ∂L/∂x.
  func backward(
    _ dz: NormGradient, addingTo other: Tensor?, after previous: (any ImageStage)?, from tape: inout Tape
  ) -> NormGradient {
    let y = tape.popActivation()
    let x = tape.popActivation()
    let reader = norm.backward(dz, of: y.tensor, y.terms!)
    return convolution.backward(
      reader, of: x, to: GradientTarget(adding: other, through: previous?.origin(on: tape)), pass: tape.pass)
  }

  func origin(on tape: Tape) -> Origin? { .normalisation(tape.topActivation) }

  func collect(into state: inout State, prefix: String) {
    convolution.collect(into: &state, prefix: prefix + block.name + ".")
    norm.collect(into: &state, prefix: prefix + block.normName + ".")
  }
}
