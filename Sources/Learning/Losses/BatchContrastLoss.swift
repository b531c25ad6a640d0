import Tensors

/// Contrast within a batch against constant rows: query i belongs to row i of the other side, and all other rows are negatives.
///
/// MoCo v3 (Chen, Xie and He, 2021, Algorithm 1): `2τ·mean CE(q̂·k̂ᵀ/τ, i)`, a softmax over keys for each query.
/// NNCLR (Dwibedi et al., 2021, Eq. 3): `mean CE(n̂·p̂ᵀ/τ, i)`, a softmax over predictions for each neighbour.
package struct BatchContrastLoss {
  package enum Side {
    /// A softmax over the constant rows for each trained one, times 2τ.
    case keys
    /// A softmax over the trained rows for each constant one.
    case predictions
  }

  package let temperature: Float
  package let side: Side

  package init(temperature: Float, side: Side) {
    self.temperature = temperature
    self.side = side
  }

  /// Shapes: both `[n, d]`, of any length.
  package func callAsFunction(
    _ trained: Tensor, against constant: Tensor, pass: Pass
  ) -> (loss: Double, gradient: Tensor, top1: Double) {
    let rows = trained.shape[0]
    let (unit, norms) = normalised(trained, pass: pass)
    let (goal, goalNorms) = normalised(constant, pass: pass)
    let (left, right) = side == .keys ? (unit, goal) : (goal, unit)
    let scores = Tensor(uninitialized: [rows, rows])
    multiply(left, right, transposeB: true, alpha: 1 / temperature, into: scores, pass: pass)
    let (loss, ds) = crossEntropy(scores, labels: Array(0..<rows))
    let du = Tensor(uninitialized: unit.shape)
    let scale = side == .keys ? 2 * temperature : 1
    multiply(
      ds, transposeA: side == .predictions, goal, alpha: scale / temperature, into: du, pass: pass)
    let hits = (0..<rows).count { row in
      let line = UnsafeBufferPointer(start: scores.pointer + row * rows, count: rows)
      return line[row] >= line.max()!
    }
    let isFinite = norms.isFinite && goalNorms.isFinite
    return (
      isFinite ? Double(scale) * loss : .nan, throughNormalisation(du, unit: unit, norms: norms),
      Double(hits) / Double(max(1, rows))
    )
  }
}
