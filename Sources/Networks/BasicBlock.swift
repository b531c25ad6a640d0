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
    let dx = convolution1.backward(norm1.backward(middle, from: &tape), from: &tape)
    var other = residual!
    if let shortcut {
      other = shortcut.convolution.backward(shortcut.norm.backward(other, from: &tape), from: &tape)
    }
    return sum(dx, other, run: tape.run)
  }

  private func sum(_ a: Tensor, _ b: Tensor, run: Run) -> Tensor {
    let total = Tensor(uninitialized: a.shape)
    run.forEachRange(a.count, grain: 1 << 16) { range, _ in
      forEachVector(range.count) { offset, lanes in
        let at = range.lowerBound + offset
        store(load(a.pointer + at, lanes) + load(b.pointer + at, lanes), total.pointer + at, lanes)
      }
    }
    return total
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
