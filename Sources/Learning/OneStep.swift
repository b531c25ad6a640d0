import Glibc
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

  /// Which images of the set, in the order of the rows.
  public let images: [Int]
  /// The number that their views were drawn under: `Images.pictures` makes the same ones of it.
  public let epoch: Int
  /// Of the views, `[2N, side, side, 3]`, and of both outputs.
  public let viewShape, hShape, zShape: [Int]
  /// Cosine similarity of the two views of each image.
  public let positives: [Double]
  /// Cosine similarities of views of different images: the mean and the extremes, each pair counted once.
  public let negatives: (mean: Double, lowest: Double, highest: Double)
  /// The mean of both views' ℓ, for each image.
  public let pairLosses: [Double]
  public let loss: Double
  public let top1: Double
  /// Of the same views under the new weights.
  public let lossAfter: Double
  public let rate: Float
  /// The encoder and the head.
  public let parts: [Part]

  public var batch: Int { images.count }
  public var chance: Double { chanceLoss(batch: batch) }
}

/// Trains `model` by one batch of `images`, and reports every number of it.
///
/// It is the step that `train` does, with a fresh optimiser; the history has one step more. On a model with a history of
/// whole epochs only, the images and their views are those of the first step of the next epoch, and a further step takes others.
/// The plan's epochs and schedule do not matter: the rate is `plan.rate`.
///
/// Throws `InputError` before any work, `Diverged`, and `Interrupted`; after each the model is as it was.
public func step(
  _ model: ContrastiveModel, on images: ImageSet, plan: TrainingPlan, run: Run
) throws -> StepReport {
  var plan = plan
  plan.epochs = 1
  plan.schedule = .constant
  plan.warmup = 0
  try checkTraining(model, on: images, plan: plan, run: run)
  if model.history.epochs.isEmpty { model.record { $0.batch = plan.batch } }
  return try Trainer(
    model: model, images: images, plan: plan, run: run,
    epochsBefore: model.history.epochs.count + model.history.looseSteps
  ).reportedStep()
}

extension Trainer {
  /// The first step of the first epoch, looked at from all sides.
  func reportedStep() throws -> StepReport {
    let portions = portions(epoch: 0, step: 0)
    let number = stepsBefore
    // In training, as the step itself, with the same draws of dropout; running statistics stay.
    func outputs() throws -> Observation.Outputs {
      try GradientStep(model: model, run: run, step: number).outputs(of: portions, from: queue)
    }
    let before = try outputs()
    let pairs = Pairs(z: before.z, temperature: model.loss.temperature, run: run)
    let ranges = parts
    let old = ranges.map { $0.parameters.map { $0.value.copy() } }
    var gradients: [Double] = []
    beforeUpdate = { gradients = ranges.map { norm($0.parameters.map(\.gradient)) } }
    let record = try runStep(epoch: 0, step: 0)
    beforeUpdate = nil
    try checkWeights()
    let after = Pairs(z: try outputs().z, temperature: model.loss.temperature, run: run)
    let side = model.encoder.inputSize
    return StepReport(
      images: portions.flatMap(\.indices), epoch: portions[0].epoch,
      viewShape: [2 * plan.batch, side, side, 3], hShape: before.h.shape, zShape: before.z.shape,
      positives: pairs.positives, negatives: pairs.negatives, pairLosses: pairs.losses,
      loss: record.loss, top1: record.top1, lossAfter: after.loss, rate: plan.rate,
      parts: ranges.indices.map { index in
        let (name, parameters) = ranges[index]
        return StepReport.Part(
          name: name, parameters: parameters.reduce(0) { $0 + $1.value.count }, gradient: gradients[index],
          update: distance(parameters.map(\.value), old[index]), weights: norm(old[index]))
      })
  }

  private var parts: [(name: String, parameters: [Parameter])] {
    [("encoder", State(of: model.encoder).parameters), ("head", State(of: model.head).parameters)]
  }
}

/// What the loss compares: all pairs of 2N views.
private struct Pairs {
  var positives: [Double] = []
  var negatives = (mean: 0.0, lowest: 1.0, highest: -1.0)
  var losses: [Double] = []
  var loss = 0.0

  init(z: Tensor, temperature: Float, run: Run) {
    let rows = z.shape[0]
    let count = rows / 2
    let unit = normalised(z, run: run).unit
    let similarities = product(unit, unit, transposeB: true, run: run)
    func similarity(_ i: Int, _ j: Int) -> Double { Double(similarities.pointer[i * rows + j]) }
    func partner(_ i: Int) -> Int { (i + count) % rows }
    let each = (0..<rows).map { i -> Double in
      let others = (0..<rows).filter { $0 != i }.map { similarity(i, $0) / Double(temperature) }
      let largest = others.max()!
      return largest + log(others.reduce(0) { $0 + exp($1 - largest) })
        - similarity(i, partner(i)) / Double(temperature)
    }
    positives = (0..<count).map { similarity($0, partner($0)) }
    losses = (0..<count).map { (each[$0] + each[partner($0)]) / 2 }
    loss = losses.reduce(0, +) / Double(count)
    for i in 0..<rows {
      for j in 0..<i where j != partner(i) {
        negatives.mean += similarity(i, j) / Double(2 * count * (count - 1))
        negatives.lowest = min(negatives.lowest, similarity(i, j))
        negatives.highest = max(negatives.highest, similarity(i, j))
      }
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
