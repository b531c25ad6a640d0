import Glibc
import Images
import Networks
import Synchronization
import Tensors

/// An encoder f, a head g, and what else turns images into a loss: SimCLR (Chen et al. 2020), or the same network that
/// learns from labels, to compare with.
///
/// `h = f(x)` is the representation that is used afterwards; `z = g(h)` lives in the space of the loss only.
public final class ContrastiveModel {
  public let encoder: any Encoder
  public let augmentation: Augmentation
  /// Seeds the head of a model that learns classes, which is made when they are known.
  let headSeed: UInt64
  private let guardedTask: Mutex<Task>

  /// What changes together when a model meets its classes.
  ///
  /// Sendable: it is read and replaced as a whole under a lock, and what the head holds is changed by one thread alone (`using`).
  private struct Task: @unchecked Sendable {
    var head: ProjectionHead
    var objective: Objective
  }

  /// The projection head; where classes are learned the one linear layer that scores them.
  public var head: ProjectionHead { guardedTask.withLock { $0 }.head }
  public var objective: Objective { guardedTask.withLock { $0 }.objective }

  private let guardedNormalisation = Mutex<Normalisation?>(nil)

  /// Of the images it was first trained on; nil before that. May be read from any thread.
  public internal(set) var normalisation: Normalisation? {
    get { guardedNormalisation.withLock { $0 } }
    set { guardedNormalisation.withLock { $0 = newValue } }
  }
  private let guardedHistory = Mutex(History())

  /// What its trainings measured so far. May be read from any thread, also while it trains.
  public package(set) var history: History {
    get { guardedHistory.withLock { $0 } }
    set { guardedHistory.withLock { $0 = newValue } }
  }

  /// Changes the history in place, which for one step more is cheaper than a copy.
  func record(_ change: (inout History) -> Void) { guardedHistory.withLock { change(&$0) } }

  /// The thread that works with the weights.
  private let user = Mutex<pthread_t?>(nil)

  /// Runs what reads or changes the weights, while no other thread may: a cell that trains and one that runs beside it must
  /// not work with the same model. Throws `InputError` where another does. Calls within `body` join it.
  package func using<Result>(_ body: () throws -> Result) throws -> Result {
    let caller = pthread_self()
    let wasMine = user.withLock { user in user == caller }
    if wasMine { return try body() }
    let isTaken = user.withLock { user in
      if user == nil { user = caller }
      return user != caller
    }
    guard !isTaken else {
      throw InputError(
        "another cell works with this model",
        advice:
          "wait for it, or interrupt it; what training has measured so far can be shown and plotted meanwhile"
      )
    }
    defer { user.withLock { $0 = nil } }
    return try body()
  }

  public init(encoder: any Encoder, head: ProjectionHead, loss: NTXent, augmentation: Augmentation) {
    self.encoder = encoder
    self.augmentation = augmentation
    headSeed = 0
    let task = Task(head: head, objective: .contrast(loss))
    guardedTask = Mutex(task)
  }

  /// A model with the standard loss.
  public convenience init(
    encoder: any Encoder, head: ProjectionHead, temperature: Float, augmentation: Augmentation
  ) throws {
    self.init(
      encoder: encoder, head: head, loss: try NTXent(temperature: temperature), augmentation: augmentation)
  }

  /// A model that learns the classes of the images it is trained on.
  public init(supervised encoder: any Encoder, augmentation: Augmentation, seed: UInt64) {
    self.encoder = encoder
    self.augmentation = augmentation
    headSeed = seed
    let task = Task(head: ProjectionHead(input: encoder.outputWidth, widths: []), objective: .classes([]))
    guardedTask = Mutex(task)
  }

  /// Gives a model that learns classes those of `images`; another does not mind. Throws `InputError` where there are no labels, or
  /// other classes than it has learned.
  func prepare(for images: ImageSet) throws {
    guard case .classes(let known) = objective else { return }
    guard images.labels != nil else {
      throw InputError(
        "`\(images.name)` has no labels, and a supervised model learns by them", option: "on",
        advice: "labels come with load cifar10, load shapes, load idx, and with a folder for each class")
    }
    // Too few images are told by the plan.
    guard images.count < 2 || images.presentClasses.count > 1 else {
      throw InputError(
        "`\(images.name)` has images of a single class, so there is nothing to tell apart", option: "on",
        advice: "take images of two classes or more")
    }
    guard images.classes != known else { return }
    guard history.steps.isEmpty else {
      throw InputError(
        "the model has learned other classes than \(images.name) has: \(Self.listed(known)) rather than "
          + Self.listed(images.classes), option: "on", advice: "make a model of its own for these images")
    }
    learn(images.classes)
  }

