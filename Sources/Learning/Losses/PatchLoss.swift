import Tensors

/// The loss of a masked autoencoder (He et al., 2022): the mean squared difference of the patches that were hidden, each patch of the
/// target moved to mean 0 and variance 1 unless it is compared as it is.
package struct PatchLoss {
  package let isNormalised: Bool

  package init(isNormalised: Bool = true) { self.isNormalised = isNormalised }

  /// Mean of a patch of `width` numbers, and the factor that brings its variance to 1: over its numbers less one, plus 10⁻⁶.
  package func moments(of patch: UnsafePointer<Float>, width: Int) -> (mean: Double, factor: Double) {
    guard isNormalised else { return (0, 1) }
    let mean = (0..<width).reduce(0.0) { $0 + Double(patch[$1]) } / Double(width)
    let squares = (0..<width).reduce(0.0) { $0 + (Double(patch[$1]) - mean) * (Double(patch[$1]) - mean) }
    return (mean, 1 / (squares / Double(max(1, width - 1)) + 1e-6).squareRoot())
  }

  /// Shapes: prediction and target `[patches, p·p·3]`, `isHidden` of each patch.
  package func callAsFunction(
    _ prediction: Tensor, target: Tensor, isHidden: [Bool]
  ) -> (loss: Double, gradient: Tensor) {
    let width = target.shape[1]
    let hidden = Double(max(1, isHidden.count { $0 }))
    let gradient = Tensor(prediction.shape)
    var loss = 0.0
    for patch in isHidden.indices where isHidden[patch] {
      let (p, t) = (prediction.pointer + patch * width, target.pointer + patch * width)
      let (mean, factor) = moments(of: t, width: width)
      for at in 0..<width {
        let difference = Double(p[at]) - (Double(t[at]) - mean) * factor
        loss += difference * difference / (Double(width) * hidden)
        gradient.pointer[patch * width + at] = Float(2 * difference / (Double(width) * hidden))
      }
    }
    return (loss, gradient)
  }
}
