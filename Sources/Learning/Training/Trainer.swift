import Images
import Networks
import Tensors

/// One call of `train` or `step`: the order of the images, its steps (`TrainingStep`), and what is recorded of them.
final class Trainer {
  let model: ContrastiveModel
  let images: ImageSet
  let plan: TrainingPlan
  let run: Run
  let queue: ViewQueue
  let step: TrainingStep
  private let watch: Watch?
  private let normalisation: Normalisation
  private let stepsPerEpoch: Int
  private let schedule: Schedule
  private let clock = ContinuousClock()
  /// Epochs and steps of earlier trainings: the random streams and the curve go on from there.
  private let epochsBefore: Int
  let stepsBefore: Int
  private var latest: History.Step?
  private var mean = EpochMean()
  private var orders: [Int: [Int]] = [:]

  init(
    model: ContrastiveModel, images: ImageSet, plan: TrainingPlan, watch: Watch? = nil, run: Run,
    epochsBefore: Int
  ) throws {
    (self.model, self.images, self.plan, self.watch, self.run) = (model, images, plan, watch, run)
    self.epochsBefore = epochsBefore
    stepsBefore = model.history.steps.count
    stepsPerEpoch = images.count / plan.batch
    schedule = Schedule(plan.schedule, warmUp: Double(plan.warmup) / Double(plan.epochs))
    normalisation = try model.normalisation(for: images, run: run)
    queue = ViewQueue(of: images, in: model.viewGroups, normalisation: normalisation, run: run)
    step = TrainingStep(
      of: model, by: plan.makeOptimizer(), views: queue, viewing: plan.views, workers: run.workers)
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
      number: epochsBefore + epoch + 1, loss: mean.loss, metrics: mean.metrics, seconds: seconds,
      imagesPerSecond: Double(stepsPerEpoch * plan.batch) / max(seconds, 1e-9),
      waited: queue.waited - waitedBefore, rate: mean.rate, stepsSoFar: model.history.steps.count)
    model.record { $0.epochs.append(record) }
  }

  /// The images of one step in portions of a chunk.
  func portions(epoch: Int, step: Int) -> [Portion] {
    let order = order(of: epoch)
    let images = order[step * plan.batch..<(step + 1) * plan.batch]
    let chunk = plan.chunk ?? plan.batch
    return stride(from: 0, to: plan.batch, by: chunk).map {
      Portion(
        epoch: epochsBefore + epoch,
        indices: Array(images[images.startIndex + $0..<min(images.endIndex, images.startIndex + $0 + chunk)]))
    }
  }

  /// Where the model learns from labels: those of the portions' images.
  private func labels(of portions: [Portion]) -> [Int]? {
    guard model.method.needsLabels, let labels = images.labels else { return nil }
    return portions.flatMap { $0.indices.map { labels[$0] } }
  }

  /// The first portion of the step after this one, which is made while this one trains.
  private func firstPortion(after step: Int, epoch: Int) -> Portion? {
    if step + 1 < stepsPerEpoch { return portions(epoch: epoch, step: step + 1)[0] }
    return epoch + 1 < plan.epochs ? portions(epoch: epoch + 1, step: 0)[0] : nil
  }

  private func place(_ inTraining: Int) -> TrainingStep.Place {
    let count = plan.epochs * stepsPerEpoch
    return TrainingStep.Place(
      number: stepsBefore + inTraining, inTraining: inTraining, of: count,
      rate: schedule.rate(step: inTraining, of: count, peak: plan.rate))
  }

  func runStep(epoch: Int, step number: Int) throws -> History.Step {
    let place = place(epoch * stepsPerEpoch + number)
    let portions = portions(epoch: epoch, step: number)
    let result = try step.take(
      portions, following: firstPortion(after: number, epoch: epoch), labels: labels(of: portions), at: place,
      run: run)
    model.normalisation = normalisation
    let record = History.Step(loss: result.loss, rate: Double(place.rate), metrics: result.metrics)
    model.record { $0.steps.append(record) }
    return record
  }

  /// Throws `Diverged` where the last update has spoilt the weights.
  func checkWeights() throws { try step.checkWeights(at: place(plan.epochs * stepsPerEpoch - 1)) }

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
    var readings: [Reading] = []
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

  private func report(steps: Int, epoch: Int, measured: [Reading] = []) {
    var progress = Progress(
      "Training", completed: steps * plan.batch, total: plan.epochs * stepsPerEpoch * plan.batch,
      unit: "images", epoch: (epoch, plan.epochs), measured: measured)
    if let latest {
      progress.readings = [Reading(.loss, mean.loss)]
      progress.readings += zip(model.method.metrics, mean.metrics).map { Reading($0, $1) }
      progress.curve = Reading(.loss, latest.loss, chance: model.method.chance(batch: plan.batch))
    }
    run.report(progress)
  }
}

/// The means over the steps of an epoch so far: what its progress tells, and at its end the history.
private struct EpochMean {
  private var sums = (loss: 0.0, rate: 0.0)
  private var metricSums: [Double] = []
  private var steps = 0.0

  mutating func add(_ step: History.Step) {
    sums = (sums.loss + step.loss, sums.rate + step.rate)
    metricSums = metricSums.isEmpty ? step.metrics : zip(metricSums, step.metrics).map { $0 + $1 }
    steps += 1
  }

  var loss: Double { sums.loss / steps }
  var rate: Double { sums.rate / steps }
  var metrics: [Double] { metricSums.map { $0 / steps } }
}
