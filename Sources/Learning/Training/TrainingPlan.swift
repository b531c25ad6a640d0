import Base
import Images
import Networks

/// Settings of a training.
public struct TrainingPlan: Sendable, Equatable, Codable {
  public enum Rule: String, Sendable, CaseIterable, Codable {
    case adam, sgd, lars

    /// Whether `momentum` is a setting of it. Adam has means of its own instead.
    public var usesMomentum: Bool { self != .adam }
  }
  /// Whether the views of a batch go through the network together, or each by itself, so that batch normalisation has the
  /// statistics of one picture.
  public enum Views: String, Sendable, CaseIterable, Codable { case together, alone }

  public var epochs = 20
  /// Images per step; the loss sees twice as many views.
  public var batch = 128
  /// Images that go through the network together; all of a batch where nil.
  ///
  /// The loss compares all images of the batch whatever the chunk, but batch normalisation sees one chunk at a time.
  public var chunk: Int?
  public var views = Views.together
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
      throw InputError("`epochs` is \(epochs), and must be at least 1", option: "epochs")
    }
    guard images.count > 1 else {
      throw InputError(
        images.count == 0
          ? "\(images.name) holds no images to train on"
          : "\(images.name) holds one image, and the loss compares each with others", option: "on")
    }
    guard batch > 1 else {
      throw InputError(
        "a batch of \(batch) has no negatives: the loss compares each image with the others of its batch",
        option: "batch", advice: "try batch=128")
    }
    guard batch <= images.count else {
      throw InputError(
        "a batch of \(batch) is larger than the data: \(counted(images.count, "image"))", option: "batch",
        advice: use("batch", from: 2, to: images.count)
          ?? "training compares images with one another, so it needs at least 2")
    }
    guard chunk == nil || views == .together else {
      throw InputError(
        "With views=alone each view goes through the network by itself, and there is nothing to cut into chunks.",
        option: "chunk", advice: "Leave out one of the two.")
    }
    if let chunk {
      guard chunk >= 1 else {
        throw InputError(
          "A chunk of \(chunk) holds no image.", option: "chunk", advice: "Write chunk=\(min(128, batch)).")
      }
      guard chunk <= batch else {
        throw InputError(
          "A chunk of \(counted(chunk, "image")) is larger than the batch of \(batch).", option: "chunk",
          advice:
            "\(use("chunk", from: 1, to: batch) ?? ""), or leave it out: then a batch goes through in one piece."
        )
      }
    }
  }
}
