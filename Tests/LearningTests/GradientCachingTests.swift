import Base
import Images
import Learning
import Networks
import Tensors
import Testing

/// Pixels through two convolutions and a mean: a network without batch normalisation.
private final class PlainEncoder: Encoder {
  private let layers: Sequential
  // What matters of it: side and width.
  let description = NetworkDescription("plain", size: 16, parts: [.init("layers", .linear(outputs: 12))])

  init() {
    var random = RandomStream(seed: 7)
    layers = Sequential(
      Convolution(inputs: 3, outputs: 8, kernel: 3, stride: 2, padding: 1, random: &random), ReLU(),
      Convolution(inputs: 8, outputs: 12, kernel: 3, padding: 1, random: &random), ReLU(), GlobalAveragePool()
    )
  }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor { layers.forward(x, saving: &tape) }
  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor { layers.backward(dy, from: &tape) }
  func collect(into state: inout State, prefix: String) { layers.collect(into: &state, prefix: prefix) }
}

/// An encoder that adds up what its tapes hold for backward passes to come.
private final class MeteredEncoder: Encoder {
  private let encoder: any Encoder
  /// The bytes that each forward pass kept.
  private(set) var kept: [Int] = []
  private(set) var alive = 0
  private(set) var most = 0

  init(_ encoder: any Encoder) { self.encoder = encoder }

  var description: NetworkDescription { encoder.description }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let before = tape.keptBytes
    let y = encoder.forward(x, saving: &tape)
    kept.append(tape.keptBytes - before)
    alive += kept[kept.count - 1]
    most = max(most, alive)
    return y
  }

  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let before = tape.keptBytes
    let dx = encoder.backward(dy, from: &tape)
    alive -= before - tape.keptBytes
    return dx
  }

  func collect(into state: inout State, prefix: String) { encoder.collect(into: &state, prefix: prefix) }
}

@Suite("Gradient caching")
struct GradientCachingTests {
  @Test("chunks give the gradients of the whole batch without normalisation", arguments: [1, 5, 8, 16, 23])
  func plain(chunk: Int) throws {
    let images = try Shapes.generate(count: 23, test: 2, size: 16, seed: 5, run: Run()).train
    let whole = try gradients(stepModel(PlainEncoder()), images, chunk: 23)
    let parts = try gradients(stepModel(PlainEncoder()), images, chunk: chunk)
    #expect(abs(whole.loss - parts.loss) < 1e-6)
    #expect(worstDifference(whole.values, parts.values) < 1e-5)
  }

