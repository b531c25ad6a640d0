import Base
import Images
import Networks
import Tensors

/// One update of a model, with the numbers on its way.
public struct StepReport: Sendable {
  /// A stretch of the network, and the lengths of its vectors of numbers.
  public struct Part: Sendable {
    public let name: String
    /// Whether it stays as it is.
    public let isFrozen: Bool
    public let parameters: Int
    /// ‖∂loss/∂θ‖.
    public let gradient: Double
    /// ‖Δθ‖, what the update changed.
    public let update: Double
    /// ‖θ‖ before the update.
    public let weights: Double
  }

  /// Indices of the images in the set, in the order of the rows.
  public let images: [Int]
  /// The number that their views were drawn under: `Images.pictures` makes the same ones of it.
  public let epoch: Int
  /// Shape of the views of each group, `[n·views, side, side, 3]`.
  public let viewShapes: [[Int]]
  /// Shape of the representations of the first group's views, `[n·views, encoder.outputWidth]`.
  public let hShape: [Int]
  /// Shape of the rows that the loss sees of the first group's views.
  public let outputShape: [Int]
  /// The views as RGB bytes, `[views·N, side, side, 3]`: those of the first group, and of the second where they are as large.
  public let pictures: SeenViews
  /// NT-Xent of z before the update, taken apart, where that is the model's loss; its `gradient` is ∂loss/∂z, `[2N, outputWidth]`.
  public let anatomy: LossAnatomy?
  /// The first two views of each image compared; nil where an image has one output.
  public let pairs: Pairs?
  public let loss: Double
  /// Metrics of the step.
  public let readings: [Reading]
  /// Loss of the same views under the new weights; what the method keeps has not yet followed.
  public let lossAfter: Double
  /// The loss of a model that knows nothing, where there is such a level.
  public let chance: Double?
  public let rate: Float
  /// Steps that the model has had, this one among them.
  public let number: Int
  /// The encoder, and what is trained beside it.
  public let parts: [Part]

  public var batch: Int { images.count }

  /// The outputs z of two views of each image, compared.
  public struct Pairs: Sendable {
    /// Shape of z, `[2N, outputWidth]`.
    public let zShape: [Int]
    /// Cosine similarities of all, `[2N, 2N]`.
    public let similarities: [Double]

    private var batch: Int { zShape[0] / 2 }

    /// Cosine similarity of the two views of each image.
    public var positives: [Double] {
      (0..<batch).map { similarities[$0 * 2 * batch + $0 + batch] }
    }

    /// Cosine similarities of views of different images, each pair counted once.
    public var negatives: (mean: Double, lowest: Double, highest: Double) {
      let views = 2 * batch
      var (sum, lowest, highest) = (0.0, 1.0, -1.0)
      for i in 0..<views {
        for j in 0..<i where j != LossAnatomy.partner(of: i, among: views) {
          let similarity = similarities[i * views + j]
          sum += similarity
          lowest = min(lowest, similarity)
          highest = max(highest, similarity)
        }
      }
      return (sum / Double(max(1, 2 * batch * (batch - 1))), lowest, highest)
    }
  }

  /// The mean of both views' ℓ, for each image, where the loss is NT-Xent.
  public var pairLosses: [Double]? {
    anatomy.map { anatomy in (0..<batch).map { (anatomy.losses[$0] + anatomy.losses[$0 + batch]) / 2 } }
  }
}

/// A place on the way of a step with what it has computed, for whoever looks on.
public enum StepPhase {
  /// The views, and the images that they are of.
  case views(SeenViews, images: [Int])
  /// Representations of the first group's views, `[n·views, width]`.
  case representations(Tensor)
  /// Outputs that the loss sees of two views of each image, `[2N, outputWidth]`, or of all where an image has one.
  case outputs(Tensor)
  /// Cosine similarities of all outputs, `[2N, 2N]`.
  case similarities([Double], count: Int)
  /// ∂loss/∂z where the loss is NT-Xent, and ‖∂loss/∂θ‖ of each part; the weights have not changed yet.
  case gradient(LossAnatomy?, norms: [(part: String, norm: Double)])
  /// ‖Δθ‖ of each part; the weights have changed.
  case update([(part: String, norm: Double)])
}

