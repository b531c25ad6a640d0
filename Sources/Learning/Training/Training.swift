import Base
import Images
import Networks
import Tensors

/// Stopped because the loss was no number; the weights are the last that gave a finite one.
public struct Diverged: Error {
  public let loss: Double
  public let step: Int
  public let rate: Float
}

/// Trains `model` on `images`: without their labels (Algorithm 1 of Chen et al. 2020), or by them where it learns classes.
///
/// Both views of a batch go through the network together, so batch normalisation sees all 2N views, unless the plan says that
/// each goes alone. The last images of
/// an epoch that do not fill a batch are left out; the order is new in each epoch. Training again goes on from the
/// weights as they are, with a fresh optimiser and schedule.
///
/// What `watch` measures, before the first epoch and after each, goes into the history; weights, statistics and random numbers
/// are the same to the bit with and without it.
///
/// Throws `TrainingError` before any work, `Diverged`, and `Interrupted`; after each the model stands at its last whole step, and after
/// an interrupt it keeps what `resumeTraining` needs.
public func train(
  _ model: ContrastiveModel, on images: ImageSet, plan: TrainingPlan, watch: Watch? = nil, run: Run
) throws {
  try model.using { lease in
    try lease.method.prepare(for: images, batch: plan.batch, isTrained: !model.history.steps.isEmpty)
    try begin(
      lease, on: images, TrainingState(plan, of: model, on: images, seed: run.seed), watch: watch, run: run)
  }
}

/// Trains as `train` does, and keeps the training in a file while it goes on: `keep.every` so often, at an interrupt and at the end, whole or
/// not at all. Where the file holds this training already, it goes on as it stands there: the model ends with the bits of a
/// training that was never stopped. Where it is at its end the model becomes what it was then, and nothing is trained.
///
/// `model` is as the training began, or anywhere within it, as an interrupt leaves it. A plan of more epochs than the finished one had
/// begins with the weights that it ended with, as a training of its own by the epochs that are more, with a fresh optimiser and schedule.
///
/// Throws as `train`; `FileTaken` where another program keeps a training there; and before any work `KeepError` and the errors of files.
/// A file that cannot be written later is told by a note, at the end by `FileError`.
/// - Parameter note: called on this thread.
public func train(
  _ model: ContrastiveModel, on images: ImageSet, plan: TrainingPlan, keep: Keep, watch: Watch? = nil,
  run: Run,
  note: @escaping (KeepNote) -> Void = { _ in }
) throws {
  try model.using { lease in
    let lock = try FileLock(keep.path)
    defer { withExtendedLifetime(lock) {} }
    try plan.check(against: images)
    try lease.method.prepare(for: images, batch: plan.batch, isTrained: !model.history.steps.isEmpty)
    guard let file = try keep.isFresh ? nil : KeptFile(keep.path) else {
      let kept = KeptTraining(
        TrainingState(plan, of: model, on: images, seed: run.seed), start: lease.checksum,
        metric: keep.best?.name)
      let keeper = Keeper(keep, kept, note: note)
      return try begin(lease, on: images, kept.state, watch: watch, keeper: keeper, run: run)
    }
    let differences = try file.differences(from: lease, on: images, plan, keep: keep, seed: run.seed)
    guard differences.isEmpty else { throw KeepError.otherTraining(keep.path, differences) }
    let (kept, age) = (file.training, fileAge(keep.path))
    let best = kept.best == nil ? nil : lease.state.copied.best
    if let best { try file.file.load(into: best) }
    try model.take(file, by: lease)
    if kept.isFinished, plan.epochs > kept.epochs {
      var further = plan
      further.epochs = plan.epochs - kept.epochs
      let longer = KeptTraining(
        TrainingState(further, of: model, on: images, seed: run.seed), start: kept.start,
        extended: kept.epochs, metric: kept.metric, best: kept.best)
      note(.extends(from: kept.epochs, to: plan.epochs))
      let keeper = Keeper(keep, longer, best: best, note: note)
      return try begin(lease, on: images, longer.state, watch: watch, keeper: keeper, run: run)
    }
    guard !kept.isFinished else { return note(.isFinished(epochs: kept.epochs, age: age)) }
    note(.continues(epoch: kept.epoch, of: kept.epochs, age: age))
    let keeper = Keeper(keep, kept, best: best, note: note)
    try checkTraining(lease, on: images, kept.state, watch: watch, keep: keep, run: run)
    let trainer = try Trainer(
      lease: lease, images: images, state: kept.state, optimizer: model.interruptedOptimizer, watch: watch,
      keeper: keeper, run: run)
    try runRest(of: trainer, keeper)
  }
}

