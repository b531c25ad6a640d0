import Tensors

/// A 3×3 convolution with stride 1 or 2 by Winograd's method.
package struct WinogradConvolution {
  private let shape: ConvolutionShape

  /// Whether the method supports such a convolution.
  package static func fits(_ shape: ConvolutionShape) -> Bool {
    shape.kernel == 3 && (shape.stride == 1 && shape.padding <= 2 || shape.stride == 2 && shape.padding == 1)
  }

  /// Number of products of channels per image.
  static func products(_ shape: ConvolutionShape) -> Int {
    tilesPerImage(shape) * (shape.stride == 1 ? 36 : 81)
  }

  static func tiles(_ shape: ConvolutionShape) -> Int { shape.images * tilesPerImage(shape) }

  private static func tilesPerImage(_ shape: ConvolutionShape) -> Int {
    ((shape.rows + 3) / 4) * ((shape.columns + 3) / 4)
  }

  package init(_ shape: ConvolutionShape) {
    precondition(WinogradConvolution.fits(shape), "Winograd's method is for 3×3 kernels with stride 1 and 2")
    self.shape = shape
  }

  package func forward(_ x: PixelReader, _ weight: Tensor, moments: Bool, pass: Pass) -> OutputWriter {
    shape.stride == 1
      ? forward(WinogradUnitStride.self, x, weight, moments, pass)
      : forward(WinogradStrideTwo.self, x, weight, moments, pass)
  }

  private func forward<Method: WinogradMethod>(
    _ method: Method.Type, _ x: PixelReader, _ weight: Tensor, _ moments: Bool, _ pass: Pass
  ) -> OutputWriter {
    let pass = WinogradPass<Method>(shape, pass: pass)
    return pass.isSmall
      ? pass.forwardAlone(x, weight, moments: moments) : pass.forwardTogether(x, weight, moments: moments)
  }

  /// Adds ∂L/∂W to `gradient` and writes ∂L/∂x where it is wanted.
  ///
  /// dy is transformed once for both: `∂L/∂g = Gᵀ[Σ (Bᵀ x B) ⊙ (A dy Aᵀ)]G` over tiles, and
  /// `∂L/∂x = B[(G g Gᵀ) ⊙ (A dy Aᵀ)]Bᵀ`, added up where tiles overlap.
  package func backward(
    _ x: PixelReader, _ dy: PixelReader, _ weight: Tensor, gradient: Tensor, to target: GradientTarget?,
    pass: Pass
  ) -> NormGradient? {
    shape.stride == 1
      ? backward(WinogradUnitStride.self, x, dy, weight, gradient, target, pass)
      : backward(WinogradStrideTwo.self, x, dy, weight, gradient, target, pass)
  }

  private func backward<Method: WinogradMethod>(
    _ method: Method.Type, _ x: PixelReader, _ dy: PixelReader, _ weight: Tensor, _ gradient: Tensor,
    _ target: GradientTarget?, _ pass: Pass
  ) -> NormGradient? {
    let pass = WinogradPass<Method>(shape, pass: pass)
    return pass.isSmall
      ? pass.backwardAlone(x, dy, weight, gradient: gradient, target: target)
      : pass.backwardTogether(x, dy, weight, gradient: gradient, target: target)
  }
}