/// Trains `model` by one batch of `images`, and reports every number of it.
///
/// It is the step that `train` does, with a fresh optimiser; the history has one step more. On a model with a history of
/// whole epochs only, the images and their views are those of the first step of the next epoch; a further step takes others.
/// Of the plan, epochs and schedule do not matter: the rate is `plan.rate`.
///
/// `look` is called at each phase with what it gave. It changes nothing; what it throws ends the step.
///
/// Throws `TrainingError` before any work, `Diverged`, and `Interrupted`; after each the model stands at its last whole step.
public func step(
  _ model: ContrastiveModel, on images: ImageSet, plan: TrainingPlan, run: Run,
  look: ((StepPhase) throws -> Void)? = nil
) throws -> StepReport {
  var plan = plan
  plan.epochs = 1
  plan.schedule = .constant
  plan.warmup = 0
  guard plan.batch <= LossAnatomy.mostViews / 2 else {
    throw TrainingError.largeStep(plan.batch, most: LossAnatomy.mostViews / 2)
  }
  return try model.using { lease in
    try lease.method.prepare(for: images, batch: plan.batch, isTrained: !model.history.steps.isEmpty)
    let state = TrainingState(plan, of: model, on: images, seed: run.seed)
    try checkTraining(lease, on: images, state, run: run)
    if model.history.epochs.isEmpty { model.recordStart(batch: plan.batch) }
    let epochs = model.history.epochs.count + model.history.looseSteps
    let trainer = try Trainer(lease: lease, images: images, state: state, run: run, epochsBefore: epochs)
    return try trainer.reportedStep(look)
  }
}

extension Trainer {
  /// The first step of the first epoch, looked at from all sides.
  func reportedStep(_ look: ((StepPhase) throws -> Void)?) throws -> StepReport {
    let portions = portions(epoch: 0, step: 0)
    let (labels, number) = (labels(of: portions), state.stepsBefore)
    let isFrozen = isEncoderFrozen(at: 0)
    // In training, as the step itself, with the same draws of dropout; running statistics stay.
    func outputs() throws -> (h: Tensor, batch: MethodBatch) {
      try run.pass {
        var pass = BatchPass(
          of: lease, portions, from: queue, at: number, viewing: plan.views, isFrozen: isFrozen, in: $0)
        return try pass.observe(labels: labels)
      }
    }
    let groups = try SeenViews.all(of: model, from: queue, portions[0], normalisation)
    let alike = groups.prefix(2).filter { $0.side == groups[0].side }
    let shown = SeenViews(
      bytes: alike.flatMap(\.bytes), side: groups[0].side, count: alike.reduce(0) { $0 + $1.count })
    try look?(.views(shown, images: portions.flatMap(\.indices)))
    let before = try outputs()
    try look?(.representations(before.h))
    let z = firstPairs(of: before.batch)
    try look?(.outputs(z ?? before.batch.outputs[0]))
    let anatomy = try z.flatMap { z in
      try ((model.method as? SimCLRMethod)?.ntXent).map { try LossAnatomy(of: z, function: $0, run: run) }
    }
    let pairs = try z.map { z in
      StepReport.Pairs(zShape: z.shape, similarities: try anatomy?.similarities ?? cosines(of: z, run: run))
    }
    if let look, let pairs { try look(.similarities(pairs.similarities, count: pairs.zShape[0])) }
    let ranges = parts
    let old = ranges.map { $0.parameters.map { $0.value.copy() } }
    var gradients: [Double] = []
    step.beforeUpdate = {
      gradients = ranges.map { norm($0.parameters.map(\.gradient)) }
      try look?(.gradient(anatomy, norms: zip(ranges, gradients).map { ($0.name, $1) }))
    }
    // Before the twin, the queue or the centre has followed: the same loss as that of the step.
    var lossAfter: Result<Double, any Error> = .success(.nan)
    step.afterUpdate = { [self] in
      lossAfter = Result {
        let batch = try outputs().batch
        return try run.pass { try lease.method.loss(of: batch, pass: $0).loss }
      }
      lease.state.clearGradients()
    }
    defer { (step.beforeUpdate, step.afterUpdate) = (nil, nil) }
    let record = try runStep(epoch: 0, step: 0)
    try checkWeights()
    let updates = ranges.indices.map { distance(ranges[$0].parameters.map(\.value), old[$0]) }
    try look?(.update(zip(ranges, updates).map { ($0.name, $1) }))
    return StepReport(
      images: portions.flatMap(\.indices), epoch: portions[0].epoch,
      viewShapes: model.viewGroups.map { [$0.views * plan.batch, $0.side, $0.side, 3] },
      hShape: before.h.shape,
      outputShape: before.batch.outputs[0].shape, pictures: shown, anatomy: anatomy, pairs: pairs,
      loss: record.loss,
      readings: zip(model.method.metrics, record.metrics).map { Reading($0, $1) },
      lossAfter: try lossAfter.get(), chance: model.method.chance(batch: plan.batch), rate: plan.rate,
      number: number + 1,
      parts: ranges.indices.map { index in
        let (name, parameters) = ranges[index]
        return StepReport.Part(
          name: name, isFrozen: isFrozen && index == 0,
          parameters: parameters.reduce(0) { $0 + $1.value.count }, gradient: gradients[index],
          update: updates[index], weights: norm(old[index]))
      })
  }

