import Tensors

/// VICReg (Bardes et al., 2022, Eq. 6): views alike, each output varied over the batch, no two outputs correlated.
///
/// `L = λ·s(a, b) + μ·w·(v(a) + v(b)) + ν·(c(a) + c(b))` with `s` the mean squared difference,
/// `v(z) = mean_j max(0, 1 − √(var_j + 10⁻⁴))` and `c(z) = Σ_{i≠j} Cov_ij²/d`, variances and covariances over n − 1.
package struct VICRegLoss {
  /// λ, μ and ν.
  package let invariance: Double
  package let variance: Double
  package let covariance: Double
  /// w: 1 in the paper's equation, ½ in the authors' code.
  package let varianceShare: Double

  package init(
    invariance: Double = 25, variance: Double = 25, covariance: Double = 1, varianceShare: Double = 1
  ) {
    (self.invariance, self.variance, self.covariance) = (invariance, variance, covariance)
    self.varianceShare = varianceShare
  }

  package struct Result {
    package let loss: Double
    package let gradients: [Tensor]
    /// `s`, `v(a) + v(b)` and `c(a) + c(b)`, without their weights.
    package let parts: (invariance: Double, variance: Double, covariance: Double)
  }

  /// Shapes: a, b `[n, d]`, n ≥ 2.
  package func callAsFunction(_ a: Tensor, _ b: Tensor, pass: Pass) -> Result {
    let count = Double(a.count)
    var difference = 0.0
    let (da, db) = (Tensor(uninitialized: a.shape), Tensor(uninitialized: b.shape))
    let slope = Float(2 * invariance / count)
    for at in 0..<a.count {
      let distance = a.pointer[at] - b.pointer[at]
      difference += Double(distance * distance)
      da.pointer[at] = slope * distance
      db.pointer[at] = -slope * distance
    }
    let (first, second) = (spread(of: a, gradient: da, pass: pass), spread(of: b, gradient: db, pass: pass))
    let parts = (
      invariance: difference / count, variance: first.variance + second.variance,
      covariance: first.covariance + second.covariance
    )
    return Result(
      loss: invariance * parts.invariance + variance * varianceShare * parts.variance
        + covariance * parts.covariance,
      gradients: [da, db], parts: parts)
  }

  /// `v(z)` and `c(z)`; adds their weighted gradients.
  private func spread(
    of z: Tensor, gradient: Tensor, pass: Pass
  ) -> (variance: Double, covariance: Double) {
    let (rows, width) = (z.shape[0], z.shape[1])
    let freedom = Double(max(1, rows - 1))
    let centred = Tensor(uninitialized: z.shape)
    var hinge = 0.0
    for (column, (mean, squares)) in columnMoments(z).enumerated() {
      let deviation = (squares / freedom + 1e-4).squareRoot()
      hinge += max(0, 1 - deviation) / Double(width)
      let slope =
        deviation < 1 ? -variance * varianceShare / (Double(width) * freedom * deviation) : 0
      for row in 0..<rows {
        let at = row * width + column
        let distance = Double(z.pointer[at]) - mean
        centred.pointer[at] = Float(distance)
        gradient.pointer[at] += Float(slope * distance)
      }
    }
    let c = Tensor(uninitialized: [width, width])
    multiply(centred, transposeA: true, centred, alpha: Float(1 / freedom), into: c, pass: pass)
    var squares = 0.0
    for i in 0..<width {
      c.pointer[i * width + i] = 0
      for at in i * width..<(i + 1) * width { squares += Double(c.pointer[at] * c.pointer[at]) }
    }
    // ∂c/∂z = 4/(d·(n − 1))·z̃·off(Cov)
    multiply(
      centred, c, alpha: Float(4 * covariance / (Double(width) * freedom)), into: gradient, beta: 1,
      pass: pass)
    return (hinge, squares / Double(width))
  }
}