  /// Begins with a new head for these classes.
  func learn(_ classes: [String]) {
    let head = ProjectionHead(input: encoder.outputWidth, widths: [classes.count], seed: headSeed)
    let task = Task(head: head, objective: .classes(classes))
    guardedTask.withLock { $0 = task }
  }

  private static func listed(_ names: [String]) -> String {
    names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", …" : "")
  }

  /// Throws `InputError` while there are no class scores.
  func checkHead() throws {
    if objective == .classes([]) {
      throw InputError(
        "the model knows no classes yet, so there are no scores z", advice: "first: train model on=images")
    }
  }

  func recordStart(batch: Int) {
    let objective = objective
    record {
      // Before the batch, which says what chance was until now.
      $0.chanceLoss = objective.chance(batch: batch)
      $0.batch = batch
      $0.floorLoss = objective.floor
      $0.lossName = objective.lossName
    }
  }

  /// The encoder under its own names, those of torchvision where it is a ResNet; the head under `head.`.
  public var state: State {
    var state = State(of: encoder)
    head.collect(into: &state, prefix: "head.")
    return state
  }

  /// The normalisation that fits `images`: the model's own once it is trained, else that of the images.
  /// Throws `Interrupted`.
  func normalisation(for images: ImageSet, run: Run) throws -> Normalisation {
    try normalisation ?? Normalisation(of: images, run: run)
  }
}

/// Which of a model's two outputs: the representation h, or what the loss sees, its projection or class scores z.
public enum Output: String, Sendable, CaseIterable { case h, z }

/// Representations of images, `[n, width]`, with the network in evaluation: running statistics, no augmentation.
/// Throws `Interrupted`, and `InputError` while something else works with the model.
public func embed(
  _ images: ImageSet, with model: ContrastiveModel, output: Output = .h, run: Run
) throws -> Tensor {
  try model.using { try outputs(of: images, with: model, output: output, run: run) }
}

private func outputs(
  of images: ImageSet, with model: ContrastiveModel, output: Output, run: Run
) throws -> Tensor {
  if output == .z { try model.checkHead() }
  let width = output == .h ? model.encoder.outputWidth : model.head.outputWidth
  let passage = Passage(of: images.count, through: model.encoder, head: output == .z ? model.head : nil)
  try passage.check(model.encoder, of: images.count, width: width)
  let result = Tensor(uninitialized: [images.count, width])
  let normalisation = try model.normalisation(for: images, run: run)
  try forEach(passage.chunk, of: images.count) { indices in
    let x = try images.tensor(
      indices, normalisation: normalisation, outputSize: model.encoder.inputSize, run: run)
    let y = try run.pass { pass in
      var tape = Tape(pass: pass, mode: .evaluation)
      let h = model.encoder.forward(x, saving: &tape)
      return output == .z ? model.head.forward(h, saving: &tape) : h
    }
    (result.pointer + indices[0] * width).update(from: y.pointer, count: y.count)
    run.report(
      Progress("Embedding", completed: indices.last! + 1, total: images.count, unit: "images"))
  }
  // A picture's last digits depend on its place among those that go through together.
  try images.equalPictures(run: run).level(result)
  return result
}

/// Both outputs of `count` images, of whose pixels `input` gives those that are named. Throws `Interrupted`, and `InputError`
/// while something else works with the model.
func represent(
  _ count: Int, with model: ContrastiveModel, run: Run, input: ([Int]) throws -> Tensor
) throws -> Observation.Outputs {
  try model.using { try bothOutputs(count, of: model, run: run, input: input) }
}

private func bothOutputs(
  _ count: Int, of model: ContrastiveModel, run: Run, input: ([Int]) throws -> Tensor
) throws -> Observation.Outputs {
  try model.checkHead()
  let passage = Passage(of: count, through: model.encoder, head: model.head)
  try passage.check(model.encoder, of: count, width: model.encoder.outputWidth + model.head.outputWidth)
  let h = Tensor(uninitialized: [count, model.encoder.outputWidth])
  let z = Tensor(uninitialized: [count, model.head.outputWidth])
  try forEach(passage.chunk, of: count) { indices in
    let x = try input(indices)
    let (representations, projections) = try run.pass { pass in
      var tape = Tape(pass: pass, mode: .evaluation)
      let h = model.encoder.forward(x, saving: &tape)
      return (h, model.head.forward(h, saving: &tape))
    }
    for (part, whole) in [(representations, h), (projections, z)] {
      (whole.pointer + indices[0] * whole.shape[1]).update(from: part.pointer, count: part.count)
    }
  }
  return Observation.Outputs(h: h, z: z)
}

private func forEach(_ chunk: Int, of count: Int, _ body: ([Int]) throws -> Void) rethrows {
  for start in stride(from: 0, to: count, by: chunk) {
    try body(Array(start..<min(count, start + chunk)))
  }
}
