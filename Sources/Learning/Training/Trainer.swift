import Base
import Images
import Networks
import Tensors

/// One call of `train` or `step`: the order of the images, its steps (`TrainingStep`), and what is recorded of them.
final class Trainer {
  let lease: ModelLease
  var model: ContrastiveModel { lease.model }
  let images: ImageSet
  let run: Run
  /// State after the latest whole step.
  private(set) var state: TrainingState
  let optimizer: any Optimizer
  let queue: ViewQueue
  let step: TrainingStep
  var plan: TrainingPlan { state.plan }
  private var stepsPerEpoch: Int { state.stepsPerEpoch }
  /// Numbers the epochs of views and of records.
  private let epochsBefore: Int
  private let watch: Watch?
  private let keeper: Keeper?
  /// Checksum of the model as the training began, where that is kept, by a keeper or until now.
  private let keptStart: UInt64?
  let normalisation: Normalisation
  private let schedule: Schedule
  private let clock = ContinuousClock()
  private var latest: History.Step?
  private var mean = EpochMean()
  private var orders: [Int: [Int]] = [:]

  /// - Parameters:
  ///   - state: where the training begins: the random streams and the curve go on from what the model had before.
  ///   - optimizer: of a training that goes on; a fresh one unless given.
  ///   - keeper: keeps it in a file.
  ///   - epochsBefore: numbers the epochs of views, where it is not the model's whole epochs.
  init(
    lease: ModelLease, images: ImageSet, state: TrainingState, optimizer: (any Optimizer)? = nil,
    watch: Watch? = nil, keeper: Keeper? = nil, run: Run, epochsBefore: Int? = nil
  ) throws {
    (self.lease, self.images, self.state, self.watch, self.run) = (lease, images, state, watch, run)
    self.keeper = keeper
    keptStart = keeper?.start ?? (optimizer == nil ? nil : lease.model.keptStart)
    self.epochsBefore = epochsBefore ?? state.epochsBefore
    let (plan, model) = (state.plan, lease.model)
    self.optimizer = optimizer ?? plan.makeOptimizer()
    schedule = Schedule(plan.schedule, warmUp: Double(plan.warmup) / Double(plan.epochs))
    normalisation = try model.normalisation(for: images, run: run)
    queue = ViewQueue(of: images, in: model.viewGroups, normalisation: normalisation, run: run)
    step = TrainingStep(
      of: lease, by: self.optimizer, views: queue, viewing: plan.views, clip: plan.clip, workers: run.workers)
    model.history.steps.suffix(state.stepInEpoch).forEach { mean.add($0) }
  }

  /// All that is left of the training.
  func runRest() throws {
    reportStart()
    let measured = model.history.measurements.last?.epoch
    // What was measured is not measured again, and what an interrupt kept from being measured is.
    if state.stepInEpoch == 0, state.done == 0 || measured != epochsBefore + state.epoch {
      try measure(afterEpochs: state.epoch)
    }
    while state.done < state.stepCount {
      let epoch = state.epoch
      try runEpoch(epoch)
      try measure(afterEpochs: epoch + 1)
      if state.done < state.stepCount { keeper?.look(at: self) }
    }
    try checkWeights()
    try keeper?.keepNow(self)
  }

