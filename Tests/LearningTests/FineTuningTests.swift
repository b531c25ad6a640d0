import Base
import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

/// A model whose encoder has learned for an epoch.
private func trained(_ make: () throws -> ContrastiveModel = { try normalisedModel() }) throws
  -> ContrastiveModel
{
  let model = try make()
  try train(model, on: try shapes().train, plan: plan(epochs: 1), run: Run(seed: 9))
  return model
}

/// A supervised model that begins with the encoder of another.
private func tuned(
  _ base: ContrastiveModel, _ fineTuning: FineTuning = FineTuning(), augmentation: Augmentation = .simclr
) throws -> ContrastiveModel {
  let encoder = try base.copyOfEncoder()
  return ContrastiveModel(
    encoder: encoder,
    method: SupervisedMethod(inputWidth: encoder.outputWidth, seed: 4, fineTuning: fineTuning),
    augmentation: augmentation, normalisation: base.normalisation, origins: base.lineage)
}

private func encoderNumbers(_ model: ContrastiveModel) throws -> [Float] {
  State(of: try model.network).entries.flatMap { $0.entry.tensor.elements }
}

private func headNumbers(_ model: ContrastiveModel) throws -> [Float] {
  State(of: try model.head).parameters.flatMap(\.value.elements)
}

private func temporary() -> String {
  FileManager.default.temporaryDirectory.appendingPathComponent("tuned-\(UUID()).safetensors").path
}

@Suite("Fine-tuning")
struct FineTuningTests {
  @Test(
    "a frozen encoder keeps all its numbers to the bit, running statistics among them, and so does the model it came from",
    arguments: TrainingPlan.Rule.allCases)
  func frozen(rule: TrainingPlan.Rule) throws {
    let images = try shapes().train
    let base = try trained()
    let before = weights(base)
    let model = try tuned(base, FineTuning(freeze: .encoder))
    #expect(try encoderNumbers(model) == encoderNumbers(base))
    var plan = plan()
    (plan.rule, plan.weightDecay) = (rule, 1e-2)
    try train(model, on: images, plan: plan, run: Run(seed: 3))
    #expect(try encoderNumbers(model) == encoderNumbers(base))
    #expect(weights(base) == before)
    let free = try tuned(base)
    try train(free, on: images, plan: plan, run: Run(seed: 3))
    #expect(try encoderNumbers(free) != encoderNumbers(base))
    #expect(weights(base) == before)
    // Both heads began alike, and either has learned.
    #expect(try headNumbers(free) != headNumbers(model))
    #expect(model.history.epochs.count == 2)
  }

  @Test(
    "without freezing it is the training of any network with these weights, and the bits are those of any number of workers"
  )
  func sameAsTraining() throws {
    let images = try shapes().train
    let base = try trained()
    // The network is made anew and reads the weights from a file.
    let path = temporary()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Weights.write(State(of: base.network), to: path)
    let network = try Network(base.encoder, seed: 77)
    try Weights.read(path).load(into: State(of: network))
    let plain = ContrastiveModel(
      encoder: network, method: SupervisedMethod(inputWidth: network.outputWidth, seed: 4),
      augmentation: .simclr, normalisation: base.normalisation)
    try train(plain, on: images, plan: plan(), run: Run(seed: 3))
    for workers in [1, 3] {
      let model = try tuned(base)
      try train(model, on: images, plan: plan(), run: Run(seed: 3, workers: Workers(count: workers)))
      #expect(weights(model) == weights(plain))
    }
    func frozenFirst(_ workers: Int) throws -> [Float] {
      let model = try tuned(base, FineTuning(freeze: .epochs(1), encoderRate: 0.1))
      try train(model, on: images, plan: plan(), run: Run(seed: 3, workers: Workers(count: workers)))
      return weights(model)
    }
    #expect(try frozenFirst(1) == frozenFirst(3))
  }

  @Test("an encoder that is frozen for an epoch moves in the next, also where that is another training")
  func frozenFirst() throws {
    let images = try shapes().train
    let base = try trained()
    let start = try encoderNumbers(base)
    let model = try tuned(base, FineTuning(freeze: .epochs(1)))
    var one = plan(epochs: 1)
    try train(model, on: images, plan: one, run: Run(seed: 3))
    #expect(try encoderNumbers(model) == start)
    try train(model, on: images, plan: one, run: Run(seed: 3))
    #expect(try encoderNumbers(model) != start)
    let whole = try tuned(base, FineTuning(freeze: .epochs(1)))
    one.epochs = 2
    try train(whole, on: images, plan: one, run: Run(seed: 3))
    #expect(try encoderNumbers(whole) != start)
  }

