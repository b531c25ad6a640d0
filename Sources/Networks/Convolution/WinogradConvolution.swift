import Tensors

/// A 3×3 convolution with stride 1 or 2 by Winograd's method.
package struct WinogradConvolution {
  private let shape: ConvolutionShape

  /// Whether the method computes such a convolution at all.
  package static func fits(_ shape: ConvolutionShape) -> Bool {
    shape.kernel == 3 && (shape.stride == 1 && shape.padding <= 2 || shape.stride == 2 && shape.padding == 1)
  }

  package init(_ shape: ConvolutionShape) {
    precondition(WinogradConvolution.fits(shape), "Winograd's method is for 3×3 kernels with stride 1 and 2")
    self.shape = shape
  }

  package func forward(_ x: Tensor, _ weight: Tensor, run: Run) -> Tensor {
    let y = Tensor(uninitialized: shape.outputShape)
    if shape.stride == 1 {
      forwardPass(WinogradUnitStride.self, run).convolve(
        x, WinogradWeights(weight, run: run), into: y, adding: false)
    } else {
      forwardPass(WinogradStrideTwo.self, run).convolve(
        x, WinogradWeights(weight, run: run), into: y, adding: false)
    }
    return y
  }

  /// ∂L/∂x, a convolution of dy with the turned kernels; added to `other` where there is one.
  package func inputGradient(_ dy: Tensor, _ weight: Tensor, addingTo other: Tensor?, run: Run) -> Tensor {
    let dx = other ?? Tensor(uninitialized: shape.inputShape)
    let kernels = turned(weight, run: run)
    if shape.stride == 1 {
      let pass = backwardPass(WinogradUnitStride.self, padding: 2 - shape.padding, run)
      pass.convolve(dy, WinogradWeights(kernels, run: run), into: dx, adding: other != nil)
    } else {
      let pass = backwardPass(WinogradStrideTwoBackward.self, padding: 0, run)
      pass.convolve(dy, WinogradWeights(kernels, run: run), into: dx, adding: other != nil)
    }
    return dx
  }

  /// `∂L/∂U = Σ (Bᵀ x B)ᵀ·(A dy Aᵀ)` over tiles for each frequency, then `∂L/∂g = Gᵀ ∂L/∂U G`.
  package func addWeightGradient(_ x: Tensor, _ dy: Tensor, to gradient: Tensor, run: Run) {
    guard shape.images > 0 else { return }
    if shape.stride == 1 {
      forwardPass(WinogradUnitStride.self, run).weightGradient(x, dy).addGradient(to: gradient, run: run)
    } else {
      forwardPass(WinogradStrideTwo.self, run).weightGradient(x, dy).addGradient(to: gradient, run: run)
    }
  }

  private func forwardPass<Method>(_ method: Method.Type, _ run: Run) -> WinogradPass<Method> {
    let tiles = WinogradTiles(
      images: shape.images,
      input: .init(
        height: shape.height, width: shape.width, length: Method.inputSide, step: Method.inputStep,
        padding: shape.padding),
      output: .init(
        height: shape.rows, width: shape.columns, length: Method.outputSide, step: Method.outputSide,
        padding: 0))
    return WinogradPass(tiles: tiles, inputs: shape.inputs, outputs: shape.outputs, run: run)
  }

  private func backwardPass<Method>(
    _ method: Method.Type, padding: Int, _ run: Run
  ) -> WinogradPass<Method> {
    let tiles = WinogradTiles(
      images: shape.images,
      input: .init(
        height: shape.rows, width: shape.columns, length: Method.inputSide, step: Method.inputStep,
        padding: padding),
      output: .init(
        height: shape.height, width: shape.width, length: Method.outputSide, step: Method.outputSide,
        padding: 0))
    return WinogradPass(tiles: tiles, inputs: shape.outputs, outputs: shape.inputs, run: run)
  }
}
