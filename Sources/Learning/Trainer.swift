import Images
import Networks
import Tensors

/// One call of `train` or `step`: the order of the images, the steps, and what is kept of them.
final class Trainer {
  let model: ContrastiveModel
  let images: ImageSet
  let plan: TrainingPlan
  let watch: Watch?
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
  /// The weights, and running statistics, that gave the latest finite loss: an update with too high a rate can spoil them long
  /// before the next loss tells.
  private let lastGood: WeightCopy
  private var latest: History.Step?
  private var mean = EpochMean()
  private var orders: [Int: [Int]] = [:]

  /// Called when the gradients of a step are whole, before they are used.
  var beforeUpdate: (() -> Void)?

  init(
    model: ContrastiveModel, images: ImageSet, plan: TrainingPlan, watch: Watch? = nil, run: Run,
    epochsBefore: Int
  ) throws {
    self.model = model
    self.images = images
    self.plan = plan
    self.watch = watch
    self.run = run
    optimizer = plan.makeOptimizer()
    state = model.state
    parameters = state.parameters
    normalisation = try model.normalisation(for: images, run: run)
    stepsPerEpoch = images.count / plan.batch
    schedule = Schedule(plan.schedule, warmUp: Double(plan.warmup) / Double(plan.epochs))
    self.epochsBefore = epochsBefore
    stepsBefore = model.history.steps.count
    chunk = plan.chunk ?? plan.batch
    lastGood = WeightCopy(of: state.entries.map(\.entry.tensor), workers: run.workers)
    queue = ViewQueue(
      of: images, with: model.augmentation, outputSize: model.encoder.inputSize, normalisation: normalisation,
      run: run)
  }

  func runEpoch(_ epoch: Int) throws {
    let start = clock.now
    let waitedBefore = queue.waited
    mean = EpochMean()
    for step in 0..<stepsPerEpoch {
      let record = try runStep(epoch: epoch, step: step)
      latest = record
      mean.add(record)
      report(steps: epoch * stepsPerEpoch + step + 1, epoch: epoch + 1)
    }
    let seconds = (clock.now - start) / .seconds(1)
    let record = History.Epoch(
      number: epochsBefore + epoch + 1, loss: mean.loss, top1: mean.top1, seconds: seconds,
      imagesPerSecond: Double(stepsPerEpoch * plan.batch) / max(seconds, 1e-9),
      waited: queue.waited - waitedBefore, rate: mean.rate, stepsSoFar: model.history.steps.count)
    model.record { $0.epochs.append(record) }
  }

  /// The images of one step in portions of a chunk.
  func portions(epoch: Int, step: Int) -> [Portion] {
    let order = order(of: epoch)
    let images = order[step * plan.batch..<(step + 1) * plan.batch]
    return stride(from: 0, to: plan.batch, by: chunk).map {
      Portion(
        epoch: epochsBefore + epoch,
        indices: Array(images[images.startIndex + $0..<min(images.endIndex, images.startIndex + $0 + chunk)]))
    }
  }

  /// Where the model learns from labels: those of the portions' images.
  private func labels(of portions: [Portion]) -> [Int]? {
    guard case .classes = model.objective, let labels = images.labels else { return nil }
    return portions.flatMap { $0.indices.map { labels[$0] } }
  }

  /// The first portion of the step after this one, which is made while this one trains.
  private func firstPortion(after step: Int, epoch: Int) -> Portion? {
    if step + 1 < stepsPerEpoch { return portions(epoch: epoch, step: step + 1)[0] }
    return epoch + 1 < plan.epochs ? portions(epoch: epoch + 1, step: 0)[0] : nil
  }

  func runStep(epoch: Int, step: Int) throws -> History.Step {
    let number = epoch * stepsPerEpoch + step
    let portions = portions(epoch: epoch, step: step)
    let following = firstPortion(after: step, epoch: epoch)
    let rate = schedule.rate(step: number, of: plan.epochs * stepsPerEpoch, peak: plan.rate)
    let (update, result): (GradientStep, LossResult)
    do {
      (update, result) = try run.pass { pass in
        let update = GradientStep(model: model, pass: pass, step: stepsBefore + number, views: plan.views)
        let result = try update.addGradients(
          portions, labels: labels(of: portions), following: following, from: queue
        ) {
          guard $0.loss.isFinite, $0.gradient.isFinite else {
            throw Diverged(loss: $0.loss, step: number + 1, rate: rate)
          }
        }
        return (update, result)
      }
    } catch {
      state.clearGradients()
      if error is Diverged { lastGood.restore() }
      throw error
    }
    guard lastGood.keep() else { throw spoiled(step: number + 1, rate: rate) }
    beforeUpdate?()
    optimizer.step(parameters, rate: rate, workers: run.workers)
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

  /// Lets the monitors look, where there are any, and keeps what they saw. Throws `Interrupted`, and then keeps nothing.
  func measure(afterEpochs epochs: Int) throws {
    guard let watch else { return }
    if epochs > 0 { try checkWeights() }
    let start = clock.now
    let observation = Observation(of: model, by: watch, normalisation: normalisation, run: run)
    var readings: [History.Reading] = []
    for monitor in watch.monitors {
      readings += try monitor.measure(observation)
      try run.checkInterrupt()
    }
    readings.removeAll { !$0.value.isFinite }
    let measurement = History.Measurement(
      epoch: epochsBefore + epochs, readings: readings, seconds: (clock.now - start) / .seconds(1))
    model.record { $0.keep(measurement) }
    report(steps: epochs * stepsPerEpoch, epoch: epochs, measured: readings)
  }

  /// Starts the clock of whoever shows the progress.
  func reportStart() { report(steps: 0, epoch: 0) }

  private func report(steps: Int, epoch: Int, measured: [History.Reading] = []) {
    var progress = Progress(
      "Training", completed: steps * plan.batch, total: plan.epochs * stepsPerEpoch * plan.batch,
      unit: "images", values: [("epoch", Double(epoch)), ("epochs", Double(plan.epochs))],
      measured: measured.map { ($0.name, $0.value) })
    progress.chance = [("loss", model.objective.chance(batch: plan.batch))]
    progress.chance += measured.compactMap { one in one.chance.map { (one.name, $0) } }
    if let latest {
      progress.values += [("loss", mean.loss), ("top-1", mean.top1)]
      progress.latest = [("loss", latest.loss)]
    }
    run.report(progress)
  }
}

/// The means over the steps of an epoch so far: what its progress tells, and at its end the history.
private struct EpochMean {
  private var sums = (loss: 0.0, top1: 0.0, rate: 0.0)
  private var steps = 0.0

  mutating func add(_ step: History.Step) {
    sums = (sums.loss + step.loss, sums.top1 + step.top1, sums.rate + step.rate)
    steps += 1
  }

  var loss: Double { sums.loss / steps }
  var top1: Double { sums.top1 / steps }
  var rate: Double { sums.rate / steps }
}