  private func runEpoch(_ epoch: Int) throws {
    let start = clock.now
    let (secondsBefore, waitedBefore) = (state.epochSeconds, state.epochWaited - queue.waited)
    if state.stepInEpoch == 0 { mean = EpochMean() }
    for number in state.stepInEpoch..<stepsPerEpoch {
      let record = try runStep(epoch: epoch, step: number)
      latest = record
      mean.add(record)
      state.epochSeconds = secondsBefore + (clock.now - start) / .seconds(1)
      state.epochWaited = waitedBefore + queue.waited
      report(epoch: epoch + 1)
      // Its last step is kept with what the epoch came to.
      if number + 1 < stepsPerEpoch { keeper?.look(at: self) }
    }
    let record = History.Epoch(
      number: epochsBefore + epoch + 1, loss: mean.loss, metrics: mean.metrics, seconds: state.epochSeconds,
      imagesPerSecond: Double(stepsPerEpoch * plan.batch) / max(state.epochSeconds, 1e-9),
      waited: state.epochWaited, rate: mean.rate, stepsSoFar: model.history.steps.count)
    model.record { $0.epochs.append(record) }
    (state.epochSeconds, state.epochWaited) = (0, 0)
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

  /// Labels of the portions' images, for a method that needs them.
  func labels(of portions: [Portion]) -> [Int]? {
    guard model.method.needsLabels, let labels = images.labels else { return nil }
    return portions.flatMap { $0.indices.map { labels[$0] } }
  }

  /// The first portion of the step after this one, which is made while this one trains.
  private func firstPortion(after step: Int, epoch: Int) -> Portion? {
    if step + 1 < stepsPerEpoch { return firstPortion(of: portions(epoch: epoch, step: step + 1)) }
    return epoch + 1 < plan.epochs ? firstPortion(of: portions(epoch: epoch + 1, step: 0)) : nil
  }

  /// The first of this process.
  private func firstPortion(of portions: [Portion]) -> Portion? {
    let team = run.team.flatMap { $0.isTogether ? ($0.rank, $0.size) : nil }
    return (try? Division(portions.count, batch: plan.batch, among: team)).map { portions[$0.own.lowerBound] }
  }

  private func place(_ inTraining: Int) -> TrainingStep.Place {
    let count = plan.epochs * stepsPerEpoch
    return TrainingStep.Place(
      number: state.stepsBefore + inTraining, inTraining: inTraining, of: count, perEpoch: stepsPerEpoch,
      rate: schedule.rate(step: inTraining, of: count, peak: plan.rate), peak: plan.rate,
      epochsBefore: state.epochsBefore)
  }

  /// Whether the encoder is frozen at a step of the training.
  func isEncoderFrozen(at step: Int) -> Bool {
    model.method.fineTuning.encoderPace(at: place(step).forMethod) == .frozen
  }

  func runStep(epoch: Int, step number: Int) throws -> History.Step {
    let place = place(epoch * stepsPerEpoch + number)
    let portions = portions(epoch: epoch, step: number)
    let result = try step.take(
      portions, following: firstPortion(after: number, epoch: epoch), labels: labels(of: portions), at: place,
      run: run)
    // What was interrupted before had other weights.
    model.forgetTraining()
    model.keptStart = keptStart
    model.normalisation = normalisation
    let record = History.Step(loss: result.loss, rate: Double(place.rate), metrics: result.metrics)
    model.record { $0.steps.append(record) }
    state.done += 1
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
  private func measure(afterEpochs epochs: Int) throws {
    guard let watch else { return }
    if epochs > 0 { try checkWeights() }
    let start = clock.now
    let observation = Observation(of: model, by: watch, normalisation: normalisation, run: run)
    var readings: [Reading] = []
    for monitor in watch.monitors {
      readings += try monitor.measure(observation)
      try run.checkInterrupt()
    }
    let frame = try watch.mapped.map { try observation.frame(of: $0, epoch: epochsBefore + epochs) }
    try run.checkInterrupt()
    readings.removeAll { !$0.value.isFinite }
    let measurement = History.Measurement(
      epoch: epochsBefore + epochs, readings: readings, seconds: (clock.now - start) / .seconds(1))
    model.record {
      $0.keep(measurement)
      if let frame { $0.keep(frame) }
    }
    if epochs > 0 { keeper?.take(measurement, of: lease) }
    report(epoch: epochs, measured: readings)
    if frame != nil, let frames = model.history.frames { watch.onFrame?(frames) }
  }

  /// Starts the clock of whoever shows the progress.
  private func reportStart() { report(epoch: state.stepInEpoch > 0 ? state.epoch + 1 : state.epoch) }

  private func report(epoch: Int, measured: [Reading] = []) {
    var progress = Progress(
      "Training", completed: state.done * plan.batch, total: state.stepCount * plan.batch,
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
