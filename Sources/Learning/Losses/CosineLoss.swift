import Tensors

/// `f·(1 − mean⟨p̂, ẑ⟩)`: how far predictions point away from targets, which are constant.
///
/// BYOL (Grill et al., 2020, Eq. 2) takes f = 2 for each of its two directions, SimSiam (Chen and He, 2021, Eq. 1 and 2) f = ½ and leaves out
/// the constant.
package struct CosineLoss {
  package let factor: Double

  package init(factor: Double) {
    self.factor = factor
  }

  /// Shapes: p, z `[n, d]`. The gradient is `−f/n·(ẑ − p̂·⟨p̂, ẑ⟩)/‖p‖`; NaN where a row is infinite or NaN.
  package func callAsFunction(_ p: Tensor, target z: Tensor, pass: Pass) -> (cosine: Double, gradient: Tensor)
  {
    let (unit, norms) = normalised(p, pass: pass)
    let (goal, goalNorms) = normalised(z, pass: pass)
    let rows = p.shape[0]
    let sum = rowProducts(unit, goal).reduce(0) { $0 + Double($1) }
    let du = Tensor(goal.shape)
    du.add(goal, times: Float(-factor / Double(rows)))
    let isFinite = norms.isFinite && goalNorms.isFinite
    return (
      isFinite ? sum / Double(rows) : .nan, throughNormalisation(du, unit: unit, norms: norms)
    )
  }
}
