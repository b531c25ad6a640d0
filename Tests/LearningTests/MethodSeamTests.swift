import Base
import Foundation
import Images
import Learning
import Networks
import Synchronization
import Tensors
import Testing

/// A network for pictures of any side, without batch normalisation.
private final class FreeEncoder: Encoder {
  private let layers: Sequential
  // What matters of it: side and width.
  let description = NetworkDescription("free", size: 16, parts: [.init("layers", .linear(outputs: 6))])

  init(seed: UInt64 = 7) {
    var random = RandomStream(seed: seed)
    layers = Sequential(
      Convolution(inputs: 3, outputs: 6, kernel: 3, stride: 2, padding: 1, random: &random), GELU(),
      Convolution(inputs: 6, outputs: 6, kernel: 3, padding: 1, random: &random), GELU(), GlobalAveragePool())
  }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor { layers.forward(x, saving: &tape) }
  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor { layers.backward(dy, from: &tape) }
  func collect(into state: inout State, prefix: String) { layers.collect(into: &state, prefix: prefix) }
}

/// What a method as BYOL asks of the seam: a predictor, a twin that follows, views in two groups of different size and augmentation,
/// and a third group that the twin alone sees.
///
/// Loss: the sum over both trained groups of 2 − 2·mean cosine of the prediction and the twin's projection of the large third view.
private final class TwinMethod: Method {
  static let name = "twin"
  let head: ProjectionHead
  let twin = FreeEncoder()
  let twinHead: ProjectionHead
  private let online: FreeEncoder
  private(set) var finished: [Int] = []

  init(encoder: FreeEncoder) {
    online = encoder
    head = ProjectionHead(input: 6, widths: [5, 4], seed: 2)
    twinHead = ProjectionHead(input: 6, widths: [5, 4], seed: 2)
  }

  var settings: MethodSettings { MethodSettings(Self.name) }
  static func describe(_ settings: MethodSettings, on encoder: NetworkDescription) throws -> MethodDescription
  {
    throw InputError("a method of a test is in no file")
  }

  func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    [
      ViewGroup(views: 2, augmentation: augmentation, side: side),
      ViewGroup(views: 3, augmentation: .flip(chance: 0.5), side: side / 2),
      ViewGroup(views: 1, augmentation: augmentation, side: side, isTrained: false),
    ]
  }

  var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  var kept: State {
    var state = State()
    state.add(kept: twin, prefix: "twin.")
    state.add(kept: twinHead, prefix: "twin_head.")
    return state
  }
  var outputWidth: Int { 4 }

  func outputs(of h: Tensor, group: Int, saving tape: inout Tape) -> Tensor {
    head.forward(h, saving: &tape)
  }
  func backward(_ dz: Tensor, group: Int, from tape: inout Tape) -> Tensor {
    head.backward(dz, from: &tape)
  }
  func targets(of views: Tensor, group: Int, saving tape: inout Tape) -> Tensor? {
    group == 2 ? twinHead.forward(twin.forward(views, saving: &tape), saving: &tape) : nil
  }

  func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    guard let target = batch.targets[2] else { return MethodLoss(loss: .nan, gradients: batch.outputs) }
    let images = target.shape[0]
    let (goal, _) = normalised(target, pass: pass)
    var loss = 0.0
    let gradients = batch.outputs.map { z in
      let gradient = Tensor(z.shape)
      let (unit, norms) = z.shape[0] == 0 ? (z, z) : normalised(z, pass: pass)
      let rows = z.shape[0]
      for row in 0..<rows {
        let cosine = (0..<4).reduce(Float(0)) { $0 + unit[row * 4 + $1] * goal[row % images * 4 + $1] }
        loss += Double(2 - 2 * cosine) / Double(rows)
        for c in 0..<4 {
          gradient[row * 4 + c] =
            -2 / Float(rows) * (goal[row % images * 4 + c] - unit[row * 4 + c] * cosine) / norms[row]
        }
      }
      return gradient
    }
    return MethodLoss(loss: loss, gradients: gradients)
  }

  /// θ' ← 0.9·θ' + 0.1·θ.
  func finishStep(_ step: MethodStep, batch: MethodBatch) {
    finished.append(step.number)
    for (mine, theirs) in [(State(of: twin), State(of: online)), (State(of: twinHead), State(of: head))] {
      for (a, b) in zip(mine.parameters, theirs.parameters) {
        for place in 0..<a.value.count { a.value[place] = 0.9 * a.value[place] + 0.1 * b.value[place] }
      }
    }
  }

  var lossName: String { "Twin loss" }
  var metrics: [Metric] { [] }
  func chance(batch: Int) -> Double? { nil }
}

