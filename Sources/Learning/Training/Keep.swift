import Base
import Images
import Networks

/// File that a training is kept in while it goes on, and how.
public struct Keep: Sendable, Equatable {
  public enum Interval: Sendable, Equatable {
    case seconds(Double)
    case steps(Int)
    case epochs(Int)
  }

  public var path: String
  public var every: Interval
  /// Metric of the monitors by which the weights of the best epoch are kept too.
  public var best: Metric?
  /// Whether to pass over what the file holds.
  public var isFresh: Bool

  public init(
    _ path: String, every: Interval = .seconds(300), best: Metric? = nil, isFresh: Bool = false
  ) {
    (self.path, self.every, self.best, self.isFresh) = (path, every, best, isFresh)
  }
}

/// Reasons why a training cannot be kept in a file, named by its path.
public enum KeepError: Error, Equatable {
  /// The file holds a model, and no training to go on with.
  case noTraining(String)
  /// The file holds another training.
  case otherTraining(String, [TrainingDifference])
}

/// Events of a training that is kept, for whoever shows it.
public enum KeepNote {
  /// The training goes on in an epoch, counted from 1 and from its beginning. `age` is that of the file, in seconds.
  case continues(epoch: Int, of: Int, age: Double?)
  case isFinished(epochs: Int, age: Double?)
  /// A finished one goes on by a longer plan.
  case extends(from: Int, to: Int)
  /// The file could not be written, and the training goes on all the same.
  case failed(any Error)
}

/// A training as the file says of itself that it is kept for: with the model beside it, all that tells it from others, and where it
/// stands.
public struct KeptTraining: Sendable, Equatable, Codable {
  static let newest = 1

  private(set) var version = KeptTraining.newest
  var state: TrainingState
  /// Epochs of earlier plans of it, each finished, and made longer by the next.
  let extended: Int
  /// Checksum of the model as the first of them began.
  let start: UInt64
  /// Name of the metric by which the best epoch is told.
  let metric: String?
  var best: Best?

  public struct Best: Sendable, Equatable, Codable {
    /// Number of the epoch in the model's history, and what was measured after it.
    public let epoch: Int
    public let value: Double
  }

  init(_ state: TrainingState, start: UInt64, extended: Int = 0, metric: String?, best: Best? = nil) {
    (self.state, self.start, self.extended) = (state, start, extended)
    (self.metric, self.best) = (metric, best)
  }

  var isFinished: Bool { state.done == state.stepCount }
  /// Epochs of the whole training.
  var epochs: Int { extended + state.plan.epochs }
  /// The epoch that it goes on with, from 1.
  var epoch: Int { min(epochs, extended + state.epoch + 1) }

  /// Description of what is wrong with one from a file; nil for a sound one.
  func fault(beside history: History) -> HistoryFault? {
    guard (1...KeptTraining.newest).contains(version) else { return .newerTraining }
    if let fault = state.fault(beside: history, isKept: true) { return fault }
    guard (0...1 << 20).contains(extended), extended <= state.epochsBefore else { return .extended }
    guard let best else { return nil }
    let epochs = state.epochsBefore - extended + 1..<history.epochs.count + 1
    return metric != nil && best.value.isFinite && epochs.contains(best.epoch) ? nil : .best
  }
}

/// The file of a training that is kept, read and checked.
struct KeptFile {
  let file: WeightFile
  let card: ModelCard
  let history: History
  let training: KeptTraining

  /// The file at `path`; nil where there is none. Throws `WeightFileError`, `ModelFileError`, and `KeepError` for the file of a model alone.
  init?(_ path: String) throws {
    guard FileStatus(path) != .missing else { return nil }
    file = try Weights.read(path)
    guard ContrastiveModel.isDescribed(in: file) else { throw KeepError.noTraining(path) }
    card = try ContrastiveModel.card(of: file)
    try ContrastiveModel.check(card, path)
    guard let training = card.kept else { throw KeepError.noTraining(path) }
    self.training = training
    history = try card.history.history(from: file)
    if let fault = training.fault(beside: history) { throw ModelFileError.history(path, fault) }
  }

  /// All that tells its training from that of `lease` by `plan`. Epochs do not, where they make a finished one longer.
  func differences(
    from lease: ModelLease, on images: ImageSet, _ plan: TrainingPlan, keep: Keep, seed: UInt64
  ) throws -> [TrainingDifference] {
    let (model, theirs) = (lease.model, training.state)
    var found = try TrainingDifference.of(
      networks: card.encoder, model.encoder.metadata, methods: try card.methodSettings(),
      model.method.settings)
    if card.augmentation != model.augmentation {
      found.append(.augmentation(card.augmentation, here: model.augmentation))
    }
    if !theirs.fits(images) { found.append(.images(theirs.imageCount, here: images.count)) }
    found += try TrainingDifference.of(plans: theirs.plan, plan)
    let isLonger = training.isFinished && plan.epochs > training.epochs
    if plan.epochs != training.epochs, !isLonger {
      found.append(.epochs(training.epochs, here: plan.epochs, isFinished: training.isFinished))
    }
    if theirs.seed != seed { found.append(.seed(theirs.seed, here: seed)) }
    if training.metric != keep.best?.name { found.append(.best(training.metric, here: keep.best?.name)) }
    // Of another network they cannot be the same, and that has been said.
    if found.isEmpty, model.keptStart != training.start, lease.checksum != training.start {
      found.append(.weights(isTrained: !model.history.steps.isEmpty))
    }
    return found
  }
}

extension ModelLease {
  /// Checksum of the model as it stands: weights, statistics, what the method keeps, and the normalisation.
  var checksum: UInt64 {
    var sum = Checksum()
    for (_, entry) in state.entries {
      withExtendedLifetime(entry.tensor) {
        sum.add(UnsafeRawBufferPointer(start: $0.pointer, count: 4 * $0.count))
      }
    }
    if let normalisation = model.normalisation {
      (normalisation.mean + normalisation.deviation).withUnsafeBytes { sum.add($0) }
    }
    return sum.value
  }
}
