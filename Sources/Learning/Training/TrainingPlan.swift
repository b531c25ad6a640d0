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
  /// Largest norm of the gradients of all parameters together, to which longer ones are shortened; nil for any.
  public var clip: Float?
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

  func check(against images: ImageSet) throws(TrainingError) {
    guard epochs > 0 else {
      throw TrainingError.epochs(epochs)
    }
    guard images.count > 1 else {
      throw TrainingError.fewImages(images.name, images.count)
    }
    guard batch > 1 else {
      throw TrainingError.smallBatch(batch)
    }
    guard batch <= images.count else {
      throw TrainingError.largeBatch(batch, images: images.count)
    }
    guard chunk == nil || views == .together else {
      throw TrainingError.chunkAlone
    }
    if let chunk {
      guard chunk >= 1 else {
        throw TrainingError.smallChunk(chunk, batch: batch)
      }
      guard chunk <= batch else {
        throw TrainingError.largeChunk(chunk, batch: batch)
      }
    }
  }
}
