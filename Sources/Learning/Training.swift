import Images
import Networks
import Tensors

/// How a contrastive model is trained.
public struct TrainingPlan: Sendable {
  public enum Rule: String, Sendable, CaseIterable { case adam, sgd, lars }

  public var epochs = 20
  /// Images per step; the loss sees twice as many views.
  public var batch = 128
  /// Images that go through the network together; all of a batch where nil.
  ///
  /// The loss compares all images of the batch whatever the chunk, but batch normalisation sees one chunk at a time.
  public var chunk: Int?
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
    case .lars: LARS(momentum: momentum, weightDecay: weightDecay)
    }
  }

  /// Tensors that the optimiser keeps for each parameter.
  var optimizerTensors: Int { rule == .adam ? 2 : 1 }

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
    if let chunk {
      guard chunk >= 1 else {
        throw InputError(
          "A chunk of \(chunk) holds no image.", option: "chunk", advice: "Write chunk=\(min(128, batch)).")
      }
      guard chunk <= batch else {
        throw InputError(
          "A chunk of \(chunk) images is larger than the batch of \(batch).", option: "chunk",
          advice: "Write chunk=\(batch) or less, or leave it out: then a batch goes through in one piece.")
      }
    }
  }
}

/// Stopped because the loss was no number; the weights are the last that gave a finite one.
public struct Diverged: Error, CustomStringConvertible {
  public let loss: Double
  public let step: Int
  public let rate: Float

  public var description: String {
    "Training stopped at step \(step): the loss is \(loss) at a learning rate of \(rate). "
      + "The model keeps the last weights whose loss was a number."
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
  if let available = MachineMemory.available {
    let need = MemoryNeed(of: model, optimizerTensors: plan.optimizerTensors, run: run)
    try need.check(batch: plan.batch, chunk: plan.chunk, available: available)
  }
  let trainer = Trainer(model: model, images: images, plan: plan, run: run)
  trainer.reportStart()
  for epoch in 0..<plan.epochs { try trainer.runEpoch(epoch) }
  try trainer.checkWeights()
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
  let chunk: Int
  let queue: ViewQueue
  /// The weights that gave the latest finite loss: an update with too high a rate can spoil them long before the next loss
  /// tells.
  private let lastGood: Snapshot
  private var orders: [Int: [Int]] = [:]

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
    chunk = plan.chunk ?? plan.batch
    lastGood = Snapshot(of: parameters, run: run)
    queue = ViewQueue(
      of: images, with: model.augmentation, outputSize: model.encoder.inputSize, normalisation: normalisation,
      run: run)
    model.record { $0.batch = plan.batch }
  }

  func runEpoch(_ epoch: Int) throws {
    let start = clock.now
    let waitedBefore = queue.waited
    var loss = 0.0
    var top1 = 0.0
    for step in 0..<stepsPerEpoch {
      let record = try runStep(epoch: epoch, step: step)
      loss += record.loss / Double(stepsPerEpoch)
      top1 += record.top1 / Double(stepsPerEpoch)
      report(epoch: epoch, step: step, record: record)
    }
    let seconds = (clock.now - start) / .seconds(1)
    let record = History.Epoch(
      number: epochsBefore + epoch + 1, loss: loss, top1: top1, seconds: seconds,
      imagesPerSecond: Double(stepsPerEpoch * plan.batch) / max(seconds, 1e-9),
      waited: queue.waited - waitedBefore)
    model.record { $0.epochs.append(record) }
  }

  /// The images of one step in portions of a chunk.
  private func portions(epoch: Int, step: Int) -> [Portion] {
    let order = order(of: epoch)
    let images = order[step * plan.batch..<(step + 1) * plan.batch]
    return stride(from: 0, to: plan.batch, by: chunk).map {
      Portion(
        epoch: epochsBefore + epoch,
        indices: Array(images[images.startIndex + $0..<min(images.endIndex, images.startIndex + $0 + chunk)]))
    }
  }

  /// The first portion of the step after this one, which is made while this one trains.
  private func firstPortion(after step: Int, epoch: Int) -> Portion? {
    if step + 1 < stepsPerEpoch { return portions(epoch: epoch, step: step + 1)[0] }
    return epoch + 1 < plan.epochs ? portions(epoch: epoch + 1, step: 0)[0] : nil
  }

  private func runStep(epoch: Int, step: Int) throws -> History.Step {
    let number = epoch * stepsPerEpoch + step
    let portions = portions(epoch: epoch, step: step)
    let following = firstPortion(after: step, epoch: epoch)
    let rate = schedule.rate(step: number, of: plan.epochs * stepsPerEpoch, peak: plan.rate)
    let update = GradientStep(model: model, run: run, step: stepsBefore + number)
    let result: NTXent.Result
    do {
      result = try update.addGradients(portions, following: following, from: queue) {
        guard $0.loss.isFinite, $0.gradient.isFinite else {
          throw Diverged(loss: $0.loss, step: number + 1, rate: rate)
        }
      }
    } catch {
      state.clearGradients()
      if error is Diverged { lastGood.restore() }
      throw error
    }
    guard lastGood.keep() else { throw spoiled(step: number + 1, rate: rate) }
    optimizer.step(parameters, rate: rate, run: run)
    update.commit()
    model.normalisation = normalisation
    let record = History.Step(loss: result.loss, top1: result.top1, rate: Double(rate))
    model.record { $0.steps.append(record) }
    return record
  }

  /// Weights that are no numbers can hide: a rectifier makes 0 of them, and the loss looks sane.
  private func spoiled(step: Int, rate: Float) -> Diverged {
    lastGood.restore()
    state.clearGradients()
    return Diverged(loss: .nan, step: step, rate: rate)
  }

  /// The last update is the one that no later loss tells of.
  func checkWeights() throws {
    if !lastGood.isFinite { throw spoiled(step: plan.epochs * stepsPerEpoch, rate: plan.rate) }
  }

  /// The images of an epoch in the order in which they are used.
  private func order(of epoch: Int) -> [Int] {
    if let order = orders[epoch] { return order }
    var random = run.random("order", epochsBefore + epoch)
    let order = random.permutation(images.count)
    orders = orders.filter { $0.key >= epoch - 1 }
    orders[epoch] = order
    return order
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

/// A copy of some parameters' values.
private final class Snapshot {
  private let values: [Tensor]
  private let run: Run
  private var copies: [Tensor] = []

  init(of parameters: [Parameter], run: Run) {
    values = parameters.map(\.value)
    self.run = run
  }

  /// False, and nothing is kept, where a value is infinite or not a number.
  func keep() -> Bool {
    guard isFinite else { return false }
    if copies.isEmpty { copies = values.map { Tensor(uninitialized: $0.shape) } }
    copy(from: values, to: copies)
    return true
  }

  var isFinite: Bool {
    let flaws = Tensor([max(1, values.count)])
    run.workers.forEach(values.count) { item, _ in flaws[item] = values[item].isFinite ? 0 : 1 }
    return flaws.elements.allSatisfy { $0 == 0 }
  }

  /// Puts back what was kept, if anything was.
  func restore() {
    if !copies.isEmpty { copy(from: copies, to: values) }
  }

  private func copy(from sources: [Tensor], to targets: [Tensor]) {
    run.workers.forEach(sources.count) { item, _ in
      targets[item].pointer.update(from: sources[item].pointer, count: sources[item].count)
    }
  }
}
