import Tensors

/// A convolution and the batch normalisation, with or without a rectifier, that follows it.
///
/// Each number is read and written as seldom as can be: the batch's moments are made while the outputs are written, the
/// normalisation happens when the next layer reads them, and the sums that its backward pass begins with are
/// made while the gradient is written.
final class ConvolutionNorm {
  let convolution: Convolution
  let norm: BatchNorm

  init(_ convolution: Convolution, relu: Bool = true) {
    self.convolution = convolution
    norm = BatchNorm(channels: convolution.outputs, relu: relu)
  }

  func forward(_ x: Activation, saving tape: inout Tape) -> Activation {
    let y = convolution.output(of: x, moments: tape.isTraining, pass: tape.pass)
    let terms = norm.terms(y.sums, rows: y.tensor.count / norm.channels, saving: &tape)
    let result = Activation(y.tensor, terms)
    tape.push(x)
    tape.push(result)
    return result
  }

  /// ∂L/∂x from the gradient of the normalisation's output before its rectifier, added to `other` where there is one.
  ///
  /// Where this is the last part of ∂L/∂x it goes on through what made x: the normalisation that x still has to go through,
  /// or a residual sum, if x is one: then that lies on the tape now.
  func backward(
    _ dz: NormGradient, addingTo other: Tensor? = nil, isLast: Bool = true, isSum: Bool = false,
    from tape: inout Tape
  ) -> NormGradient {
    let y = tape.popActivation()
    let x = tape.popActivation()
    let reader = norm.backward(dz, of: y.tensor, y.terms!)
    var origin: Origin?
    if isLast { origin = isSum ? .sum(tape.topSum) : x.terms.map { _ in .normalisation(x) } }
    return convolution.backward(
      reader, of: x, to: GradientTarget(adding: other, through: origin), pass: tape.pass)
  }

  func collect(into state: inout State, convolution name: String, norm other: String) {
    convolution.collect(into: &state, prefix: name)
    norm.collect(into: &state, prefix: other)
  }
}
