import Glibc
import Tensors

/// SupCon (Khosla et al., 2020): NT-Xent with every view of the same class as a positive.
///
/// Outside, as the paper's L_out (Eq. 2): `ℓ(i) = −1/|P_i|·Σ_{p∈P_i} log P(i, p)`, with `P(i, j)` the softmax of `⟨ẑ_i, ẑ_j⟩/τ` over
/// all j ≠ i. Inside, as solo-learn has it: `ℓ(i) = −log Σ_{p∈P_i} P(i, p)`, the paper's L_in without its `1/|P_i|`.
package struct SupConLoss {
  package enum Form: String, Sendable, CaseIterable { case outside, inside }

  package let temperature: Float
  package let form: Form

  package init(temperature: Float, form: Form = .outside) {
    self.temperature = temperature
    self.form = form
  }

  /// Shapes: z `[m, d]`, a label for each row. Rows without a positive add nothing.
  package func callAsFunction(
    _ z: Tensor, labels: [Int], pass: Pass
  ) -> (loss: Double, gradient: Tensor, top1: Double) {
    let rows = z.shape[0]
    let (unit, norms) = normalised(z, pass: pass)
    let scores = Tensor(uninitialized: [rows, rows])
    multiply(unit, unit, transposeB: true, alpha: 1 / temperature, into: scores, pass: pass)
    let ds = Tensor(uninitialized: [rows, rows])
    var losses = [Double](repeating: 0, count: rows)
    var hits = 0
    for i in 0..<rows {
      let (s, d) = (scores.pointer + i * rows, ds.pointer + i * rows)
      let isPositive = { (j: Int) in j != i && labels[j] == labels[i] }
      var (largest, best, positives) = (-Float.infinity, 0, 0)
      for j in 0..<rows where j != i {
        if s[j] > largest { (largest, best) = (s[j], j) }
        if isPositive(j) { positives += 1 }
      }
      guard positives > 0 else {
        for j in 0..<rows { d[j] = 0 }
        continue
      }
      hits += isPositive(best) ? 1 : 0
      var (sum, own, direct) = (0.0, 0.0, 0.0)
      for j in 0..<rows where j != i {
        let value = Double(exp(s[j] - largest))
        sum += value
        if isPositive(j) {
          own += value
          direct += Double(s[j] - largest)
        }
      }
      losses[i] =
        form == .outside ? log(sum) - direct / Double(positives) : log(sum) - log(own)
      for j in 0..<rows {
        guard j != i else {
          d[j] = 0
          continue
        }
        let value = Double(exp(s[j] - largest))
        let target =
          isPositive(j) ? (form == .outside ? 1 / Double(positives) : value / own) : 0
        d[j] = Float((value / sum - target) / (Double(rows) * Double(temperature)))
      }
    }
    // du = (∂s + ∂sᵀ)·u
    let du = product(ds, unit, pass: pass)
    multiply(ds, transposeA: true, unit, into: du, beta: 1, pass: pass)
    return (
      norms.isFinite ? losses.reduce(0, +) / Double(rows) : .nan,
      throughNormalisation(du, unit: unit, norms: norms), Double(hits) / Double(max(1, rows))
    )
  }
}