  @Test(
    "a rate for the encoder and one for the head: an update is larger by them", arguments: [Float(0.25), 4])
  func rates(factor: Float) throws {
    let images = try shapes().train
    let base = try trained()
    /// Changes of encoder and head in one step.
    func changes(_ fineTuning: FineTuning) throws -> (encoder: Double, head: Double) {
      var one = plan(batch: 32)
      (one.rule, one.rate) = (.sgd, 1e-3)
      let report = try step(tuned(base, fineTuning), on: images, plan: one, run: Run(seed: 3))
      return (report.parts[0].update, report.parts[1].update)
    }
    let usual = try changes(FineTuning())
    let encoder = try changes(FineTuning(encoderRate: factor))
    let head = try changes(FineTuning(headRate: factor))
    #expect(
      abs(encoder.encoder / usual.encoder - Double(factor)) < 0.01
        && abs(encoder.head / usual.head - 1) < 1e-6)
    #expect(
      abs(head.head / usual.head - Double(factor)) < 0.01 && abs(head.encoder / usual.encoder - 1) < 1e-6)
  }

  @Test("a frozen encoder drops nothing: the loss is that of its outputs in evaluation")
  func dropout() throws {
    let images = try shapes().train.sample(32, seed: 1)
    let model = try tuned(trained(vision), FineTuning(freeze: .encoder), augmentation: .none)
    var still = plan(epochs: 1, batch: 32)
    (still.rate, still.rule) = (1e-30, .sgd)
    try train(model, on: images, plan: still, run: Run(seed: 3))
    let z = try embed(images, with: model, output: .z, run: Run())
    let expected = crossEntropy(z, labels: try #require(images.labels)).loss
    #expect(abs(model.history.steps[0].loss - expected) < 1e-5)
  }

  @Test("one step, and a watched training, leave a frozen encoder alone and say so")
  func looked() throws {
    let images = try shapes().train
    let base = try trained()
    let model = try tuned(base, FineTuning(freeze: .encoder))
    let report = try step(model, on: images, plan: plan(batch: 16), run: Run(seed: 3))
    #expect(report.parts.map(\.isFrozen) == [true, false])
    #expect(report.parts[0].gradient == 0 && report.parts[0].update == 0 && report.parts[1].update > 0)
    #expect(report.lossAfter < report.loss)
    #expect(try encoderNumbers(model) == encoderNumbers(base))
    let monitor = Monitor {
      [Reading(Metric("first"), try $0.outputs().h.elements.reduce(0) { $0 + Double($1) })]
    }
    let watch = Watch([monitor], held: try images.sample(20, seed: 1))
    let (plain, watched) = (
      try tuned(base, FineTuning(freeze: .epochs(1))), try tuned(base, FineTuning(freeze: .epochs(1)))
    )
    try train(plain, on: images, plan: plan(), run: Run(seed: 3))
    try train(watched, on: images, plan: plan(), watch: watch, run: Run(seed: 3))
    #expect(weights(plain) == weights(watched))
    let seen = watched.history.measurements.map(\.readings[0].value)
    #expect(seen.count == 3 && seen[0] == seen[1] && seen[1] != seen[2], "\(seen)")
  }

  @Test(
    "an interrupt, a save and an open change nothing, on either side of the thaw",
    arguments: TrainingPlan.Rule.allCases)
  func resumed(rule: TrainingPlan.Rule) throws {
    let images = try shapes().train
    let base = try trained()
    var plan = plan(epochs: 3)
    (plan.rule, plan.weightDecay, plan.rate) = (rule, 1e-4, rule == .adam ? 1e-3 : 0.05)
    let fineTuning = FineTuning(freeze: .epochs(1), encoderRate: 0.5, headRate: 2)
    let whole = try tuned(base, fineTuning)
    try train(whole, on: images, plan: plan, run: Run(seed: 3))
    for stop in [2, 4, 5, 9] {
      let model = try tuned(base, fineTuning)
      let at = StopAt(step: stop)
      let run = Run(seed: 3, interrupt: at.interrupt, onProgress: at.report)
      #expect(throws: Interrupted.self) { try train(model, on: images, plan: plan, run: run) }
      let path = temporary()
      defer { try? FileManager.default.removeItem(atPath: path) }
      try model.save(to: path)
      let opened = try ContrastiveModel.open(path)
      #expect(opened.method.settings == model.method.settings && opened.method.fineTuning == fineTuning)
      #expect(opened.origins == [ModelOrigin(method: "simclr", epochs: 1, steps: 4)])
      try resumeTraining(opened, on: images, run: Run(seed: 3))
      #expect(weights(opened) == weights(whole), "stopped after \(stop)")
      #expect(opened.history.steps.map(\.loss) == whole.history.steps.map(\.loss))
    }
    #expect(whole.lineage.map(\.method) == ["simclr", "supervised"])
  }

  @Test(
    "less memory is asked for where nothing of the encoder is kept, and chunks of a frozen encoder are the whole"
  )
  func memory() throws {
    let model = try tuned(trained { try tinyModel() }, FineTuning(freeze: .encoder))
    let images = try shapes().train
    try train(model, on: images, plan: plan(epochs: 1), run: Run(seed: 3))
    let (free, frozen) = try model.using {
      (
        try MemoryNeed(of: $0, optimizerTensors: 2, run: Run()),
        try MemoryNeed(of: $0, isFrozen: true, optimizerTensors: 2, run: Run())
      )
    }
    #expect(
      frozen.perImageThrough < free.perImageThrough, "\(frozen.perImageThrough) \(free.perImageThrough)")
    #expect(frozen.perImageThrough > 2 * 16 * 16 * 4 * 4)
    func losses(chunk: Int?) throws -> [Double] {
      let model = try tuned(trained(), FineTuning(freeze: .encoder))
      var plan = plan(epochs: 1)
      plan.chunk = chunk
      try train(model, on: images, plan: plan, run: Run(seed: 3))
      return model.history.steps.map(\.loss)
    }
    let (whole, parts) = (try losses(chunk: nil), try losses(chunk: 4))
    #expect(zip(whole, parts).allSatisfy { abs($0 - $1) < 1e-4 }, "\(whole) \(parts)")
  }

  @Test("views go alone through a frozen encoder too, where a single place is left of an image")
  func alone() throws {
    var random = RandomStream(seed: 1)
    let network = try Network(.cnn(width: 4, size: 8), random: &random)
    func model(_ freeze: FineTuning.Freeze) -> ContrastiveModel {
      ContrastiveModel(
        encoder: network,
        method: SupervisedMethod(inputWidth: 32, seed: 1, fineTuning: FineTuning(freeze: freeze)),
        augmentation: .simclr)
    }
    var plan = plan(epochs: 1)
    plan.views = .alone
    let images = try shapes().train
    try train(model(.encoder), on: images, plan: plan, run: Run(seed: 3))
    #expect(throws: TrainingError.self) { try train(model(.none), on: images, plan: plan, run: Run(seed: 3)) }
  }

  @Test("a freeze that outlasts the training, and images of other classes, are refused before any work")
  func refused() throws {
    let images = try shapes().train
    let model = try tuned(trained(), FineTuning(freeze: .epochs(3)))
    let before = weights(model)
    #expect(throws: TrainingError.longFreeze(epochs: 3, had: 0, planned: 2)) {
      try train(model, on: images, plan: plan(), run: Run())
    }
    #expect(
      try model.history.steps.isEmpty
        && encoderNumbers(model) == Array(before[..<encoderNumbers(model).count]))
    try train(model, on: images, plan: plan(epochs: 3), run: Run(seed: 1))
    // As many classes of other names, and fewer.
    let other = try ImageSet(
      name: "other", pixels: [UInt8](repeating: 9, count: 20 * 768), size: 16,
      labels: (0..<20).map { $0 % 10 }, classes: (0..<10).map { "class \($0)" })
    #expect(throws: SupervisedError.self) { try train(model, on: other, plan: plan(epochs: 1), run: Run()) }
    // A model that begins with this one learns classes of its own.
    let again = try tuned(model)
    try train(again, on: other, plan: plan(epochs: 1, batch: 10), run: Run(seed: 1))
    #expect(again.method.classes == other.classes)
    #expect(
      again.origins.map(\.epochs) == [1, 3] && again.origins.map(\.method) == ["simclr", "supervised"])
  }

  @Test("a card that says what cannot be is refused")
  func damaged() throws {
    let model = try tuned(trained(), FineTuning(freeze: .epochs(2), encoderRate: 0.5))
    let path = temporary()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    let bytes = Array(try unsealed(path))
    for (old, new) in [
      ("\\\"freeze\\\":2", "\\\"freeze\\\":-"), ("\\\"freeze\\\":2", "\\\"freeze\\\":[]"),
      ("\\\"rates\\\":[0.5,1]", "\\\"rates\\\":[0.5,0]"), ("\\\"rates\\\":[0.5,1]", "\\\"rates\\\":[9e999]"),
      ("\\\"steps\\\":4}", "\\\"steps\\\":0}"), ("\\\"method\\\":\\\"simclr\\\"", "\\\"method\\\":[]       "),
    ] {
      let (from, to) = (Array(old.utf8), Array(new.utf8))
      var changed = bytes
      let place = try #require(
        changed.indices.first { changed[$0...].starts(with: from) }, "\(old) is not there")
      changed.replaceSubrange(
        place..<place + from.count, with: to + Array(repeating: 32, count: max(0, from.count - to.count)))
      try Data(changed).write(to: URL(fileURLWithPath: path))
      #expect(throws: (any Error).self, "\(new)") { try ContrastiveModel.open(path) }
    }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    #expect(try ContrastiveModel.open(path).method.fineTuning == model.method.fineTuning)
  }
}