/// What a pretext task asks of the seam: views with a target of their own, and no head but the method's.
private final class TurnMethod: Method {
  static let name = "turns"
  let head = ProjectionHead(input: 6, widths: [4], seed: 3)

  var settings: MethodSettings { MethodSettings(Self.name) }
  static func describe(_ settings: MethodSettings, on encoder: NetworkDescription) throws -> MethodDescription
  {
    throw InputError("a method of a test is in no file")
  }

  func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    let task = ViewTask.each { view, side, number, random in
      let quarters = (number + random.integer(below: 4)) % 4
      let copy = Array(view)
      for y in 0..<side {
        for x in 0..<side {
          var (from, to) = (y, x)
          for _ in 0..<quarters { (from, to) = (to, side - 1 - from) }
          for c in 0..<3 { view[(y * side + x) * 3 + c] = copy[(from * side + to) * 3 + c] }
        }
      }
      return quarters
    }
    return [ViewGroup(views: 4, augmentation: augmentation, side: side, task: task)]
  }

  var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  var outputWidth: Int { 4 }
  func outputs(of h: Tensor, group: Int, saving tape: inout Tape) -> Tensor {
    head.forward(h, saving: &tape)
  }
  func backward(_ dz: Tensor, group: Int, from tape: inout Tape) -> Tensor {
    head.backward(dz, from: &tape)
  }
  func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    guard let answers = batch.answers[0] else { return MethodLoss(loss: .nan, gradients: batch.outputs) }
    let (z, count) = (batch.outputs[0], answers.count)
    let gradient = Tensor(z.shape)
    var (loss, hits) = (0.0, 0)
    for row in 0..<count {
      let line = (0..<4).map { Double(z[row * 4 + $0]) }
      let sum = line.reduce(0) { $0 + exp($1) }
      loss += (log(sum) - line[answers[row]]) / Double(count)
      hits += line.max() == line[answers[row]] ? 1 : 0
      for c in 0..<4 {
        gradient[row * 4 + c] = Float((exp(line[c]) / sum - (c == answers[row] ? 1 : 0)) / Double(count))
      }
    }
    return MethodLoss(loss: loss, gradients: [gradient], metrics: [Double(hits) / Double(count)])
  }
  var lossName: String { "Cross entropy" }
  var metrics: [Metric] { [.top1] }
  func chance(batch: Int) -> Double? { log(4) }
}

/// What a puzzle asks of the seam: two views of an image made together, with one answer and one output.
private final class HalvesMethod: Method {
  static let name = "halves"
  let head = ProjectionHead(input: 12, widths: [2], seed: 3)

  var settings: MethodSettings { MethodSettings(Self.name) }
  static func describe(_ settings: MethodSettings, on encoder: NetworkDescription) throws -> MethodDescription
  {
    throw InputError("a method of a test is in no file")
  }

  func viewGroups(of augmentation: Augmentation, side: Int) -> [ViewGroup] {
    let task = ViewTask.together(from: 16) { whole, halves, random in
      let first = random.integer(below: 2)
      for (place, half) in halves.enumerated() {
        let start = (place + first) % 2 * 8
        for y in 0..<8 {
          for at in 0..<24 { half[y * 24 + at] = whole[((start + y) * 16 + 4) * 3 + at] }
        }
      }
      return first
    }
    return [ViewGroup(views: 2, outputs: 1, augmentation: augmentation, side: 8, task: task)]
  }

