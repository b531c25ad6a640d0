import Tensors

/// The block of ResNet18 and 34: `y = max(0, B₂(W₂ * max(0, B₁(W₁ * x))) + s(x))` (He et al., 2016).
///
/// Both convolutions are 3×3; the first takes the stride. The shortcut s is x itself, or where the shape changes a
/// 1×1 convolution with normalisation.
public final class BasicBlock: Layer {
  private let first: ConvolutionNorm
  private let second: ConvolutionNorm
  private let shortcut: ConvolutionNorm?

  public init(inputs: Int, outputs: Int, stride: Int = 1, random: inout RandomStream) {
    first = ConvolutionNorm(
      Convolution(inputs: inputs, outputs: outputs, kernel: 3, stride: stride, padding: 1, random: &random))
    second = ConvolutionNorm(
      Convolution(inputs: outputs, outputs: outputs, kernel: 3, padding: 1, random: &random), relu: false)
    if stride != 1 || inputs != outputs {
      shortcut = ConvolutionNorm(
        Convolution(inputs: inputs, outputs: outputs, kernel: 1, stride: stride, random: &random), relu: false
      )
    } else {
      shortcut = nil
    }
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    forward(Activation(x), saving: &tape)
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    backward(gradient(dy, of: .sum(tape.topSum), pass: tape.pass), isAfterBlock: false, from: &tape).tensor
  }

  func forward(_ x: Activation, saving tape: inout Tape) -> Tensor {
    let other = shortcut?.forward(x, saving: &tape) ?? x
    let inner = second.forward(first.forward(x, saving: &tape), saving: &tape)
    return ResidualSum.forward(inner, other, isShortcut: shortcut != nil, saving: &tape)
  }

  /// ∂L/∂x from the gradient before the block's last rectifier; through what made x where that is a normalisation, or the sum
  /// of the block before.
  func backward(_ dz: NormGradient, isAfterBlock: Bool, from tape: inout Tape) -> NormGradient {
    tape.popSum()
    let middle = second.backward(dz, from: &tape)
    guard let shortcut else {
      return first.backward(middle, addingTo: dz.tensor, isSum: isAfterBlock, from: &tape)
    }
    let dx = first.backward(middle, isLast: false, from: &tape)
    let other = NormGradient(tensor: dz.tensor, sums: dz.shortcutSums!)
    return shortcut.backward(other, addingTo: dx.tensor, isSum: isAfterBlock, from: &tape)
  }

  public func collect(into state: inout State, prefix: String) {
    first.collect(into: &state, convolution: prefix + "conv1.", norm: prefix + "bn1.")
    second.collect(into: &state, convolution: prefix + "conv2.", norm: prefix + "bn2.")
    shortcut?.collect(into: &state, convolution: prefix + "downsample.0.", norm: prefix + "downsample.1.")
  }
}
