import Base
import Glibc
import Images
import Networks
import Synchronization
import Tensors

/// The model is another thread's for the moment.
public enum ModelError: Error, Equatable {
  case busy
}

/// An encoder f, and the method by which it learns: what turns images into a loss.
///
/// `h = f(x)` is the representation that is used afterwards; the method's outputs `z` live in the space of its loss only.
public final class ContrastiveModel {
  // Reached by a lease alone.
  fileprivate let network: any Encoder
  fileprivate let learning: any Method
  public let augmentation: Augmentation
  /// The models whose encoders it began with, one after the other, the oldest first; none where its weights were drawn.
  public let origins: [ModelOrigin]

  public var encoder: NetworkDescription { network.description }
  public var method: any MethodFacts { learning }

  private let guardedNormalisation = Mutex<Normalisation?>(nil)

  /// The normalisation of the images it was first trained on, or that came with its weights; nil before that. May be read from any thread.
  public internal(set) var normalisation: Normalisation? {
    get { guardedNormalisation.withLock { $0 } }
    set { guardedNormalisation.withLock { $0 = newValue } }
  }
  private let guardedHistory = Mutex(History())

  /// Measurements of its trainings so far. May be read from any thread, also while it trains.
  public package(set) var history: History {
    get { guardedHistory.withLock { $0 } }
    set { guardedHistory.withLock { $0 = newValue } }
  }

  /// Changes the history in place, which for one step more is cheaper than a copy.
  func record(_ change: (inout History) -> Void) { guardedHistory.withLock { change(&$0) } }

  private let guardedTraining = Mutex<TrainingState?>(nil)

  /// The training that an interrupt cut short, where nothing has changed the weights since. May be read from any thread.
  public var interruptedTraining: TrainingState? { guardedTraining.withLock { $0 } }
  /// The optimiser of that training. Belongs to who has the model for itself.
  private(set) var interruptedOptimizer: (any Optimizer)?

  func keep(_ training: TrainingState, _ optimizer: any Optimizer) {
    guardedTraining.withLock { $0 = training }
    interruptedOptimizer = optimizer
  }

  func forgetTraining() {
    guardedTraining.withLock { $0 = nil }
    interruptedOptimizer = nil
  }

  /// Checksum of the weights that the training began with which the model stands in, or at the end of, where that is kept in a file: by it
  /// a file is known as that of this model. Belongs to who has the model for itself.
  var keptStart: UInt64?

  /// The thread that works with the weights.
  private let user = Mutex<pthread_t?>(nil)

  fileprivate var isMine: Bool { user.withLock { $0 == pthread_self() } }

  /// Runs what reads or changes the weights, while no other thread may: a cell that trains and one that runs beside it must
  /// not work with the same model. Throws `ModelError` where another does. Calls within `body` join it.
  package func using<Result>(_ body: (ModelLease) throws -> Result) throws -> Result {
    let lease = ModelLease(of: self)
    if isMine { return try body(lease) }
    let caller = pthread_self()
    let isTaken = user.withLock { user in
      if user == nil { user = caller }
      return user != caller
    }
    guard !isTaken else {
      throw ModelError.busy
    }
    defer { user.withLock { $0 = nil } }
    return try body(lease)
  }

  /// - Parameters:
  ///   - normalisation: that by which the encoder has learned, where it has.
  ///   - origins: the models that it has learned in, the oldest first.
  public init(
    encoder: any Encoder, method: any Method, augmentation: Augmentation, normalisation: Normalisation? = nil,
    origins: [ModelOrigin] = []
  ) {
    (network, learning, self.augmentation) = (encoder, method, augmentation)
    self.origins = origins
    self.normalisation = normalisation
  }

  /// The groups of views that its method asks for.
  var viewGroups: [ViewGroup] { method.viewGroups(of: augmentation, side: encoder.inputSize) }

  func recordStart(batch: Int) {
    record {
      // Before the batch, which says what chance was until now.
      $0.chanceLoss = method.chance(batch: batch)
      $0.batch = batch
      $0.floorLoss = method.floor ?? 0
      $0.lossName = method.lossName
      $0.metrics = method.metrics
    }
  }

  /// Number of trained parameters.
  public var parameterCount: Int { weights.parameterCount }

  fileprivate var weights: State {
    var state = State(of: network)
    learning.collect(into: &state)
    return state
  }

