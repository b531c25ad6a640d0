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
      Tensor(shape, drawnFrom: &random) { deviation * $0.normal() }, decays: true)
  }

  public var inputs: Int { weight.value.shape[2] }
  public var outputs: Int { weight.value.shape[3] }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    tape.push(x)
    return output(of: Activation(x), moments: false, pass: tape.pass).tensor
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let x = tape.pop()
    precondition(
      dy.shape == shape(for: x).outputShape, "\(dy.shape) is not a gradient of \(shape(for: x).outputShape)")
    return backward(PixelReader(dy), of: Activation(x), to: GradientTarget(), pass: tape.pass).tensor
  }

  /// The outputs and, where asked for, what their normalisation needs to know of all of them.
  package func output(of x: Activation, moments: Bool, pass: Pass) -> OutputWriter {
    let shape = shape(for: x.tensor)
    switch method(for: shape) {
    case .winograd:
      return WinogradConvolution(shape).forward(PixelReader(x), weight.value, moments: moments, pass: pass)
    case .places:
      return PlaceConvolution(shape).forward(PixelReader(x), weight.value, moments: moments, pass: pass)
    case .columns:
      return ColumnConvolution(shape).forward(
        x.written(pass: pass), weight.value, moments: moments, pass: pass)
    }
  }

  /// Adds ∂L/∂W to the weights' gradient and returns ∂L/∂x as `target` wants it; zeros where it is not needed.
  package func backward(_ dy: PixelReader, of x: Activation, to target: GradientTarget, pass: Pass)
    -> NormGradient
  {
    let shape = shape(for: x.tensor)
    let (target, gradient) = (needsInputGradient ? target : nil, weight.gradient)
    var result: NormGradient?
    switch method(for: shape) {
    case _ where shape.images == 0: break
    case .winograd:
      result = WinogradConvolution(shape).backward(
        PixelReader(x), dy, weight.value, gradient: gradient, to: target, pass: pass)
    case .places:
      result = PlaceConvolution(shape).backward(
        PixelReader(x), dy, weight.value, gradient: gradient, to: target, pass: pass)
    case .columns:
      let convolution = ColumnConvolution(shape)
      convolution.addWeightGradient(x.written(pass: pass), dy, to: gradient, pass: pass)
      result = target.map { convolution.inputGradient(dy, weight.value, to: $0, pass: pass) }
    }
    return result ?? NormGradient(tensor: Tensor(x.tensor.shape), sums: Tensor([2, inputs]))
  }

  /// Fewer tiles than this do not earn back the transform of the weights.
  private static let fewestTiles = 8

  /// Method that computes a convolution.
  package enum Method { case winograd, places, columns }

  /// The way with the fewest products of channels. Winograd's transforms are worth their while from some eight channels on,
  /// and products for pairs of places where there are images enough to fill one. For a handful of tiles, as of a single small
  /// image, transforming the weights would cost more than the products: laid-out columns take them as they are.
  package func method(for shape: ConvolutionShape) -> Method {
    guard WinogradConvolution.fits(shape), min(inputs, outputs) >= 8,
      WinogradConvolution.tiles(shape) >= Convolution.fewestTiles
    else { return .columns }
    return shape.images >= 16 && PlaceConvolution.products(shape) < WinogradConvolution.products(shape)
      ? .places : .winograd
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