  /// z of the first two views of each image, `[2N, outputWidth]`; where a twin alone sees the second, what that makes of it. Nil
  /// where there is one output.
  private func firstPairs(of batch: MethodBatch) -> Tensor? {
    guard model.method.rowsBeginWithZ else { return nil }
    let rows = batch.outputs.flatMap { rows in
      (0..<rows.shape[0] / plan.batch).map { rows.rows($0 * plan.batch..<($0 + 1) * plan.batch) }
    }
    let (width, target) = (model.method.outputWidth, batch.targets.compactMap { $0 }.first)
    let other = target?.shape == [plan.batch, width] ? target : nil
    guard let second = rows.count > 1 ? rows[1] : other else { return nil }
    let pair = [rows[0], second]
    let z = Tensor(uninitialized: [2 * plan.batch, width])
    for (view, rows) in pair.enumerated() {
      z.replaceRows(from: view * plan.batch, by: rows.columns(0..<width))
    }
    return z
  }

  private var parts: [(name: String, parameters: [Parameter])] {
    [("encoder", State(of: lease.encoder).parameters)]
      + lease.method.layers.map {
        (String($0.prefix.prefix { $0 != "." }), State(of: $0.layer).parameters)
      }
  }
}

private func cosines(of z: Tensor, run: Run) throws -> [Double] {
  try run.pass { pass in
    let unit = normalised(z, pass: pass).unit
    return product(unit, unit, transposeB: true, pass: pass).elements.map(Double.init)
  }
}

private func norm(_ tensors: [Tensor]) -> Double {
  tensors.reduce(0) { sum, tensor in
    (0..<tensor.count).reduce(sum) { $0 + Double(tensor.pointer[$1]) * Double(tensor.pointer[$1]) }
  }.squareRoot()
}

private func distance(_ a: [Tensor], _ b: [Tensor]) -> Double {
  zip(a, b).reduce(0) { sum, pair in
    (0..<pair.0.count).reduce(sum) {
      let difference = Double(pair.0.pointer[$1]) - Double(pair.1.pointer[$1])
      return $0 + difference * difference
    }
  }.squareRoot()
}
