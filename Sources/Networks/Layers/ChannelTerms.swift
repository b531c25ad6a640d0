import Tensors

/// Terms of normalisation and ReLU for each channel, one row each: μ, 1/σ, γ/σ, β and the floor, so that
/// `y = max((x − μ)·γ/σ + β, floor)`; the floor is 0 with a rectifier and −∞ without.
package struct ChannelTerms {
  let tensor: Tensor

  init(channels: Int, rectified: Bool) {
    tensor = Tensor(uninitialized: [5, channels])
    (tensor.pointer + 4 * channels).update(repeating: rectified ? 0 : -.infinity, count: channels)
  }
  init(_ tensor: Tensor) { self.tensor = tensor }

  var channels: Int { tensor.shape[1] }
  var mean: UnsafeMutablePointer<Float> { tensor.pointer }
  var inverseDeviation: UnsafeMutablePointer<Float> { tensor.pointer + channels }
  var factor: UnsafeMutablePointer<Float> { tensor.pointer + 2 * channels }
  var shift: UnsafeMutablePointer<Float> { tensor.pointer + 3 * channels }
  /// The same terms for all channels.
  var floor: Float { tensor.pointer[4 * channels] }

  func set(_ channel: Int, mean: Float, inverseDeviation: Float, scale: Float, shift: Float) {
    self.mean[channel] = mean
    self.inverseDeviation[channel] = inverseDeviation
    factor[channel] = scale * inverseDeviation
    self.shift[channel] = shift
  }
}
