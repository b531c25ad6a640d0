import Tensors

/// Barlow Twins (Zbontar et al., 2021, Eq. 1): the correlation of two views' outputs should be the identity.
///
/// `L = c·(Σ_i (C_ii − 1)² + λ·Σ_{i≠j} C_ij²)` with `C = ÂᵀB̂/n`, Â and B̂ with columns of mean 0 and variance 1.
package struct BarlowTwinsLoss {
  package let lambda: Double
  /// c: 1 in the authors' code.
  package let scale: Double

  package init(lambda: Double, scale: Double = 1) {
    self.lambda = lambda
    self.scale = scale
  }

  package struct Result {
    package let loss: Double
    /// ∂loss/∂a and ∂loss/∂b, `[n, d]`
    package let gradients: [Tensor]
    /// Mean of `|C_ij|`, i ≠ j.
    package let correlation: Double
  }

  /// Shapes: a, b `[n, d]`, n ≥ 2.
  package func callAsFunction(_ a: Tensor, _ b: Tensor, pass: Pass) -> Result {
    let (rows, width) = (a.shape[0], a.shape[1])
    let (left, right) = (StandardisedColumns(a), StandardisedColumns(b))
    let c = Tensor(uninitialized: [width, width])
    multiply(left.values, transposeA: true, right.values, alpha: 1 / Float(rows), into: c, pass: pass)
    // c becomes G = ∂L/∂C in place.
    var (diagonal, others, sizes) = (0.0, 0.0, 0.0)
    for i in 0..<width {
      for j in 0..<width {
        let at = i * width + j
        let value = Double(c.pointer[at])
        if i == j {
          diagonal += (value - 1) * (value - 1)
          c.pointer[at] = Float(2 * scale * (value - 1))
        } else {
          others += value * value
          sizes += abs(value)
          c.pointer[at] = Float(2 * scale * lambda * value)
        }
      }
    }
    // ∂Â = B̂·Gᵀ/n, ∂B̂ = Â·G/n
    let (da, db) = (Tensor(uninitialized: a.shape), Tensor(uninitialized: b.shape))
    multiply(right.values, c, transposeB: true, alpha: 1 / Float(rows), into: da, pass: pass)
    multiply(left.values, c, alpha: 1 / Float(rows), into: db, pass: pass)
    return Result(
      loss: scale * (diagonal + lambda * others), gradients: [left.backward(da), right.backward(db)],
      correlation: sizes / Double(max(1, width * (width - 1))))
  }
}
