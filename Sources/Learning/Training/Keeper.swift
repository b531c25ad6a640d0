import Base
import Images
import Networks
import Tensors

/// Keeps a training in its file while it goes on: copies all that changes between two steps, and lets a thread of its own write.
///
/// Used by the thread that trains.
final class Keeper {
  let keep: Keep
  private let note: (KeepNote) -> Void
  private var kept: KeptTraining
  /// Weights after the best epoch so far. Never changed, so that they can be written at any time.
  private var best: State?
  private let copies = StateCopy()
  private var writing: Background<Void>?
  private var hasFailed = false
  private let clock = ContinuousClock()
  private var latest: (moment: ContinuousClock.Instant, done: Int)
  /// Steps done as of the latest state that is on the disk.
  private var safe: Int?

  /// - Parameter best: weights of the best epoch, of a training that goes on.
  init(_ keep: Keep, _ kept: KeptTraining, best: State? = nil, note: @escaping (KeepNote) -> Void) {
    (self.keep, self.kept, self.best, self.note) = (keep, kept, best, note)
    latest = (clock.now, kept.state.done)
  }

  /// Keeps the weights where a measurement after an epoch is the best so far.
  func take(_ measurement: History.Measurement, of lease: ModelLease) {
    guard let metric = keep.best, let value = measurement[metric] else { return }
    let isBetter = kept.best.map { metric.better == .lower ? value < $0.value : value > $0.value } ?? true
    guard isBetter else { return }
    kept.best = KeptTraining.Best(epoch: measurement.epoch, value: value)
    best = lease.state.copied.best
  }

  /// Called after each whole step: begins to write where it is time, unless the state before is still being written.
  func look(at trainer: Trainer) {
    if let writing, writing.isThere { settle(writing) }
    guard writing == nil, isDue(trainer.state) else { return }
    var contents = contents(of: trainer)
    latest = (clock.now, trainer.state.done)
    guard let copy = copies.take(contents.state, workers: trainer.run.workers) else { return }
    contents.state = joined(copy)
    // The thread has it for itself: the copies are made anew only once it has ended, and best weights never change.
    nonisolated(unsafe) let moment = contents
    writing = Background { [path = keep.path] in try moment.write(to: path) }
  }

  /// Writes the state as it is, and returns once it is on the disk. Throws `FileError`; weights that are not finite are left out, since they
  /// could not be read again.
  func keepNow(_ trainer: Trainer) throws {
    if let writing { settle(writing) }
    guard safe != trainer.state.done else { return }
    var contents = contents(of: trainer)
    guard contents.state.entries.allSatisfy({ $0.entry.tensor.isFinite }) else { return }
    latest = (clock.now, trainer.state.done)
    contents.state = joined(contents.state)
    try contents.write(to: keep.path)
    safe = trainer.state.done
  }

  /// Checksum of the model as the training began.
  var start: UInt64 { kept.start }

  /// Writes the state that an interrupt leaves, but not the last one of all: what was still to be measured then would be missing.
  func keepLast(_ trainer: Trainer) {
    guard trainer.state.done < trainer.state.stepCount else { return }
    do { try keepNow(trainer) } catch { note(.failed(error)) }
  }

  private func settle(_ written: Background<Void>) {
    writing = nil
    do {
      try written.wait()
      safe = latest.done
      hasFailed = false
    } catch {
      // Told once: a full disk may have room again.
      if !hasFailed { note(.failed(error)) }
      hasFailed = true
    }
  }

  private func isDue(_ state: TrainingState) -> Bool {
    switch keep.every {
    case .seconds(let seconds): clock.now - latest.moment >= .seconds(seconds)
    case .steps(let count): state.done / count > latest.done / count
    case .epochs(let count):
      state.done / state.stepsPerEpoch / count > latest.done / state.stepsPerEpoch / count
    }
  }

  private func contents(of trainer: Trainer) -> ModelContents {
    let state = trainer.state
    kept.state = state
    let isUnderWay = (1..<state.stepCount).contains(state.done)
    return ModelContents(
      of: trainer.lease, training: isUnderWay ? (state, trainer.optimizer) : nil, kept: kept)
  }

  private func joined(_ state: State) -> State {
    var all = state
    for (name, entry) in best?.entries ?? [] {
      all.add(name, entry.tensor, as: best?.format(of: name) ?? .plain)
    }
    return all
  }

  /// Bytes that it takes: copies of weights, of what the optimiser remembers, and of the best weights.
  static func bytes(_ keep: Keep, _ lease: ModelLease, _ plan: TrainingPlan) -> Int {
    let numbers = lease.state.entries.reduce(0) { $0 + $1.entry.tensor.count }
    let remembered = plan.optimizerTensors * lease.model.parameterCount
    return MemoryLayout<Float>.stride * (numbers * (keep.best == nil ? 1 : 3) + remembered)
  }
}

/// Copies of the tensors of a network, in memory that is used again.
private final class StateCopy {
  private var copies: State?

  /// The copies; nil where a number is infinite or NaN.
  func take(_ state: State, workers: Workers) -> State? {
    let copies = fitting(state)
    let sources = state.entries.map(\.entry.tensor), targets = copies.entries.map(\.entry.tensor)
    let flaws = Tensor([max(1, sources.count)])
    workers.forEach(sources.count) { item, _ in
      targets[item].pointer.update(from: sources[item].pointer, count: sources[item].count)
      flaws[item] = targets[item].isFinite ? 0 : 1
    }
    return flaws.elements.allSatisfy { $0 == 0 } ? copies : nil
  }

  private func fitting(_ state: State) -> State {
    if let copies,
      copies.entries.elementsEqual(
        state.entries,
        by: {
          $0.name == $1.name && $0.entry.tensor.shape == $1.entry.tensor.shape
        })
    {
      return copies
    }
    let made = state.copied
    copies = made
    return made
  }
}
