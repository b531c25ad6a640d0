import Tensors

/// Terms of normalisation and ReLU for each channel, one row each: μ, 1/σ, γ/σ, β and the floor, so that
/// `y = max((x − μ)·γ/σ + β, floor)`; the floor is 0 with a rectifier and −∞ without.
package struct ChannelTerms {
  let tensor: Tensor

  init(channels: Int, rectified: Bool) {
    tensor = Tensor(uninitialized: [5, channels])
    Matrix(tensor).fill(rows: 4..<5, with: rectified ? 0 : -.infinity)
  }
  init(_ tensor: Tensor) { self.tensor = tensor }

  var channels: Int { tensor.shape[1] }
  /// As kernels read them.
  var view: NormTerms { NormTerms(Matrix(tensor)) }

  func set(_ channel: Int, mean: Float, inverseDeviation: Float, scale: Float, shift: Float) {
    let rows = Matrix(tensor)
    rows[0, channel] = mean
    rows[1, channel] = inverseDeviation
    rows[2, channel] = scale * inverseDeviation
    rows[3, channel] = shift
  }
}
