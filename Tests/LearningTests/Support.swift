import Base
import Foundation
import Images
import Learning
import Networks
import Synchronization
import Tensors
import Testing

func shapes(_ count: Int = 64, run: Run = Run()) throws -> DataSet {
  try Shapes.generate(count: count, test: 20, size: 16, seed: 5, run: run)
}

func tinyModel(seed: UInt64 = 1, augmentation: Augmentation = .simclr) throws -> ContrastiveModel {
  var random = RandomStream(seed: seed)
  let encoder = try Network(.resnet(.resnet18, stem: .cifar, width: 4, size: 16), random: &random)
  return try ContrastiveModel(
    encoder: encoder, head: ProjectionHead(input: encoder.outputWidth, widths: [16, 8], random: &random),
    temperature: 0.5, augmentation: augmentation)
}

/// A network that draws at random in training: dropout.
func vision() throws -> ContrastiveModel {
  var random = RandomStream(seed: 2)
  let encoder = try Network(
    .vit(.standard, layers: 1, heads: 2, width: 16, patch: 8, size: 16, dropout: 0.2), random: &random)
  return try ContrastiveModel(
    encoder: encoder, head: ProjectionHead(input: 16, widths: [8], random: &random), temperature: 0.5,
    augmentation: .simclr)
}

/// A model for pictures of 16×16, whose steps are looked into.
func stepModel(_ encoder: any Encoder) throws -> ContrastiveModel {
  try ContrastiveModel(
    encoder: encoder, head: ProjectionHead(input: encoder.outputWidth, widths: [16, 8], seed: 2),
    temperature: 0.5, augmentation: .simclr)
}

/// Such a model with batch normalisation.
func normalisedModel() throws -> ContrastiveModel {
  var random = RandomStream(seed: 3)
  return try stepModel(Network(.cnn(width: 8, size: 16), random: &random))
}

extension ContrastiveModel {
  /// SimCLR with the standard loss.
  convenience init(
    encoder: any Encoder, head: ProjectionHead, temperature: Float, form: NTXent.Form = .standard,
    augmentation: Augmentation
  ) throws {
    let loss = try NTXent(temperature: temperature, form: form)
    self.init(
      encoder: encoder, method: SimCLRMethod(head: head, loss: loss), augmentation: augmentation)
  }

  /// For a test that is alone with the model.
  var state: State {
    do {
      return try using { $0.state }
    } catch {
      preconditionFailure("another thread has the model: \(error)")
    }
  }

  var network: any Encoder { get throws { try using { $0.encoder } } }

  var head: ProjectionHead {
    get throws { try (method as? SimCLRMethod)?.head ?? #require(method as? SupervisedMethod).head }
  }
}

extension History {
  /// Of the steps of each epoch.
  var top1: [Double] { perEpoch(.top1) ?? [] }
}

func queue(_ images: ImageSet, _ model: ContrastiveModel) -> ViewQueue {
  ViewQueue(
    of: images, in: model.method.viewGroups(of: model.augmentation, side: model.encoder.inputSize),
    normalisation: .none, run: Run(seed: 5))
}

/// The gradients of one step over all images, that go through in portions of `chunk`.
func gradients(
  _ model: ContrastiveModel, _ images: ImageSet, chunk: Int? = nil, views: TrainingPlan.Views = .together,
  labels: [Int]? = nil
) throws -> (loss: Double, values: [[Float]]) {
  let (count, chunk) = (images.count, chunk ?? images.count)
  let portions = stride(from: 0, to: count, by: chunk).map {
    Portion(epoch: 0, indices: Array($0..<min(count, $0 + chunk)))
  }
  let loss = try model.using { lease in
    let pass = Pass(seed: 5)
    var step = BatchPass(
      of: lease, portions, from: queue(images, model), at: 0, viewing: views, in: pass)
    let result = try lease.method.loss(of: try step.forward(labels: labels), pass: pass)
    try step.backward(result.gradients)
    step.commit()
    return result.loss
  }
  return (loss, model.state.parameters.map(\.gradient.elements))
}

/// The largest difference of two gradients of one parameter, as a share of the parameter's largest.
func worstDifference(_ a: [[Float]], _ b: [[Float]]) -> Float {
  zip(a, b).map { a, b in
    zip(a, b).map { abs($0 - $1) }.max()! / max(1e-12, a.map(abs).max()!)
  }.max()!
}

func plan(epochs: Int = 2, batch: Int = 16) -> TrainingPlan {
  var plan = TrainingPlan()
  plan.epochs = epochs
  plan.batch = batch
  return plan
}

func weights(_ model: ContrastiveModel) -> [Float] {
  model.state.entries.flatMap { $0.entry.tensor.elements }
}

func parameters(_ model: ContrastiveModel) -> [Float] {
  model.state.parameters.flatMap(\.value.elements)
}

/// Requests an interrupt from the progress report of a given step.
final class StopAt: Sendable {
  let interrupt = Interrupt()
  private let left: Atomic<Int>
  init(step: Int) { left = Atomic(step) }
  func report(_ progress: Base.Progress) {
    guard progress.completed > 0 else { return }
    if left.subtract(1, ordering: .relaxed).newValue == 0 { interrupt.request() }
  }
}

/// A file as another program would write it: without the checksum, so that what a test changes in it is not told by that.
func unsealed(_ path: String) throws -> Data {
  let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
  let length = Int(bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  let text = String(decoding: bytes[8..<8 + length], as: UTF8.self)
  let header = Data(text.replacing(/,?"checksum":"xxh64:[0-9a-f]{16}"/, with: "").utf8)
  #expect(header.count < length)
  return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) } + header + bytes[(8 + length)...]
}
