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
/// Throws `Interrupted`.
public func embed(
  _ images: ImageSet, with model: ContrastiveModel, output: Output = .h, run: Run
) throws -> Tensor {
  let width = output == .h ? model.encoder.outputWidth : model.head.outputWidth
  let result = Tensor(uninitialized: [images.count, width])
  let normalisation = model.normalisation(for: images, run: run)
  let chunk = max(1, min(256, (256 * 32 * 32) / (model.encoder.inputSize * model.encoder.inputSize)))
  for start in stride(from: 0, to: images.count, by: chunk) {
    let indices = Array(start..<min(images.count, start + chunk))
    var tape = Tape(run: run, mode: .evaluation)
    let x = images.tensor(
      indices, normalisation: normalisation, outputSize: model.encoder.inputSize, run: run)
    var y = model.encoder.forward(x, saving: &tape)
    if output == .z { y = model.head.forward(y, saving: &tape) }
    try run.checkInterrupt()
    (result.pointer + start * width).update(from: y.pointer, count: y.count)
    run.report(
      Progress("Embedding", completed: indices.last! + 1, total: images.count, unit: "images"))
  }
  return result
}
