import Base
import Images
import Networks
import Tensors

/// State of a training that was cut short: with the weights, the history and what the optimiser remembers, all that it takes to go
/// on as if it had not been.
///
/// Everything random is a function of the seed, the epoch, the picture and the view, so no generator has a state of its own.
public struct TrainingState: Sendable, Equatable, Codable {
  static let newest = 1

  private(set) var version = TrainingState.newest
  public let plan: TrainingPlan
  public let seed: UInt64
  /// Images of the set, and a sum over some of them: the order of others would mean nothing.
  public let imageCount: Int
  let fingerprint: UInt64
  /// Whole epochs and steps of the model before this training.
  let epochsBefore: Int
  let stepsBefore: Int
  /// Whole steps so far.
  public internal(set) var done = 0
  /// Duration of the unfinished epoch so far, and the part of it spent waiting for views, in seconds.
  var epochSeconds = 0.0
  var epochWaited = 0.0

  init(_ plan: TrainingPlan, of model: ContrastiveModel, on images: ImageSet, seed: UInt64) {
    (self.plan, self.seed) = (plan, seed)
    (imageCount, fingerprint) = (images.count, images.fingerprint)
    epochsBefore = model.history.epochs.count
    stepsBefore = model.history.steps.count
  }

  var stepsPerEpoch: Int { imageCount / plan.batch }
  public var stepCount: Int { plan.epochs * stepsPerEpoch }
  /// Epoch at which the training goes on, from 0.
  var epoch: Int { done / stepsPerEpoch }
  var stepInEpoch: Int { done % stepsPerEpoch }

  func fits(_ images: ImageSet) -> Bool { images.count == imageCount && images.fingerprint == fingerprint }

  /// Description of what is wrong with a state from a file; nil for a sound one.
  /// - Parameter isKept: also one that has not begun, or is at its end.
  func fault(beside history: History, isKept: Bool = false) -> HistoryFault? {
    guard version <= TrainingState.newest else { return .newerTraining }
    let isPlan =
      version >= 1 && (1...1 << 20).contains(plan.epochs) && (2...1 << 40).contains(imageCount)
      && (2...imageCount).contains(plan.batch) && plan.chunk.map { (1...plan.batch).contains($0) } ?? true
      && plan.rate.isFinite && plan.rate > 0 && (0...10).contains(plan.weightDecay)
      && (0..<1).contains(plan.momentum) && plan.clip.map { $0 > 0 && $0.isFinite } ?? true
      && (0...1e6).contains(plan.warmup)
    guard isPlan else { return .plan }
    let possible = isKept ? 0..<stepCount + 1 : 1..<stepCount
    guard possible.contains(done), stepsBefore >= 0, epochsBefore >= 0,
      stepsBefore <= history.steps.count, history.steps.count - stepsBefore == done,
      epochsBefore <= history.epochs.count, history.epochs.count - epochsBefore == epoch,
      (0...1e15).contains(epochSeconds), (0...1e15).contains(epochWaited)
    else {
      return .place(done, of: stepCount)
    }
    return nil
  }
}

extension ImageSet {
  /// Fingerprint of the set: the FNV-1a hash of up to 64 images, evenly spread, and of all labels.
  public var fingerprint: UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for index in stride(from: 0, to: count, by: max(1, count / 64)) {
      let pixels = UnsafeBufferPointer<UInt8>(start: address(of: index), count: size * size * 3)
      for byte in pixels { add(byte) }
    }
    for label in labels ?? [] { add(UInt8(truncatingIfNeeded: label)) }
    return sum
  }
}
