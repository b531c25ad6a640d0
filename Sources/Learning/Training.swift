import Images
import Networks
import Tensors

/// How a contrastive model is trained.
public struct TrainingPlan: Sendable {
  public enum Rule: String, Sendable, CaseIterable { case adam, sgd }

  public var epochs = 20
  /// Images per step; the loss sees twice as many views.
  public var batch = 128
  public var rule = Rule.adam
  public var rate: Float = 1e-3
  public var weightDecay: Float = 0
  public var momentum: Float = 0.9
  public var schedule = Schedule.Shape.cosine
  /// Epochs over which the rate rises from 0.
  public var warmup: Float = 0

  public init() {}

  func makeOptimizer() -> any Optimizer {
    switch rule {
    case .adam: Adam(weightDecay: weightDecay)
    case .sgd: SGD(momentum: momentum, weightDecay: weightDecay)
    }
  }

  func check(against images: ImageSet) throws {
    guard epochs > 0 else {
      throw InputError("epochs is \(epochs), and must be at least 1", option: "epochs")
    }
    guard batch > 1 else {
      throw InputError(
        "a batch of \(batch) has no negatives: the loss compares each image with the others of its batch",
        option: "batch", advice: "try batch=128")
    }
    guard batch <= images.count else {
      throw InputError(
        "a batch of \(batch) is larger than the data: \(images.count) images", option: "batch",
        advice: "use batch=\(images.count) or less")
    }
  }
}

/// Stopped because the loss was no number; the weights are those before the step.
public struct Diverged: Error, CustomStringConvertible {
  public let loss: Double
  public let step: Int
  public let rate: Float

  public var description: String {
    "training stopped at step \(step): the loss is \(loss) at a learning rate of \(rate); "
      + "the model keeps the weights from before that step"
  }
}

/// Trains `model` on `images` without their labels (Algorithm 1 of Chen et al. 2020).
///
/// Both views of a batch go through the network together, so batch normalisation sees all 2N views. The last images of
/// an epoch that do not fill a batch are left out; the order is new in each epoch. Training again goes on from the
/// weights as they are, with a fresh optimiser and schedule.
///
/// Throws `InputError` before any work, `Diverged`, and `Interrupted`; after each the model stands at its last whole step.
public func train(_ model: ContrastiveModel, on images: ImageSet, plan: TrainingPlan, run: Run) throws {
  try plan.check(against: images)
  let trainer = Trainer(model: model, images: images, plan: plan, run: run)
  trainer.reportStart()
  for epoch in 0..<plan.epochs { try trainer.runEpoch(epoch) }
}

private final class Trainer {
  let model: ContrastiveModel
  let images: ImageSet
  let plan: TrainingPlan
  let run: Run
  let optimizer: any Optimizer
  let state: State
  let parameters: [Parameter]
  let normalisation: Normalisation
  let stepsPerEpoch: Int
  let schedule: Schedule
  /// Epochs and steps of earlier trainings: the random streams and the curve go on from there.
  let epochsBefore: Int
  let stepsBefore: Int
  let clock = ContinuousClock()

  init(model: ContrastiveModel, images: ImageSet, plan: TrainingPlan, run: Run) {
    self.model = model
    self.images = images
    self.plan = plan
    self.run = run
    optimizer = plan.makeOptimizer()
    state = model.state
    parameters = state.parameters
    normalisation = model.normalisation(for: images, run: run)
    stepsPerEpoch = images.count / plan.batch
    schedule = Schedule(plan.schedule, warmUp: Double(plan.warmup) / Double(plan.epochs))
    epochsBefore = model.history.epochs.count
    stepsBefore = model.history.steps.count
    model.record { $0.batch = plan.batch }
  }

  func runEpoch(_ epoch: Int) throws {
    let start = clock.now
    var random = run.random("order", epochsBefore + epoch)
    let order = random.permutation(images.count)
    var loss = 0.0
    var top1 = 0.0
    for step in 0..<stepsPerEpoch {
      let indices = Array(order[step * plan.batch..<(step + 1) * plan.batch])
      let record = try runStep(indices, epoch: epoch, step: epoch * stepsPerEpoch + step)
      loss += record.loss / Double(stepsPerEpoch)
      top1 += record.top1 / Double(stepsPerEpoch)
      report(epoch: epoch, step: step, record: record)
    }
    let seconds = (clock.now - start) / .seconds(1)
    let record = History.Epoch(
      number: epochsBefore + epoch + 1, loss: loss, top1: top1, seconds: seconds,
      imagesPerSecond: Double(stepsPerEpoch * plan.batch) / max(seconds, 1e-9))
    model.record { $0.epochs.append(record) }
  }

  private func runStep(_ indices: [Int], epoch: Int, step: Int) throws -> History.Step {
    let x = views(
      of: images, indices: indices, epoch: epochsBefore + epoch, with: model.augmentation,
      outputSize: model.encoder.inputSize, normalisation: normalisation, run: run)
    var tape = Tape(run: run, mode: .training, step: stepsBefore + step)
    let h = model.encoder.forward(x, saving: &tape)
    let z = model.head.forward(h, saving: &tape)
    let result = model.loss(z, run: run)
    let rate = schedule.rate(step: step, of: plan.epochs * stepsPerEpoch, peak: plan.rate)
    do {
      try run.checkInterrupt()
      guard result.loss.isFinite, result.gradient.isFinite else {
        throw Diverged(loss: result.loss, step: step + 1, rate: rate)
      }
      _ = model.encoder.backward(model.head.backward(result.gradient, from: &tape), from: &tape)
      try run.checkInterrupt()
    } catch {
      state.clearGradients()
      throw error
    }
    optimizer.step(parameters, rate: rate, run: run)
    tape.commit()
    model.normalisation = normalisation
    let record = History.Step(loss: result.loss, top1: result.top1, rate: Double(rate))
    model.record { $0.steps.append(record) }
    return record
  }

  /// Starts the clock of whoever shows the progress.
  func reportStart() {
    run.report(
      Progress("Training", completed: 0, total: plan.epochs * stepsPerEpoch * plan.batch, unit: "images"))
  }

  private func report(epoch: Int, step: Int, record: History.Step) {
    let done = epoch * stepsPerEpoch + step + 1
    run.report(
      Progress(
        "Training", completed: done * plan.batch, total: plan.epochs * stepsPerEpoch * plan.batch,
        unit: "images",
        values: [
          ("epoch", Double(epoch + 1)), ("epochs", Double(plan.epochs)), ("loss", record.loss),
          ("top-1", record.top1),
        ]))
  }
}
