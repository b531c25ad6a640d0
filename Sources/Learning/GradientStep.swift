import Networks
import Tensors

/// The gradients of one step: views forward, loss, backward.
///
/// Where a step comes in several portions this is gradient caching (Gao et al., 2021): a first pass computes all projections
/// and keeps nothing else; the loss over all of them gives ∂L/∂z; a second pass computes each portion again and takes its
/// rows of ∂L/∂z back. The gradients are those of the whole batch with the memory of one portion, for half as much
/// work again. Batch normalisation takes its statistics from each portion, in both passes alike.
///
/// It all happens in one `pass`: what an interrupt cut short never leaves `Run.pass`.
///
/// Views that go through alone are each kept until the loss of all is known: no pass is done twice, and running statistics move once
/// a view.
package struct GradientStep {
  let model: ContrastiveModel
  let pass: Pass
  let step: Int
  let viewing: TrainingPlan.Views
  private let commits = Commits()

  private final class Commits { var tapes: [Tape] = [] }

  package init(model: ContrastiveModel, pass: Pass, step: Int, views: TrainingPlan.Views = .together) {
    self.model = model
    self.pass = pass
    self.step = step
    viewing = views
  }

  /// Adds the gradients of a step to the parameters'. `labels` are those of all portions' images, where the loss asks for
  /// them; `check` sees the loss before anything goes back. Throws `Interrupted`, and what `check` throws; then the gradients hold
  /// nothing of use.
  package func addGradients(
    _ portions: [Portion], labels: [Int]? = nil, following: Portion?, from queue: ViewQueue,
    check: (LossResult) throws -> Void
  ) throws -> LossResult {
    if viewing == .alone {
      precondition(portions.count == 1, "views that go through alone come in one portion")
      return try addGradientsOfEach(
        try queue.take(portions[0], following: following), labels: labels, check: check)
    }
    guard portions.count > 1 else {
      var (z, tape) = forward(try queue.take(portions[0], following: following), part: 0, keeping: true)
      let result = model.objective(z, labels: labels, pass: pass)
      try pass.check()
      try check(result)
      backward(result.gradient, from: &tape)
      return result
    }
    let images = portions.reduce(0) { $0 + $1.indices.count }
    let z = Tensor(uninitialized: [2 * images, model.head.outputWidth])
    try forEachPart(portions) { part, rows in
      let next = portions[(part + 1) % portions.count]
      let views = try queue.take(portions[part], following: next)
      copy(forward(views, part: part, keeping: false).z, toRows: rows, of: z)
    }
    let result = model.objective(z, labels: labels, pass: pass)
    try pass.check()
    try check(result)
    try forEachPart(portions) { part, rows in
      let next = part + 1 < portions.count ? portions[part + 1] : following
      var (_, tape) = forward(try queue.take(portions[part], following: next), part: part, keeping: true)
      backward(self.rows(rows, of: result.gradient), from: &tape)
    }
    return result
  }

  /// As `addGradients`, of views `[2N, side, side, 3]` that go through one by one.
  private func addGradientsOfEach(
    _ views: Tensor, labels: [Int]?, check: (LossResult) throws -> Void
  ) throws -> LossResult {
    let count = views.shape[0]
    let z = Tensor(uninitialized: [count, model.head.outputWidth])
    var tapes: [Tape] = []
    for view in 0..<count {
      let (row, tape) = forward(views.rows([view]), part: view, keeping: true)
      try pass.check()
      (z.pointer + view * row.count).update(from: row.pointer, count: row.count)
      tapes.append(tape)
    }
    let result = model.objective(z, labels: labels, pass: pass)
    try pass.check()
    try check(result)
    for view in 0..<count {
      backward(result.gradient.rows([view]), from: &tapes[view])
      try pass.check()
    }
    return result
  }

  /// Both outputs for the views of all portions, in training mode, as `addGradients` computes them; changes nothing.
  /// Throws `Interrupted`.
  func outputs(of portions: [Portion], from queue: ViewQueue) throws -> Observation.Outputs {
    let images = portions.reduce(0) { $0 + $1.indices.count }
    let h = Tensor(uninitialized: [2 * images, model.encoder.outputWidth])
    let z = Tensor(uninitialized: [2 * images, model.head.outputWidth])
    try forEachPart(portions) { part, rows in
      let views = try queue.take(portions[part], following: nil)
      switch viewing {
      case .together:
        let outputs = outputs(of: views, part: part)
        copy(outputs.h, toRows: rows, of: h)
        copy(outputs.z, toRows: rows, of: z)
      case .alone:
        for view in 0..<views.shape[0] {
          let outputs = outputs(of: views.rows([view]), part: view)
          try pass.check()
          for (row, whole) in [(outputs.h, h), (outputs.z, z)] {
            (whole.pointer + view * row.count).update(from: row.pointer, count: row.count)
          }
        }
      }
    }
    return Observation.Outputs(h: h, z: z)
  }

  private func outputs(of x: Tensor, part: Int) -> Observation.Outputs {
    var tape = Tape(pass: pass, mode: .training, step: step, part: part, keeping: false)
    let h = model.encoder.forward(x, saving: &tape)
    return Observation.Outputs(h: h, z: model.head.forward(h, saving: &tape))
  }

  /// Moves running statistics, once the step is known to be whole.
  package func commit() {
    for tape in commits.tapes {
      var tape = tape
      tape.commit()
    }
  }

  private func forward(_ x: Tensor, part: Int, keeping: Bool) -> (z: Tensor, tape: Tape) {
    var tape = Tape(pass: pass, mode: .training, step: step, part: part, keeping: keeping)
    let z = model.head.forward(model.encoder.forward(x, saving: &tape), saving: &tape)
    return (z, tape)
  }

  private func backward(_ dz: Tensor, from tape: inout Tape) {
    _ = model.encoder.backward(model.head.backward(dz, from: &tape), from: &tape)
    commits.tapes.append(tape)
  }

  private func forEachPart(_ portions: [Portion], _ body: (_ part: Int, _ rows: Range<Int>) throws -> Void)
    throws
  {
    var start = 0
    for (part, portion) in portions.enumerated() {
      try body(part, start..<start + portion.indices.count)
      try pass.check()
      start += portion.indices.count
    }
  }

  // All first views come before all second views, in a portion and in the batch.

  private func copy(_ part: Tensor, toRows rows: Range<Int>, of z: Tensor) {
    let (width, half) = (z.shape[1], z.shape[0] / 2)
    for view in 0..<2 {
      (z.pointer + (view * half + rows.lowerBound) * width).update(
        from: part.pointer + view * rows.count * width, count: rows.count * width)
    }
  }

  private func rows(_ rows: Range<Int>, of z: Tensor) -> Tensor {
    let (width, half) = (z.shape[1], z.shape[0] / 2)
    let part = Tensor(uninitialized: [2 * rows.count, width])
    for view in 0..<2 {
      (part.pointer + view * rows.count * width).update(
        from: z.pointer + (view * half + rows.lowerBound) * width, count: rows.count * width)
    }
    return part
  }
}
