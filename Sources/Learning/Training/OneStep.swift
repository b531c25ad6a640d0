import Base
import Images
import Networks
import Tensors

/// One update of a model, with the numbers on its way.
public struct StepReport: Sendable {
  /// A stretch of the network, and the lengths of its vectors of numbers.
  public struct Part: Sendable {
    public let name: String
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
  /// Shape of the views, `[2N, side, side, 3]`.
  public let viewShape: [Int]
  /// Shape of the representations, `[2N, encoder.outputWidth]`.
  public let hShape: [Int]
  /// The loss before the update, taken apart; its `gradient` is ∂loss/∂z, `[2N, head.outputWidth]`.
  public let anatomy: LossAnatomy
  public let loss: Double
  public let top1: Double
  /// Loss of the same views under the new weights.
  public let lossAfter: Double
  public let rate: Float
  /// Steps that the model has had, this one among them.
  public let number: Int
  /// The encoder and the head.
  public let parts: [Part]

  public var batch: Int { images.count }
  public var chance: Double { anatomy.chance }

  /// Cosine similarity of the two views of each image.
  public var positives: [Double] {
    (0..<batch).map { anatomy.similarities[$0 * 2 * batch + $0 + batch] }
  }

  /// The mean of both views' ℓ, for each image.
  public var pairLosses: [Double] {
    (0..<batch).map { (anatomy.losses[$0] + anatomy.losses[$0 + batch]) / 2 }
  }

  /// Cosine similarities of views of different images, each pair counted once.
  public var negatives: (mean: Double, lowest: Double, highest: Double) {
    let views = 2 * batch
    var (sum, lowest, highest) = (0.0, 1.0, -1.0)
    for i in 0..<views {
      for j in 0..<i where j != LossAnatomy.partner(of: i, among: views) {
        let similarity = anatomy.similarities[i * views + j]
        sum += similarity
        lowest = min(lowest, similarity)
        highest = max(highest, similarity)
      }
    }
    return (sum / Double(max(1, 2 * batch * (batch - 1))), lowest, highest)
  }
}

/// Trains `model` by one batch of `images`, and reports every number of it.
///
/// It is the step that `train` does, with a fresh optimiser; the history has one step more. On a model with a history of
/// whole epochs only, the images and their views are those of the first step of the next epoch; a further step takes others.
/// Of the plan, epochs and schedule do not matter: the rate is `plan.rate`.
///
/// Throws `TrainingError` before any work, `Diverged`, and `Interrupted`; after each the model stands at its last whole step.
public func step(
  _ model: ContrastiveModel, on images: ImageSet, plan: TrainingPlan, run: Run
) throws -> StepReport {
  var plan = plan
  plan.epochs = 1
  plan.schedule = .constant
  plan.warmup = 0
  guard plan.batch <= LossAnatomy.mostViews / 2 else {
    throw TrainingError.largeStep(plan.batch, most: LossAnatomy.mostViews / 2)
  }
  guard let loss = (model.method as? SimCLRMethod)?.ntXent else {
    throw TrainingError.stepWithoutPairs
  }
  return try model.using { lease in
    try checkTraining(lease, on: images, plan: plan, run: run)
    if model.history.epochs.isEmpty { model.recordStart(batch: plan.batch) }
    let epochs = model.history.epochs.count + model.history.looseSteps
    let state = TrainingState(plan, of: model, on: images, seed: run.seed)
    let trainer = try Trainer(lease: lease, images: images, state: state, run: run, epochsBefore: epochs)
    return try trainer.reportedStep(of: loss)
  }
}

extension Trainer {
  /// The first step of the first epoch, looked at from all sides.
  func reportedStep(of loss: NTXent) throws -> StepReport {
    let portions = portions(epoch: 0, step: 0)
    let number = state.stepsBefore
    // In training, as the step itself, with the same draws of dropout; running statistics stay.
    func outputs() throws -> Observation.Outputs {
      try run.pass {
        var pass = BatchPass(of: lease, portions, from: queue, at: number, viewing: plan.views, in: $0)
        return try pass.observe()
      }
    }
    let before = try outputs()
    let ranges = parts
    let old = ranges.map { $0.parameters.map { $0.value.copy() } }
    var gradients: [Double] = []
    step.beforeUpdate = { gradients = ranges.map { norm($0.parameters.map(\.gradient)) } }
    let record = try runStep(epoch: 0, step: 0)
    step.beforeUpdate = nil
    try checkWeights()
    let outputsAfter = try outputs()
    let after = try run.pass { loss(outputsAfter.z, pass: $0) }
    let anatomy = try LossAnatomy(of: before.z, function: loss, run: run)
    let side = model.encoder.inputSize
    return StepReport(
      images: portions.flatMap(\.indices), epoch: portions[0].epoch,
      viewShape: [2 * plan.batch, side, side, 3], hShape: before.h.shape, anatomy: anatomy,
      loss: record.loss, top1: anatomy.top1, lossAfter: after.loss, rate: plan.rate,
      number: number + 1,
      parts: ranges.indices.map { index in
        let (name, parameters) = ranges[index]
        return StepReport.Part(
          name: name, parameters: parameters.reduce(0) { $0 + $1.value.count }, gradient: gradients[index],
          update: distance(parameters.map(\.value), old[index]), weights: norm(old[index]))
      })
  }

  private var parts: [(name: String, parameters: [Parameter])] {
    [("encoder", State(of: lease.encoder).parameters)]
      + lease.method.layers.map {
        (String($0.prefix.prefix { $0 != "." }), State(of: $0.layer).parameters)
      }
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
