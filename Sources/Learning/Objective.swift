import Glibc
import Tensors

/// What a model learns from the two views of each image, and so what its outputs z are.
public enum Objective: Sendable, Equatable {
  /// To tell the other view of a picture from the views of all others; z are projections.
  case contrast(NTXent)
  /// The class of each picture by its label, on each of its views; z are scores of these classes, as many as are known:
  /// none before the first training.
  case classes([String])

  /// Of the outputs `z`, `[2N, d]`: the first views of N images and then their second views in the same order.
  /// `labels` are the N classes of the images, which only a loss by classes needs.
  package func callAsFunction(_ z: Tensor, labels: [Int]?, pass: Pass) -> LossResult {
    switch self {
    case .contrast(let loss): return loss(z, pass: pass)
    case .classes:
      guard let labels else { preconditionFailure("a loss by classes needs labels") }
      let truth = labels + labels
      let (loss, gradient) = crossEntropy(z, labels: truth)
      let hits = zip(Judgement.highest(z), truth).count { $0 == $1 }
      return LossResult(loss: loss, gradient: gradient, top1: Double(hits) / Double(max(1, truth.count)))
    }
  }

  /// What the loss does not get below.
  public var floor: Double {
    switch self {
    case .contrast(let loss): loss.floor
    case .classes: 0
    }
  }

  var lossName: String {
    switch self {
    case .contrast: "NT-Xent loss"
    case .classes: "Cross entropy"
    }
  }

  /// What a model that knows nothing has, with `batch` images a step.
  public func chance(batch: Int) -> Double {
    switch self {
    case .contrast(let loss): loss.chance(batch: batch)
    case .classes(let names): log(Double(max(1, names.count)))
    }
  }
}

/// A loss of 2N views, in nats.
public struct LossResult {
  /// The mean over the views; not a number where an output is infinite or not a number.
  public let loss: Double
  /// ∂loss/∂z, `[2N, d]`.
  public let gradient: Tensor
  /// The share of views that are matched rightly: whose other view is their nearest of all, or whose class has the
  /// highest score.
  public let top1: Double
}