/// Goes on with the training of `model` that an interrupt cut short, to the end of its plan: the weights, the history and all random
/// numbers become what they would have been without the interrupt, to the bit. `run` has the seed of that training
/// (`model.interruptedTraining`); monitors are given anew.
///
/// Throws as `train`, and `TrainingError` where no training was interrupted, or it had other images.
public func resumeTraining(
  _ model: ContrastiveModel, on images: ImageSet, watch: Watch? = nil, run: Run
) throws {
  try model.using { lease in
    guard let state = model.interruptedTraining, let optimizer = model.interruptedOptimizer else {
      throw TrainingError.notInterrupted
    }
    guard state.fits(images) else {
      throw TrainingError.otherImages(images.name, count: state.imageCount)
    }
    precondition(run.seed == state.seed, "a training goes on with its own seed")
    try checkTraining(lease, on: images, state, watch: watch, run: run)
    let trainer = try Trainer(
      lease: lease, images: images, state: state, optimizer: optimizer, watch: watch, run: run)
    try runRest(of: trainer)
  }
}

/// Trains from the weights as they are.
private func begin(
  _ lease: ModelLease, on images: ImageSet, _ state: TrainingState, watch: Watch?, keeper: Keeper? = nil,
  run: Run
) throws {
  let (model, plan) = (lease.model, state.plan)
  try checkTraining(lease, on: images, state, watch: watch, keep: keeper?.keep, run: run)
  if case .epochs(let frozen) = lease.method.fineTuning.freeze {
    let had = state.epochsBefore
    guard had + plan.epochs >= frozen else {
      throw TrainingError.longFreeze(epochs: frozen, had: had, planned: plan.epochs)
    }
  }
  let trainer = try Trainer(
    lease: lease, images: images, state: state, watch: watch, keeper: keeper, run: run)
  model.recordStart(batch: plan.batch)
  // Before any work it shows whether the file can be written.
  try keeper?.keepNow(trainer)
  try runRest(of: trainer, keeper)
}

private func runRest(of trainer: Trainer, _ keeper: Keeper? = nil) throws {
  do {
    try trainer.runRest()
  } catch let error as Interrupted {
    let state = trainer.state
    if (1..<state.stepCount).contains(state.done) {
      trainer.model.keep(state, trainer.optimizer)
    }
    keeper?.keepLast(trainer)
    throw error
  }
}

/// Throws `TrainingError` where a training cannot be carried out, or not on this machine.
func checkTraining(
  _ lease: ModelLease, on images: ImageSet, _ state: TrainingState, watch: Watch? = nil, keep: Keep? = nil,
  run: Run
) throws {
  let plan = state.plan
  try plan.check(against: images)
  let chunks = plan.chunk.map { (plan.batch + $0 - 1) / $0 } ?? 1
  _ = try Division(chunks, batch: plan.batch, among: run.team.map { ($0.rank, $0.size) })
  let last = MethodStep(
    number: state.stepCount - 1, of: state.stepCount, perEpoch: state.stepsPerEpoch, rate: plan.rate,
    peak: plan.rate, epochsBefore: state.epochsBefore)
  let isFrozen = lease.method.fineTuning.encoderPace(at: last) == .frozen
  if plan.views == .alone, !isFrozen { try checkAlone(lease) }
  let frames = watch?.frameBytes(width: lease.model.method.outputWidth, epochs: plan.epochs) ?? 0
  let copies = keep.map { Keeper.bytes($0, lease, plan) } ?? 0
  try MemoryNeed(
    of: lease, isFrozen: isFrozen, optimizerTensors: plan.optimizerTensors, beside: frames + copies, run: run
  ).check(batch: plan.batch, chunk: plan.chunk)
}

/// Batch normalisation of one picture that has shrunk to one place would make every channel its shift, whatever the picture.
private func checkAlone(_ lease: ModelLease) throws(TrainingError) {
  guard lease.model.viewGroups.allSatisfy({ $0.outputs == $0.views }) else {
    throw TrainingError.joinedViews
  }
  let encoder = lease.model.encoder
  guard encoder.hasBatchNorm, let layer = encoder.plan.first(where: { $0.outputShape.prefix(2) == [1, 1] })
  else { return }
  throw TrainingError.singlePlace(size: encoder.inputSize, encoder.architecture, layer: layer.name)
}
