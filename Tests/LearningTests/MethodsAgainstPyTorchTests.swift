import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

/// Four batches of views that PyTorch saw too, in turn.
private final class FixtureViews: ViewSource {
  private let (batches, small, tiles): ([Tensor], [Tensor], [Tensor])
  private let groups: [ViewGroup]
  private let images: Int

  init(_ reference: WeightFile, groups: [ViewGroup]) throws {
    batches = try (0..<4).map { try #require(try reference.tensor("views.\($0)")) }
    small = try (0..<4).map { try #require(try reference.tensor("small.\($0)")) }
    tiles = try (0..<4).map { try #require(try reference.tensor("tiles.\($0)")) }
    (self.groups, images) = (groups, batches[0].shape[0] / 2)
  }

  func take(_ portion: Portion, following: Portion?) throws -> [Views] {
    var first = 0
    return groups.map { group in
      switch group.task {
      case .together:
        return Views(pixels: tiles[portion.epoch % 4], answers: [5, 0, 23, 7, 7, 11, 16, 2, 9, 20])
      case .each(let turn): return turned(batches[portion.epoch % 4], turn)
      case nil: if group.side < 16 { return Views(pixels: small[portion.epoch % 4]) }
      }
      defer { first += group.views }
      return Views(
        pixels: batches[portion.epoch % 4].rows(first * images..<(first + group.views) * images))
    }
  }
}

extension FixtureViews {
  /// The first views by fours, as their task changes them.
  private func turned(
    _ views: Tensor, _ turn: (ViewTask.Pixels, Int, Int, inout RandomStream) -> Int
  ) -> Views {
    let (side, length) = (views.shape[1], views.count / views.shape[0])
    let pixels = Tensor(uninitialized: [4 * images] + views.shape.dropFirst())
    var random = RandomStream(seed: 0)
    let answers = (0..<4 * images).map { row in
      let view = pixels.pointer + row * length
      view.update(from: views.pointer + row % images * length, count: length)
      return turn(ViewTask.Pixels(start: view, count: length), side, row / images, &random)
    }
    return Views(pixels: pixels, answers: answers)
  }
}

@Suite("Ten steps of each method on a narrow ResNet18 agree with PyTorch")
struct MethodsAgainstPyTorchTests {
  /// What PyTorch computed in double precision (`Fixtures/make_methods.py`).
  private let reference: WeightFile

  init() throws {
    reference = try Weights.read(
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/methods.safetensors").path)
  }

  private static let steps = 10

  @Test("losses, weights, and what is kept", arguments: methodCases.map(\.name))
  func tenSteps(name: String) throws {
    let model = try start(name)
    let groups = model.method.viewGroups(of: .none, side: 16)
    let source = try FixtureViews(reference, groups: groups)
    let expected = try #require(try reference.tensor("\(name).losses"))
    let peak = try #require(try reference.tensor("\(name).rate"))[0]
    try model.using { lease in
      let run = Run()
      let step = TrainingStep(
        of: lease, by: SGD(momentum: 0.9, weightDecay: 1e-2), views: source, clip: clip(of: name),
        workers: run.workers)
      for number in 0..<Self.steps {
        let rate = peak * Float((1 + cos(.pi * Double(number) / Double(Self.steps))) / 2)
        let place = TrainingStep.Place(
          number: number, inTraining: number, of: Self.steps, perEpoch: 4, rate: rate, peak: peak)
        let result = try step.take(
          [Portion(epoch: number, indices: Array(0..<10))], following: nil,
          labels: [0, 1, 0, 2, 1, 0, 0, 1, 3, 2], at: place, run: run)
        let scale = max(0.1, abs(Double(expected[number])))
        // SimSiam's loss passes 0; what it is a share of is 1.
        #expect(
          abs(result.loss - Double(expected[number])) < 1e-3 * scale,
          "step \(number): \(result.loss) instead of \(expected[number])")
      }
    }
    var (compared, worst) = (0, (error: Float(0), name: ""))
    for (name, values) in try after(name, model) {
      compared += 1
      let difference = zip(values.found, values.expected).map { abs($0 - $1) }.max() ?? 0
      let error = difference / max(1e-3, values.expected.map(abs).max() ?? 0)
      if !(error <= worst.error) { worst = (error, name) }
    }
    #expect(compared > 6)
    #expect(worst.error < 1e-3, "largest relative error: in \(worst.name)")
  }

  /// Numbers of the model after its steps and PyTorch's, by name, as many as the fixture has.
  private func after(_ name: String, _ model: ContrastiveModel) throws -> [(
    String, (found: [Float], expected: [Float])
  )] {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("method-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    // Through a file, where kernels are turned as PyTorch has them.
    try Weights.write(model.state, to: path)
    let found = try Weights.read(path)
    let prefix = "\(name).after."
    return try reference.names.filter { $0.hasPrefix(prefix) && !$0.hasSuffix("tracked") }.map { full in
      let short = String(full.dropFirst(prefix.count))
      let values = try #require(try found.tensor(short), "\(short) is not in the model")
      return (short, (values.elements, try #require(try reference.tensor(full)).elements))
    }
  }

  private func start(_ name: String) throws -> ContrastiveModel {
    let own = try ownEncoder(of: name)
    let encoder = try Network(own ?? .resnet(.resnet18, stem: .cifar, width: 3, size: 16))
    var state = State()
    let start = own == nil ? "start" : "\(name).start"
    for (name, entry) in State(of: encoder).entries {
      state.add(sharing: entry, "\(start).\(name)", State(of: encoder).format(of: name))
    }
    try reference.load(into: state)
    var random = RandomStream(seed: 1)
    let make = try #require(methodCases.first { $0.name == name }).make
    let model = ContrastiveModel(encoder: encoder, method: try make(encoder, &random), augmentation: .none)
    var beside = State()
    let twins = model.state.entries.filter { $0.name.hasPrefix("twin_") }
    for (entryName, entry) in model.state.entries
    where reference.names.contains("\(name).start.\(entryName)") {
      beside.add(sharing: entry, "\(name).start.\(entryName)", model.state.format(of: entryName))
    }
    try reference.load(into: beside)
    // A twin's head begins as the head does.
    for (twinName, entry) in twins {
      let other = try #require(try reference.tensor("\(name).start.\(twinName.dropFirst(5))"))
      entry.tensor.pointer.update(from: other.pointer, count: entry.tensor.count)
    }
    return model
  }
}

extension State {
  fileprivate mutating func add(sharing entry: Entry, _ name: String, _ format: Format) {
    switch entry {
    case .parameter(let parameter): add(name, parameter, as: format)
    case .buffer(let tensor): add(name, tensor, as: format)
    }
  }
}