  var layers: [(prefix: String, layer: any Layer)] { [("head.", head)] }
  var outputWidth: Int { 2 }
  func outputs(of h: Tensor, group: Int, saving tape: inout Tape) -> Tensor {
    let (images, joined) = (h.shape[0] / 2, Tensor(uninitialized: [h.shape[0] / 2, 12]))
    for at in 0..<joined.count { joined[at] = h[(at % 12 / 6 * images + at / 12) * 6 + at % 6] }
    return head.forward(joined, saving: &tape)
  }
  func backward(_ dz: Tensor, group: Int, from tape: inout Tape) -> Tensor {
    let joined = head.backward(dz, from: &tape)
    let (images, dh) = (dz.shape[0], Tensor(uninitialized: [2 * dz.shape[0], 6]))
    for at in 0..<joined.count { dh[(at % 12 / 6 * images + at / 12) * 6 + at % 6] = joined[at] }
    return dh
  }
  func loss(of batch: MethodBatch, pass: Pass) -> MethodLoss {
    guard let answers = batch.answers[0] else { return MethodLoss(loss: .nan, gradients: batch.outputs) }
    let (loss, gradient) = crossEntropy(batch.outputs[0], labels: answers)
    return MethodLoss(loss: loss, gradients: [gradient])
  }
  var lossName: String { "Cross entropy" }
  var metrics: [Metric] { [] }
  func chance(batch: Int) -> Double? { log(2) }
}

private func twinModel() -> (model: ContrastiveModel, method: TwinMethod) {
  let encoder = FreeEncoder()
  let method = TwinMethod(encoder: encoder)
  return (ContrastiveModel(encoder: encoder, method: method, augmentation: .simclr), method)
}

private func elements(_ state: State) -> [[Float]] { state.entries.map(\.entry.tensor.elements) }

@Suite("What a method may ask for")
struct MethodSeamTests {
  @Test("groups of views of several sizes, some for a twin alone: gradients are those of differences")
  func gradient() throws {
    let images = try shapes(6).train
    let (model, _) = twinModel()
    func loss() throws -> Double {
      try model.using { lease in
        let pass = Pass(seed: 5)
        var step = BatchPass(
          of: lease, [Portion(epoch: 0, indices: Array(0..<images.count))], from: queue(images, model), at: 0,
          in: pass)
        return try lease.method.loss(of: try step.forward(), pass: pass).loss
      }
    }
    _ = try gradients(model, images)
    for parameter in model.state.parameters {
      let scale = parameter.gradient.elements.map(abs).max() ?? 0
      #expect(scale > 0)
      for place in [0, parameter.value.count / 2, parameter.value.count - 1] {
        let before = parameter.value[place]
        parameter.value[place] = before + 2e-3
        let above = try loss()
        parameter.value[place] = before - 2e-3
        let slope = (above - (try loss())) / 4e-3
        parameter.value[place] = before
        #expect(abs(slope - Double(parameter.gradient[place])) < Double(scale) * 0.03 + 2e-4)
      }
    }
  }

  @Test("in chunks, or each view alone, the gradients are those of all together", arguments: [1, 2, 4])
  func strategies(chunk: Int) throws {
    let images = try shapes(6).train
    let whole = try gradients(twinModel().model, images)
    let parts = try gradients(twinModel().model, images, chunk: chunk)
    let alone = try gradients(twinModel().model, images, views: .alone)
    #expect(abs(whole.loss - parts.loss) < 1e-6 && abs(whole.loss - alone.loss) < 1e-6)
    #expect(worstDifference(whole.values, parts.values) < 1e-5)
    #expect(worstDifference(whole.values, alone.values) < 1e-4)
    let turns = { ContrastiveModel(encoder: FreeEncoder(), method: TurnMethod(), augmentation: .simclr) }
    let halves = { ContrastiveModel(encoder: FreeEncoder(), method: HalvesMethod(), augmentation: .simclr) }
    for make in [turns, halves] {
      let (all, some) = (try gradients(make(), images), try gradients(make(), images, chunk: chunk))
      #expect(abs(all.loss - some.loss) < 1e-6 && worstDifference(all.values, some.values) < 1e-5)
    }
  }

