import Tensors

/// The block of ResNet18 and 34: `y = max(0, B₂(W₂ * max(0, B₁(W₁ * x))) + s(x))` (He et al., 2016).
///
/// Both convolutions are 3×3; the first takes the stride. The shortcut s is x itself, or where the shape changes a
/// 1×1 convolution with normalisation.
public final class BasicBlock: Layer {
  private let convolution1: Convolution
  private let norm1: BatchNorm
  private let convolution2: Convolution
  private let norm2: BatchNorm
  private let shortcut: (convolution: Convolution, norm: BatchNorm)?

  public init(inputs: Int, outputs: Int, stride: Int = 1, random: inout RandomStream) {
    convolution1 = Convolution(
      inputs: inputs, outputs: outputs, kernel: 3, stride: stride, padding: 1, random: &random)
    norm1 = BatchNorm(channels: outputs, relu: true)
    convolution2 = Convolution(inputs: outputs, outputs: outputs, kernel: 3, padding: 1, random: &random)
    norm2 = BatchNorm(channels: outputs, relu: true)
    if stride != 1 || inputs != outputs {
      shortcut = (
        Convolution(inputs: inputs, outputs: outputs, kernel: 1, stride: stride, random: &random),
        BatchNorm(channels: outputs)
      )
    } else {
      shortcut = nil
    }
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    var residual = x
    if let shortcut {
      residual = shortcut.norm.forward(shortcut.convolution.forward(x, saving: &tape), saving: &tape)
    }
    let middle = norm1.forward(convolution1.forward(x, saving: &tape), saving: &tape)
    return norm2.forward(convolution2.forward(middle, saving: &tape), adding: residual, saving: &tape)
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let (inner, residual) = norm2.backward(dy, residual: true, from: &tape)
    let middle = convolution2.backward(inner, from: &tape)
    let outer = norm1.backward(middle, from: &tape)
    guard let shortcut else { return convolution1.backward(outer, addingTo: residual, from: &tape) }
    let dx = convolution1.backward(outer, from: &tape)
    let other = shortcut.norm.backward(residual!, from: &tape)
    return shortcut.convolution.backward(other, addingTo: dx, from: &tape)
  }

  public func collect(into state: inout State, prefix: String) {
    convolution1.collect(into: &state, prefix: prefix + "conv1.")
    norm1.collect(into: &state, prefix: prefix + "bn1.")
    convolution2.collect(into: &state, prefix: prefix + "conv2.")
    norm2.collect(into: &state, prefix: prefix + "bn2.")
    shortcut?.convolution.collect(into: &state, prefix: prefix + "downsample.0.")
    shortcut?.norm.collect(into: &state, prefix: prefix + "downsample.1.")
  }
}
