import Base
import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

private func supervised(seed: UInt64 = 2) throws -> ContrastiveModel {
  var random = RandomStream(seed: 1)
  let encoder = try Network(.cnn(width: 8, size: 16), random: &random)
  return ContrastiveModel(
    encoder: encoder, method: SupervisedMethod(inputWidth: encoder.outputWidth, seed: seed),
    augmentation: .none)
}

/// Three classes that are as easy as can be: red, green and blue pictures with noise.
private func colours(_ count: Int, classes: [String] = ["red", "green", "blue"]) throws -> ImageSet {
  var random = RandomStream(seed: 8)
  let pixels = (0..<count).flatMap { image in
    (0..<16 * 16 * 3).map { place in UInt8((place % 3 == image % 3 ? 150 : 60) + random.integer(below: 60)) }
  }
  return try ImageSet(
    name: "colours", pixels: pixels, size: 16, labels: (0..<count).map { $0 % 3 }, classes: classes)
}

@Suite("Supervised training")
struct SupervisedTests {
  @Test(
    "the loss is the cross entropy of both views with the label, and its gradient that of central differences"
  )
  func objective() throws {
    var random = RandomStream(seed: 3)
    let labels = [2, 0, 1]
    let z = (0..<6 * 3).map { _ in Double(2 * random.normal()) }
    func reference(_ z: [Double]) -> Double {
      (0..<6).reduce(0) { sum, row in
        let line = z[row * 3..<row * 3 + 3]
        return sum + (log(line.reduce(0) { $0 + exp($1) }) - z[row * 3 + labels[row % 3]]) / 6
      }
    }
    let method = SupervisedMethod(inputWidth: 4, seed: 1)
    try method.prepare(for: colours(6, classes: ["a", "b", "c"]), batch: 6, isTrained: false)
    let batch = MethodBatch(outputs: [Tensor([6, 3], z.map { Float($0) })], labels: labels)
    let result = method.loss(of: batch, pass: Pass())
    #expect(abs(result.loss - reference(z)) < 1e-5)
    for place in z.indices {
      var (above, below) = (z, z)
      above[place] += 1e-5
      below[place] -= 1e-5
      #expect(abs((reference(above) - reference(below)) / 2e-5 - Double(result.gradients[0][place])) < 1e-4)
    }
    let right = (0..<6).count { row in
      (0..<3).allSatisfy { z[row * 3 + $0] <= z[row * 3 + labels[row % 3]] }
    }
    #expect(result.metrics == [Double(right) / 6])
    #expect(method.chance(batch: 99) == log(3))
    let spoilt = MethodBatch(outputs: [Tensor([2, 3], [.nan, 0, 1, 0, 0, 0])], labels: [1])
    #expect(!method.loss(of: spoilt, pass: Pass()).loss.isFinite)
  }

  @Test("learns classes, begins at chance, and knows how often it is right")
  func learns() throws {
    let images = try colours(96)
    let model = try supervised()
    var plan = plan(epochs: 6, batch: 16)
    plan.rate = 1e-2
    try train(model, on: images, plan: plan, run: Run(seed: 1))
    let history = model.history
    #expect(try model.method.classes == ["red", "green", "blue"] && model.head.widths == [3])
    #expect(abs(history.steps[0].loss - log(3)) < 0.8, "\(history.steps[0].loss)")
    #expect(history.epochs.last!.loss < 0.2, "\(history.epochs.map(\.loss))")
    #expect(history.top1.last! > 0.95)
    #expect(history.chanceLoss == log(3) && history.lossName == "Cross entropy")
    let scores = try embed(images, with: model, output: .z, run: Run())
    #expect(Judgement(scores: scores, labels: images.labels!).accuracy > 0.95)
    #expect(try embed(images, with: model, run: Run()).shape == [96, model.encoder.outputWidth])
  }

  @Test("the bits do not depend on the number of workers, and chunks see their own labels")
  func deterministic() throws {
    let images = try colours(48)
    func trained(workers: Int, chunk: Int? = nil) throws -> ContrastiveModel {
      let model = try supervised()
      var plan = plan(epochs: 3, batch: 24)
      plan.chunk = chunk
      plan.rate = 1e-2
      try train(model, on: images, plan: plan, run: Run(seed: 3, workers: Workers(count: workers)))
      return model
    }
    let one = try trained(workers: 1)
    #expect(try weights(trained(workers: 5)) == weights(one))
    // Statistics of chunks differ, what is learned hardly.
    let parts = try trained(workers: 2, chunk: 8)
    #expect(parts.history.epochs.last!.loss < 0.7 * log(3), "\(parts.history.epochs.map(\.loss))")
  }

