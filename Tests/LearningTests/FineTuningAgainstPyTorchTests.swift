import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

@Suite("Ten steps of fine-tuning a narrow ResNet18 agree with PyTorch")
struct FineTuningAgainstPyTorchTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  /// The batches of `methods.safetensors`, both views together.
  private final class FixtureViews: ViewSource {
    let batches: [Tensor]
    init(_ batches: [Tensor]) { self.batches = batches }
    func take(_ portion: Portion, following: Portion?) throws -> [Views] {
      [Views(pixels: batches[portion.epoch % 4])]
    }
  }

  private static let cases: [(name: String, fineTuning: FineTuning)] = [
    ("one-rate", FineTuning()), ("two-rates", FineTuning(encoderRate: 0.1, headRate: 3)),
    ("frozen", FineTuning(freeze: .encoder)),
    ("frozen-first", FineTuning(freeze: .epochs(1), encoderRate: 0.3, headRate: 2)),
  ]

  @Test("losses and weights, with two rates and a frozen encoder", arguments: cases.map(\.name))
  func tenSteps(name: String) throws {
    let fineTuning = try #require(Self.cases.first { $0.name == name }).fineTuning
    let shared = try Weights.read(Self.folder.appendingPathComponent("methods.safetensors").path)
    let reference = try Weights.read(Self.folder.appendingPathComponent("finetuning.safetensors").path)
    let encoder = try Network(.resnet(.resnet18, stem: .cifar, width: 3, size: 16))
    let method = SupervisedMethod(inputWidth: encoder.outputWidth, seed: 1, fineTuning: fineTuning)
    let classes = (0..<4).map { "class \($0)" }
    let images = try ImageSet(
      name: "ten", pixels: [UInt8](repeating: 0, count: 10 * 768), size: 16,
      labels: [0, 1, 0, 2, 1, 0, 0, 1, 3, 2],
      classes: classes)
    try method.prepare(for: images, batch: 10, isTrained: false)
    let model = ContrastiveModel(encoder: encoder, method: method, augmentation: .none)
    try load(shared, "start.", into: State(of: encoder))
    try load(reference, "\(name).start.head.", into: State(of: try model.head))
    let source = FixtureViews(try (0..<4).map { try #require(try shared.tensor("views.\($0)")) })
    let expected = try #require(try reference.tensor("\(name).losses"))
    try model.using { lease in
      let run = Run()
      let step = TrainingStep(
        of: lease, by: SGD(momentum: 0.9, weightDecay: 1e-2), views: source, workers: run.workers)
      for number in 0..<10 {
        let rate = 0.01 * Float((1 + cos(.pi * Double(number) / 10)) / 2)
        let place = TrainingStep.Place(
          number: number, inTraining: number, of: 10, perEpoch: 4, rate: rate, peak: 0.01)
        let result = try step.take(
          [Portion(epoch: number, indices: Array(0..<10))], following: nil, labels: images.labels, at: place,
          run: run)
        #expect(
          abs(result.loss - Double(expected[number])) < 1e-3,
          "step \(number): \(result.loss) instead of \(expected[number])")
      }
    }
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("tuned-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Weights.write(model.state, to: path)
    let found = try Weights.read(path)
    let names = reference.names.filter { $0.hasPrefix("\(name).after.") }
    #expect(names.count == 8)
    for full in names {
      let (mine, theirs) = (
        try #require(try found.tensor(String(full.dropFirst(name.count + 7)))).elements,
        try #require(try reference.tensor(full)).elements
      )
      let largest = zip(mine, theirs).map { abs($0 - $1) }.max() ?? 0
      #expect(largest < 1e-3 * max(1e-3, theirs.map(abs).max() ?? 0), "\(full): \(largest)")
    }
  }

  private func load(_ file: WeightFile, _ prefix: String, into state: State) throws {
    var named = State()
    for (name, entry) in state.entries {
      switch entry {
      case .parameter(let parameter): named.add(prefix + name, parameter, as: state.format(of: name))
      case .buffer(let tensor): named.add(prefix + name, tensor, as: state.format(of: name))
      }
    }
    try file.load(into: named)
  }
}
