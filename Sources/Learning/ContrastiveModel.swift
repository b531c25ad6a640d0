import Glibc
import Images
import Networks
import Synchronization
import Tensors

/// SimCLR (Chen et al. 2020): an encoder f, a projection head g, and what else turns images into a loss.
///
/// `h = f(x)` is the representation that is used afterwards; `z = g(h)` lives in the space of the loss only.
public final class ContrastiveModel {
  public let encoder: any Encoder
  public let head: ProjectionHead
  public let loss: NTXent
  public let augmentation: Augmentation
  /// Of the images it was first trained on; nil before that.
  public internal(set) var normalisation: Normalisation?
  private let guardedHistory = Mutex(History())

  /// What its trainings measured so far. May be read from any thread, also while it trains.
  public internal(set) var history: History {
    get { guardedHistory.withLock { $0 } }
    set { guardedHistory.withLock { $0 = newValue } }
  }

  /// Changes the history in place, which for one step more is cheaper than a copy.
  func record(_ change: (inout History) -> Void) { guardedHistory.withLock { change(&$0) } }

  /// The thread that works with the weights.
  private let user = Mutex<pthread_t?>(nil)

  /// Runs what reads or changes the weights, while no other thread may: a cell that trains and one that runs beside it must
  /// not work with the same model. Throws `InputError` where another does.
  func using<Result>(_ body: () throws -> Result) throws -> Result {
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

  public init(encoder: any Encoder, head: ProjectionHead, temperature: Float, augmentation: Augmentation)
    throws
  {
    self.encoder = encoder
    self.head = head
    loss = try NTXent(temperature: temperature)
    self.augmentation = augmentation
  }

  /// Encoder under torchvision's names, head under `head.`.
  public var state: State {
    var state = State(of: encoder)
    head.collect(into: &state, prefix: "head.")
    return state
  }

  /// The normalisation that fits `images`: the model's own once it is trained, else that of the images.
  func normalisation(for images: ImageSet, run: Run) -> Normalisation {
    normalisation ?? Normalisation(of: images, run: run)
  }
}

/// Which of a model's two outputs: the representation h, or its projection z.
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
  let width = output == .h ? model.encoder.outputWidth : model.head.outputWidth
  let result = Tensor(uninitialized: [images.count, width])
  let normalisation = model.normalisation(for: images, run: run)
  try forEachChunk(of: images.count, for: model) { indices in
    var tape = Tape(run: run, mode: .evaluation)
    let x = images.tensor(
      indices, normalisation: normalisation, outputSize: model.encoder.inputSize, run: run)
    var y = model.encoder.forward(x, saving: &tape)
    if output == .z { y = model.head.forward(y, saving: &tape) }
    try run.checkInterrupt()
    (result.pointer + indices[0] * width).update(from: y.pointer, count: y.count)
    run.report(
      Progress("Embedding", completed: indices.last! + 1, total: images.count, unit: "images"))
  }
  return result
}

/// Both outputs of `count` images, of whose pixels `input` gives those that are named. Throws `Interrupted`.
func represent(
  _ count: Int, with model: ContrastiveModel, run: Run, input: ([Int]) -> Tensor
) throws -> Observation.Outputs {
  let h = Tensor(uninitialized: [count, model.encoder.outputWidth])
  let z = Tensor(uninitialized: [count, model.head.outputWidth])
  try forEachChunk(of: count, for: model) { indices in
    var tape = Tape(run: run, mode: .evaluation)
    let representations = model.encoder.forward(input(indices), saving: &tape)
    let projections = model.head.forward(representations, saving: &tape)
    try run.checkInterrupt()
    for (part, whole) in [(representations, h), (projections, z)] {
      (whole.pointer + indices[0] * whole.shape[1]).update(from: part.pointer, count: part.count)
    }
  }
  return Observation.Outputs(h: h, z: z)
}

/// As many images at once as have the pixels of 256 of 32×32.
private func forEachChunk(of count: Int, for model: ContrastiveModel, _ body: ([Int]) throws -> Void) rethrows
{
  let side = model.encoder.inputSize
  let chunk = max(1, min(256, (256 * 32 * 32) / (side * side)))
  for start in stride(from: 0, to: count, by: chunk) {
    try body(Array(start..<min(count, start + chunk)))
  }
}