  @Test("an interrupt leaves the model at its last whole step, and training goes on from there")
  func interrupted() throws {
    let stop = StopAt(step: 2)
    let model = try supervised()
    let run = Run(seed: 3, interrupt: stop.interrupt, onProgress: stop.report)
    #expect(throws: Interrupted.self) {
      try train(model, on: colours(48), plan: plan(epochs: 2, batch: 12), run: run)
    }
    #expect(model.history.steps.count == 2)
    stop.interrupt.clear()
    try train(model, on: colours(48), plan: plan(epochs: 1, batch: 12), run: Run(seed: 3))
    #expect(model.history.steps.count == 6)
  }

  @Test("a rate that is far too high stops training at weights that are numbers")
  func diverged() throws {
    let model = try supervised()
    var plan = plan(epochs: 20, batch: 12)
    plan.rate = 1e30
    plan.rule = .sgd
    #expect(throws: Diverged.self) { try train(model, on: colours(48), plan: plan, run: Run()) }
    // Running statistics among them. What weights so large make of an image may still exceed a Float.
    #expect(weights(model).allSatisfy { $0.isFinite })
  }

  @Test("images without labels, of one class, or of other classes are refused before any work")
  func refused() throws {
    let model = try supervised()
    let images = try colours(24)
    func refused(_ images: ImageSet, _ error: SupervisedError) {
      #expect(throws: error) {
        try train(model, on: images, plan: plan(epochs: 1, batch: 12), run: Run())
      }
    }
    let plain = try ImageSet(
      name: "plain", pixels: [UInt8](repeating: 9, count: 24 * 768), size: 16, labels: nil, classes: [])
    let single = try ImageSet(
      name: "single", pixels: [UInt8](repeating: 9, count: 24 * 768), size: 16,
      labels: [Int](repeating: 0, count: 24), classes: ["one"])
    refused(plain, .unlabelled("plain"))
    refused(single, .oneClass("single"))
    #expect(throws: SupervisedError.noClasses) { try embed(images, with: model, output: .z, run: Run()) }
    #expect(throws: SupervisedError.unlabelled("plain")) {
      try step(model, on: plain, plan: plan(batch: 8), run: Run())
    }
    // What fails before a step binds the model to no classes.
    #expect(throws: TrainingError.largeBatch(25, images: 24)) {
      try train(
        model, on: colours(24, classes: ["x", "y", "z"]), plan: plan(epochs: 1, batch: 25), run: Run())
    }
    try train(model, on: images, plan: plan(epochs: 1, batch: 12), run: Run())
    let others = try colours(24, classes: ["red", "green", "violet"])
    refused(others, .otherClasses(others.name, others.classes, known: images.classes))
    #expect(model.history.epochs.count == 1)
  }

  @Test("a saved and opened model scores to the same bits; a damaged card is refused")
  func savedAndOpened() throws {
    let folder = FileManager.default.temporaryDirectory
    let path = folder.appendingPathComponent("model-\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let images = try colours(24)
    let fresh = try supervised(seed: 9)
    try fresh.save(to: path)
    let opened = try ContrastiveModel.open(path)
    let model = try supervised(seed: 9)
    for subject in [opened, model] {
      try train(subject, on: images, plan: plan(epochs: 1, batch: 12), run: Run())
    }
    #expect(weights(opened) == weights(model), "the head that waits for its classes keeps its seed")
    try model.save(to: path)
    let again = try ContrastiveModel.open(path)
    #expect(again.method.settings == model.method.settings)
    #expect(again.history.chanceLoss == log(3))
    #expect(
      try embed(images, with: again, output: .z, run: Run()).elements
        == embed(images, with: model, output: .z, run: Run()).elements)
    // The same length, so that the file stays whole but for what its card says.
    var bytes = Array(try unsealed(path))
    let (old, new) = (Array("\\\"seed\\\":[".utf8), Array("\\\"reed\\\":[".utf8))
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: old) })
    bytes.replaceSubrange(place..<place + old.count, with: new)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    #expect(throws: ModelFileError.method(path, .lacks("supervised", setting: "seed"))) {
      try ContrastiveModel.open(path)
    }
  }
}
