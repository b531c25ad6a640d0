import Glibc
import Tensors

/// The decoupled contrastive loss (Yeh et al., 2022, Eq. 6): NT-Xent without the positive in the denominator.
///
/// `ℓ(i) = −w_i·⟨x̂_i, ŷ_i⟩/τ + log Σ exp(⟨x̂_i, ·⟩/τ)` over the 2N − 2 views of other images; the loss is the mean of both directions. It can
/// be negative and has no floor. Weighted (DCLW), `w_i = 2 − N·softmax_i(⟨x̂_i, ŷ_i⟩/σ)`, constant in the gradient.
package struct DecoupledLoss {
  package let temperature: Float
  /// σ of the weights; nil where all are 1.
  package let sigma: Float?

  package init(temperature: Float, sigma: Float? = nil) {
    self.temperature = temperature
    self.sigma = sigma
  }

  /// Shape of z: `[2N, d]`, the first views of N ≥ 2 images and then their second views in the same order.
  package func callAsFunction(_ z: Tensor, pass: Pass) -> (loss: Double, gradient: Tensor, top1: Double) {
    let rows = z.shape[0]
    let images = rows / 2
    let (unit, norms) = normalised(z, pass: pass)
    let scores = Tensor(uninitialized: [rows, rows])
    multiply(unit, unit, transposeB: true, alpha: 1 / temperature, into: scores, pass: pass)
    let positives = (0..<images).map { scores.pointer[$0 * rows + $0 + images] }
    let weights = self.weights(positives)
    let ds = scores.copy()
    var (loss, hits) = (0.0, 0)
    for i in 0..<rows {
      let (s, d) = (scores.pointer + i * rows, ds.pointer + i * rows)
      let partner = (i + images) % rows
      var largest = -Float.infinity
      for j in 0..<rows where j != i && j != partner { largest = max(largest, s[j]) }
      hits += s[partner] >= largest ? 1 : 0
      var sum = 0.0
      for j in 0..<rows {
        d[j] = j == i || j == partner ? 0 : exp(s[j] - largest)
        sum += Double(d[j])
      }
      let weight = weights[i % images]
      loss += (Double(largest) + log(sum) - Double(weight * s[partner])) / Double(rows)
      let scale = Float(1 / (sum * Double(rows) * Double(temperature)))
      for j in 0..<rows { d[j] *= scale }
      d[partner] = -weight / (Float(rows) * temperature)
    }
    let du = product(ds, unit, pass: pass)
    multiply(ds, transposeA: true, unit, into: du, beta: 1, pass: pass)
    return (
      norms.isFinite ? loss : .nan, throughNormalisation(du, unit: unit, norms: norms),
      Double(hits) / Double(max(1, rows))
    )
  }

  /// w of each image, from its similarity divided by τ.
  private func weights(_ positives: [Float]) -> [Float] {
    guard let sigma else { return positives.map { _ in 1 } }
    let scaled = positives.map { $0 * temperature / sigma }
    let largest = scaled.max() ?? 0
    let sum = scaled.reduce(0.0) { $0 + Double(exp($1 - largest)) }
    return scaled.map { 2 - Float(Double(positives.count) * Double(exp($0 - largest)) / sum) }
  }
}
