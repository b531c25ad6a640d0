import Images
import Learning
import Networks
import Synchronization
import Tensors

func shapes(_ count: Int = 64, run: Run = Run()) throws -> DataSet {
  try Shapes.generate(count: count, test: 20, size: 16, seed: 5, run: run)
}

func tinyModel(seed: UInt64 = 1, augmentation: Augmentation = .simclr) throws -> ContrastiveModel {
  var random = RandomStream(seed: seed)
  let encoder = try ResNet(depth: 18, stem: .cifar, width: 4, size: 16, random: &random)
  return try ContrastiveModel(
    encoder: encoder, head: ProjectionHead(input: encoder.outputWidth, widths: [16, 8], random: &random),
    temperature: 0.5, augmentation: augmentation)
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
  func report(_ progress: Tensors.Progress) {
    guard progress.completed > 0 else { return }
    if left.subtract(1, ordering: .relaxed).newValue == 0 { interrupt.request() }
  }
}