  @Test("normalisation sees one chunk at a time, and the loss all of them")
  func withNormalisation() throws {
    let images = try Shapes.generate(count: 20, test: 2, size: 16, seed: 5, run: Run()).train
    let subject = try normalisedModel()
    let cached = try gradients(subject, images, chunk: 8)
    // The same by hand, with everything kept.
    let other = try normalisedModel()
    let pass = Pass(seed: 5)
    let parts = [0..<8, 8..<16, 16..<20]
    var tapes: [Tape] = [], rows: [Tensor] = []
    for (part, range) in parts.enumerated() {
      var tape = Tape(pass: pass, mode: .training, step: 0, part: part)
      let portion = Portion(epoch: 0, indices: Array(range))
      let views = try queue(images, other).take(portion, following: nil)[0].pixels
      rows.append(try other.head.forward(other.network.forward(views, saving: &tape), saving: &tape))
      tapes.append(tape)
    }
    let first = rows.flatMap { $0.rows(0..<$0.shape[0] / 2).elements }
    let second = rows.flatMap { $0.rows($0.shape[0] / 2..<$0.shape[0]).elements }
    let result = try NTXent(temperature: 0.5)(Tensor([40, 8], first + second), pass: pass)
    #expect(abs(result.loss - cached.loss) < 1e-6)
    for (part, range) in parts.enumerated() {
      let dz = result.gradient.rows(Array(range) + range.map { $0 + 20 })
      _ = try other.network.backward(other.head.backward(dz, from: &tapes[part]), from: &tapes[part])
      tapes[part].commit()
    }
    #expect(worstDifference(other.state.parameters.map(\.gradient.elements), cached.values) < 1e-5)
    // Running statistics moved once a chunk, alike.
    for (mine, theirs) in zip(subject.state.entries, other.state.entries) {
      #expect(mine.entry.tensor.elements == theirs.entry.tensor.elements, "\(mine.name)")
      if mine.name.hasSuffix("num_batches_tracked") { #expect(mine.entry.tensor[0] == 3) }
    }
  }

  @Test("training in chunks keeps the activations of one chunk at a time")
  func memory() throws {
    let images = try Shapes.generate(count: 96, test: 2, size: 16, seed: 5, run: Run()).train
    func most(chunk: Int?) throws -> (bytes: Int, passes: Int, model: ContrastiveModel) {
      let encoder = MeteredEncoder(PlainEncoder())
      var plan = TrainingPlan()
      plan.epochs = 2
      plan.batch = 96
      plan.chunk = chunk
      let model = try stepModel(encoder)
      try train(model, on: images, plan: plan, run: Run(seed: 1))
      // The first pass, of two views, measures what a training needs, and has no backward pass.
      let measuring = try #require(encoder.kept.first)
      #expect(encoder.alive == measuring, "what a forward pass keeps is given back by the backward pass")
      return (encoder.most - measuring, encoder.kept.count - 1, model)
    }
    let (whole, parts) = (try most(chunk: nil), try most(chunk: 8))
    // 96 images in 12 chunks.
    #expect(whole.bytes == 12 * parts.bytes, "\(whole.bytes) bytes as a whole, \(parts.bytes) in chunks")
    // The first convolution alone keeps 16×16×3 numbers of each of 16 views.
    #expect(parts.bytes > 16 * 16 * 16 * 3 * 4)
    #expect(
      parts.passes == whole.passes + 2 * (2 * 12 - 1), "twice through for each of 12 chunks, in two steps")
    // The same training, and it learns.
    let losses = [whole, parts].map { $0.model.history.steps.map(\.loss) }
    #expect(zip(losses[0], losses[1]).allSatisfy { abs($0 - $1) < 1e-3 } && losses[1].count == 2)
    #expect(losses[1][1] < losses[1][0])
  }
}

@Suite("What a step needs in memory")
struct MemoryNeedTests {
  @Test("is measured, grows with the views, and is refused with a batch that fits")
  func check() throws {
    let need = try normalisedModel().using { try MemoryNeed(of: $0, optimizerTensors: 2, run: Run()) }
    // The first convolution alone keeps 16·16·8 numbers of a view.
    #expect(need.perImageThrough > 2 * 16 * 16 * 8 * 4)
    #expect(need.bytes(batch: 64, chunk: 64) > need.bytes(batch: 64, chunk: 16))
    let available = need.bytes(batch: 100, chunk: 100)
    let error = try MachineMemory.$assumed.withValue(available) {
      try need.check(batch: 100, chunk: nil)
      try need.check(batch: 200, chunk: 64)
      return #expect(throws: TrainingError.self) { try need.check(batch: 400, chunk: nil) }
    }
    guard case .stepMemory(views: 800, inChunks: false, fitting: let fitting, _)? = error else {
      Issue.record("\(error as Any)")
      return
    }
    // An eighth of what is free is not counted on.
    let counted = available - available / 8
    #expect(fitting == 0 || need.bytes(batch: fitting, chunk: fitting) <= counted, "\(fitting)")
    #expect(fitting < 100 && need.bytes(batch: fitting + 8, chunk: fitting + 8) > counted, "\(fitting)")
  }

  @Test("the machine says how much it has")
  func machine() throws {
    let available = try #require(MachineMemory.available)
    #expect(available > 1 << 26 && available < 1 << 50)
  }
}
