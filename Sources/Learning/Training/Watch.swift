import Base
import Images
import Tensors

/// A measure of a model that is taken between the epochs of its training. What it computes, Learning need not know.
public struct Monitor {
  let measure: (Observation) throws -> [Reading]

  /// - Parameter measure: gives the numbers by name, the same names every time; one that is not finite is left out. It may
  ///   throw `Interrupted`; what else it throws ends the training.
  public init(_ measure: @escaping (_ observation: Observation) throws -> [Reading]) {
    self.measure = measure
  }
}

/// The monitors of a training and the images they measure on.
public struct Watch {
  public var monitors: [Monitor]
  /// Images that are held throughout, so that the numbers of different epochs compare.
  public var held: ImageSet
  /// Images to judge on, where a monitor learns from the held ones.
  public var test: ImageSet?
  /// Number of held images, the first, whose views are kept as frames (`Frames`); nil for none.
  public var mapped: Int?
  /// Called with all frames when there is one more.
  public var onFrame: ((Frames) -> Void)?

  public init(_ monitors: [Monitor], held: ImageSet, test: ImageSet? = nil, mapped: Int? = nil) {
    self.monitors = monitors
    self.held = held
    self.test = test
    self.mapped = mapped.map { min($0, held.count) }
  }

  /// Bytes of the frames of so many epochs, outputs having the length `width`.
  func frameBytes(width: Int, epochs: Int) -> Int {
    mapped.map { Frames.bytes(images: $0, width: width, epochs: epochs) } ?? 0
  }
}

/// Result of `body` for a model in evaluation mode on `images`; the model does not change meanwhile.
/// Throws `ModelError` while something else works with the model, and what `body` throws.
public func observe<Result>(
  _ model: ContrastiveModel, on images: ImageSet, run: Run, _ body: (Observation) throws -> Result
) throws -> Result {
  try model.using { _ in
    let normalisation = try model.normalisation(for: images, run: run)
    return try body(
      Observation(of: model, by: Watch([], held: images), normalisation: normalisation, run: run))
  }
}

/// A model between two epochs, as monitors see it: its outputs on the held images, each computed once and only if asked for.
///
/// The network is in evaluation, with running statistics, and its random numbers are the same at each epoch: looking changes
/// neither the model nor what training does next.
public final class Observation {
  public struct Outputs {
    /// Representations, `[n, encoder.outputWidth]`.
    public let h: Tensor
    /// Outputs that the loss sees, `[n, method.outputWidth]`.
    public let z: Tensor
  }

  public let held: ImageSet
  public let test: ImageSet?
  /// Carries the interrupt of the training, and reports nothing.
  public let run: Run
  private let model: ContrastiveModel
  private let normalisation: Normalisation
  private var outputsOfHeld: Outputs?
  private var outputsOfTest: Outputs?
  private var pairs: (first: Outputs, second: Outputs)?

  init(of model: ContrastiveModel, by watch: Watch, normalisation: Normalisation, run: Run) {
    self.model = model
    self.normalisation = normalisation
    held = watch.held
    test = watch.test
    self.run = Run(seed: run.seed, workers: run.workers, interrupt: run.interrupt)
  }

  /// Outputs for the held images without augmentation. Throws `Interrupted`.
  public func outputs() throws -> Outputs {
    if let outputsOfHeld { return outputsOfHeld }
    let outputs = try outputs(of: held)
    outputsOfHeld = outputs
    return outputs
  }

  /// Outputs for the test images without augmentation; nil if there are none. Throws `Interrupted`.
  public func testOutputs() throws -> Outputs? {
    guard let test else { return nil }
    if let outputsOfTest { return outputsOfTest }
    let outputs = try outputs(of: test)
    outputsOfTest = outputs
    return outputs
  }

  /// Outputs for two random views of each held image, as the loss compares them. Throws `Interrupted`.
  public func views() throws -> (first: Outputs, second: Outputs) {
    if let pairs { return pairs }
    let parts = try (0..<2).map { view in
      try represent(held.count, with: model, run: run) { [held, model, normalisation, run] indices in
        // An epoch of their own: no training sees these views.
        try Images.views(
          of: held, indices: indices, epoch: -1, numbers: view..<view + 1, with: model.augmentation,
          outputSize: model.encoder.inputSize, normalisation: normalisation, run: run
        ).pixels
      }
    }
    let found = (first: parts[0], second: parts[1])
    pairs = found
    return found
  }

  private func outputs(of images: ImageSet) throws -> Outputs {
    let outputs = try represent(images.count, with: model, run: run) { [model, normalisation, run] indices in
      try images.tensor(indices, normalisation: normalisation, outputSize: model.encoder.inputSize, run: run)
    }
    let equal = try images.equalPictures(run: run)
    equal.level(outputs.h)
    equal.level(outputs.z)
    return outputs
  }
}
