import Tensors

/// The loss of a masked autoencoder (He et al., 2022): the mean squared difference of the patches that were hidden, each patch of the
/// target moved to mean 0 and variance 1.
package struct PatchLoss {
  package init() {}

  /// Shapes: prediction and target `[patches, p·p·3]`, `isHidden` of each patch. Variances over the numbers of a patch less one, plus 10⁻⁶.
  package func callAsFunction(
    _ prediction: Tensor, target: Tensor, isHidden: [Bool]
  ) -> (loss: Double, gradient: Tensor) {
    let width = target.shape[1]
    let hidden = Double(max(1, isHidden.count { $0 }))
    let gradient = Tensor(prediction.shape)
    var loss = 0.0
    for patch in isHidden.indices where isHidden[patch] {
      let (p, t) = (prediction.pointer + patch * width, target.pointer + patch * width)
      let mean = (0..<width).reduce(0.0) { $0 + Double(t[$1]) } / Double(width)
      let squares = (0..<width).reduce(0.0) { $0 + (Double(t[$1]) - mean) * (Double(t[$1]) - mean) }
      let factor = 1 / (squares / Double(max(1, width - 1)) + 1e-6).squareRoot()
      for at in 0..<width {
        let difference = Double(p[at]) - (Double(t[at]) - mean) * factor
        loss += difference * difference / (Double(width) * hidden)
        gradient.pointer[patch * width + at] = Float(2 * difference / (Double(width) * hidden))
      }
    }
    return (loss, gradient)
  }
}
