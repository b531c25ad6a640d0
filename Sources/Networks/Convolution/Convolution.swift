import Tensors

/// `y[n, i, j, o] = Σ x[n, s·i − p + a, s·j − p + b, c] · W[a, b, c, o]` over a, b, c; outside the image x is 0.
/// Shapes: x `[n, h, w, in]`, W `[k, k, in, out]`, y `[n, ⌊(h + 2p − k)/s⌋ + 1, …, out]`.
///
/// Weight files hold W as PyTorch does, `[out, in, k, k]`. There is no bias: normalisation follows and has one.
public final class Convolution: Layer {
  public let weight: Parameter
  public let kernel: Int
  public let stride: Int
  public let padding: Int
  /// False for the first layer of a network, which then spares the work of ∂L/∂x; its backward pass returns zeros.
  public let needsInputGradient: Bool

  /// Weights normal with variance 2/(k·k·out) (He et al., 2015, "fan out"), as torchvision draws those of ResNet.
  public init(
    inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    needsInputGradient: Bool = true,
    random: inout RandomStream
  ) {
    precondition(inputs > 0 && outputs > 0 && kernel > 0 && stride > 0 && padding >= 0, "no such convolution")
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.needsInputGradient = needsInputGradient
    let shape = [kernel, kernel, inputs, outputs]
    let deviation = (2 / Float(kernel * kernel * outputs)).squareRoot()
    weight = Parameter(
      Tensor(shape, (0..<kernel * kernel * inputs * outputs).map { _ in deviation * random.normal() }),
      decays: true)
  }

  public var inputs: Int { weight.value.shape[2] }
  public var outputs: Int { weight.value.shape[3] }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let shape = shape(for: x)
    tape.push(x)
    if isFast(shape) { return WinogradConvolution(shape).forward(x, weight.value, run: tape.run) }
    return ColumnConvolution(shape).forward(x, weight.value, run: tape.run)
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    backward(dy, addingTo: nil, from: &tape)
  }

  /// The same with ∂L/∂x added to `other`, which is changed and returned.
  func backward(_ dy: Tensor, addingTo other: Tensor?, from tape: inout Tape) -> Tensor {
    let x = tape.pop()
    let shape = shape(for: x)
    precondition(dy.shape == shape.outputShape, "\(dy.shape) is no gradient of \(shape.outputShape)")
    precondition(other == nil || other!.shape == x.shape, "a sum needs gradients of one shape")
    if isFast(shape) {
      let convolution = WinogradConvolution(shape)
      convolution.addWeightGradient(x, dy, to: weight.gradient, run: tape.run)
      guard needsInputGradient else { return other ?? Tensor(x.shape) }
      return convolution.inputGradient(dy, weight.value, addingTo: other, run: tape.run)
    }
    let convolution = ColumnConvolution(shape)
    convolution.addWeightGradient(x, dy, to: weight.gradient, run: tape.run)
    guard needsInputGradient else { return other ?? Tensor(x.shape) }
    return convolution.inputGradient(dy, weight.value, addingTo: other, run: tape.run)
  }

  /// Winograd's method pays where a product over channels is worth its transforms.
  private func isFast(_ shape: ConvolutionShape) -> Bool {
    WinogradConvolution.fits(shape) && min(inputs, outputs) >= 8
  }

  private func shape(for x: Tensor) -> ConvolutionShape {
    precondition(
      x.shape.count == 4 && x.shape[3] == inputs, "\(x.shape) holds no images of \(inputs) channels")
    let shape = ConvolutionShape(
      images: x.shape[0], height: x.shape[1], width: x.shape[2], inputs: inputs, outputs: outputs,
      kernel: kernel, stride: stride, padding: padding)
    precondition(min(x.shape[1], x.shape[2]) + 2 * padding >= kernel, "\(x.shape) is smaller than the kernel")
    return shape
  }

  public func collect(into state: inout State, prefix: String) {
    state.add(prefix + "weight", weight, as: .kernel)
  }
}