  /// The normalisation that fits `images`: the model's own once it is trained, else that of the images.
  /// Throws `Interrupted`.
  func normalisation(for images: ImageSet, run: Run) throws -> Normalisation {
    try normalisation ?? Normalisation(of: images, run: run)
  }
}

/// The weights of a model, for the thread that has it for itself: what `ContrastiveModel.using` gives. Nothing else gives them, and
/// each use checks that the thread has the model still.
package struct ModelLease {
  package let model: ContrastiveModel

  fileprivate init(of model: ContrastiveModel) { self.model = model }

  private func check() { precondition(model.isMine, "the weights of a model were used outside `using`") }

  package var encoder: any Encoder {
    check()
    return model.network
  }

  /// The encoder that gives representations: the trained one, or its teacher.
  package var judgedEncoder: any Encoder { method.judgedEncoder ?? encoder }

  package var method: any Method {
    check()
    return model.learning
  }

  /// The encoder under its own names, those of torchvision where it is a ResNet, and what the method trains and keeps.
  package var state: State {
    check()
    return model.weights
  }
}

/// One of a model's two outputs: the representation h, or what the loss sees, its projection or class scores z.
public enum Output: String, Sendable, CaseIterable { case h, z }

/// Representations of images, `[n, width]`, with the network in evaluation: running statistics, no augmentation.
/// Throws `Interrupted`, and `ModelError` while something else works with the model.
public func embed(
  _ images: ImageSet, with model: ContrastiveModel, output: Output = .h, run: Run
) throws -> Tensor {
  try model.using { try outputs(of: images, with: $0, output: output, run: run) }
}

private func outputs(
  of images: ImageSet, with lease: ModelLease, output: Output, run: Run
) throws -> Tensor {
  let model = lease.model
  if output == .z { try model.method.checkOutputs() }
  let width = output == .h ? model.encoder.outputWidth : model.method.outputWidth
  let passage = Passage(of: images.count, through: model.encoder, method: output == .z ? lease.method : nil)
  try passage.check(model.encoder, of: images.count, width: width)
  let result = Tensor(uninitialized: [images.count, width])
  let normalisation = try model.normalisation(for: images, run: run)
  try forEach(passage.chunk, of: images.count) { indices in
    let x = try images.tensor(
      indices, normalisation: normalisation, outputSize: model.encoder.inputSize, run: run)
    let y = try run.pass { pass in
      var tape = Tape(pass: pass, mode: .evaluation)
      let h = lease.judgedEncoder.forward(x, saving: &tape)
      return output == .z ? lease.method.judgedZ(of: h, saving: &tape) : h
    }
    result.replaceRows(from: indices[0], by: y)
    run.report(
      Progress("Embedding", completed: indices.last! + 1, total: images.count, unit: "images"))
  }
  // A picture's last digits depend on its place among those that go through together.
  try images.equalPictures(run: run).level(result)
  return result
}

/// Both outputs of `count` images, of whose pixels `input` gives those that are named. Throws `Interrupted`, and `ModelError`
/// while something else works with the model.
func represent(
  _ count: Int, with model: ContrastiveModel, run: Run, input: ([Int]) throws -> Tensor
) throws -> Observation.Outputs {
  try model.using { try bothOutputs(count, of: $0, run: run, input: input) }
}

private func bothOutputs(
  _ count: Int, of lease: ModelLease, run: Run, input: ([Int]) throws -> Tensor
) throws -> Observation.Outputs {
  let model = lease.model
  try model.method.checkOutputs()
  let passage = Passage(of: count, through: model.encoder, method: lease.method)
  try passage.check(model.encoder, of: count, width: model.encoder.outputWidth + model.method.outputWidth)
  let h = Tensor(uninitialized: [count, model.encoder.outputWidth])
  let z = Tensor(uninitialized: [count, model.method.outputWidth])
  try forEach(passage.chunk, of: count) { indices in
    let x = try input(indices)
    let (representations, projections) = try run.pass { pass in
      var tape = Tape(pass: pass, mode: .evaluation)
      let h = lease.judgedEncoder.forward(x, saving: &tape)
      return (h, lease.method.judgedZ(of: h, saving: &tape))
    }
    h.replaceRows(from: indices[0], by: representations)
    z.replaceRows(from: indices[0], by: projections)
  }
  return Observation.Outputs(h: h, z: z)
}

private func forEach(_ chunk: Int, of count: Int, _ body: ([Int]) throws -> Void) rethrows {
  for start in stride(from: 0, to: count, by: chunk) {
    try body(Array(start..<min(count, start + chunk)))
  }
}