  @Test(
    "what is kept moves after each whole step, and no other way: not by a gradient, an interrupt or a divergence"
  )
  func kept() throws {
    let images = try shapes(16).train
    let (model, method) = twinModel()
    #expect(method.kept.parameters.isEmpty && model.state.entries.count == 2 * elements(method.kept).count)
    var plan = plan(epochs: 1, batch: 8)
    plan.rule = .sgd
    plan.rate = 0.5
    let expected = zip(elements(method.kept), elements(method.kept)).map(\.0)
    try train(model, on: images, plan: plan, run: Run(seed: 3))
    #expect(method.finished == [0, 1] && model.history.steps.count == 2)
    #expect(elements(method.kept) != expected)
    #expect(model.history.chanceLosses.isEmpty && model.history.lossName == "Twin loss")
    // Stopped in its second step: as after its first.
    let (stopped, other) = (twinModel(), twinModel())
    let stop = StopAt(step: 1)
    #expect(throws: Interrupted.self) {
      try train(
        stopped.model, on: images, plan: plan,
        run: Run(seed: 3, interrupt: stop.interrupt, onProgress: stop.report))
    }
    plan.epochs = 1
    let once = StopAt(step: 1)
    try? train(
      other.model, on: images, plan: plan,
      run: Run(seed: 3, interrupt: once.interrupt, onProgress: once.report))
    #expect(elements(stopped.model.state) == elements(other.model.state) && stopped.method.finished == [0])
    // The twin is put back with the weights.
    let (spoilt, _) = twinModel()
    plan.rate = 1e30
    plan.epochs = 30
    #expect(throws: Diverged.self) { try train(spoilt, on: images, plan: plan, run: Run(seed: 3)) }
    #expect(elements(spoilt.state).allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  @Test(
    "views that come with a target of their own: turned pictures are told apart, and the bits do not depend on workers"
  )
  func turns() throws {
    let images = try shapes(64).train
    func trained(_ workers: Int) throws -> ContrastiveModel {
      let model = ContrastiveModel(encoder: FreeEncoder(), method: TurnMethod(), augmentation: .none)
      var plan = plan(epochs: 4, batch: 16)
      plan.rate = 1e-2
      try train(model, on: images, plan: plan, run: Run(seed: 1, workers: Workers(count: workers)))
      return model
    }
    let model = try trained(1)
    #expect(try weights(trained(3)) == weights(model))
    #expect(model.history.top1.count == 4 && model.history.chanceLoss == log(4))
    #expect(model.history.epochs[3].loss < model.history.epochs[0].loss)
    // The targets are those of the pixels: turned back, all four views of a picture are alike.
    let source = ViewQueue(
      of: images, in: model.method.viewGroups(of: .none, side: 16), normalisation: .none, run: Run(seed: 5))
    let views = try source.take(Portion(epoch: 0, indices: [3]), following: nil)[0]
    let answers = try #require(views.answers)
    let straight = try #require(answers.firstIndex(of: 0).map { views.pixels.rows([$0]).elements })
    for view in 0..<4 {
      var (pixels, side) = (views.pixels.rows([view]).elements, 16)
      for _ in 0..<(4 - answers[view]) % 4 {
        let copy = pixels
        for y in 0..<side {
          for x in 0..<side {
            for c in 0..<3 { pixels[(y * side + x) * 3 + c] = copy[(x * side + side - 1 - y) * 3 + c] }
          }
        }
        side = 16
      }
      #expect(pixels == straight, "turned by \(answers[view]) quarters")
    }
  }
}
