import Base
import Foundation
import Images
import Learning
import Networks
import Synchronization
import Tensors
import Testing

@Suite("Training", .serialized)
struct TrainingTests {
  @Test("the loss falls well below chance on a small set")
  func learns() throws {
    // Views that are easy to pair: a network that learns at all learns these at once.
    let model = try tinyModel(augmentation: .crop(scale: 0.8...1, ratio: 1...1))
    try train(model, on: shapes().train, plan: plan(epochs: 30, batch: 32), run: Run(seed: 3))
    let history = model.history
    #expect(history.epochs.count == 30)
    #expect(history.steps.count == 60)
    let chance = log(63.0)
    #expect(abs(history.steps[0].loss - chance) < 0.6)
    #expect(history.epochs.last!.loss < chance - 0.7, "\(history.epochs.map(\.loss))")
    #expect(history.top1.last! > 0.5)
  }

  @Test("the same seed gives the same bits, whatever the number of workers")
  func deterministic() throws {
    let reference = try tinyModel()
    try train(reference, on: shapes().train, plan: plan(), run: Run(seed: 3, workers: Workers(count: 1)))
    for workers in [2, 5] {
      let model = try tinyModel()
      try train(model, on: shapes().train, plan: plan(), run: Run(seed: 3, workers: Workers(count: workers)))
      #expect(weights(model) == weights(reference))
      #expect(model.history.steps.map(\.loss) == reference.history.steps.map(\.loss))
    }
    let other = try tinyModel()
    try train(other, on: shapes().train, plan: plan(), run: Run(seed: 4))
    #expect(other.history.steps.map(\.loss) != reference.history.steps.map(\.loss))
  }

  @Test("an interrupt leaves the model at its last whole step, and training goes on from there")
  func interrupted() throws {
    let whole = try tinyModel()
    try train(whole, on: shapes().train, plan: plan(epochs: 1, batch: 16), run: Run(seed: 3))
    // The schedule looks ahead, so the same plan is stopped: after 3 of 4 steps.
    let stop = StopAt(step: 3)
    let stopped = try tinyModel()
    let run = Run(seed: 3, interrupt: stop.interrupt, onProgress: stop.report)
    #expect(throws: Interrupted.self) {
      try train(stopped, on: shapes().train, plan: plan(epochs: 1, batch: 16), run: run)
    }
    #expect(stopped.history.steps.count == 3)
    #expect(stopped.history.steps.map(\.loss) == whole.history.steps.prefix(3).map(\.loss))
    #expect(stopped.state.parameters.allSatisfy { $0.gradient.elements.allSatisfy { $0 == 0 } })
    #expect(weights(stopped).allSatisfy { $0.isFinite })
    stop.interrupt.clear()
    try train(stopped, on: shapes().train, plan: plan(epochs: 1), run: Run(seed: 3))
    #expect(stopped.history.steps.count == 7)
  }

  @Test("a step that was interrupted in its middle changes nothing")
  func interruptedInTheMiddle() throws {
    let images = try shapes().train
    let many = 1 << 40
    // How often the first step looks at the interrupt: counted from the report before it to the one after it.
    let counted = Interrupt()
    let left = Mutex<[Int]>([])
    try train(
      tinyModel(), on: images, plan: plan(epochs: 1, batch: 64),
      run: Run(interrupt: counted) { progress in
        if progress.completed == 0 { counted.request(afterLooks: many) }
        left.withLock { $0.append(counted.looksLeft) }
      })
    let reports = left.withLock { $0 }
    #expect(reports.count >= 2 && reports[0] == many)
    let looks = many - (reports.dropFirst().first ?? many)
    #expect(looks > 100)
    for share in [0.1, 0.3, 0.5, 0.7, 0.9] {
      let model = try tinyModel()
      let before = weights(model)
      let interrupt = Interrupt()
      let steps = Mutex<[Int]>([])
      #expect(throws: Interrupted.self) {
        try train(
          model, on: images, plan: plan(epochs: 1, batch: 64),
          run: Run(interrupt: interrupt) { progress in
            if progress.completed == 0 { interrupt.request(afterLooks: Int(share * Double(looks))) }
            steps.withLock { $0.append(progress.completed) }
          })
      }
      #expect(interrupt.isRequested && steps.withLock { $0 } == [0], "the step was not under way")
      #expect(model.history.steps.isEmpty && weights(model) == before, "stopped after \(share) of the step")
      #expect(model.state.parameters.allSatisfy { $0.gradient.elements.allSatisfy { $0 == 0 } })
    }
  }

  @Test("plans that cannot be carried out are refused before any work")
  func refused() throws {
    let model = try tinyModel()
    let images = try shapes().train
    for (epochs, batch) in [(0, 16), (1, 0), (1, 1), (1, 65), (-1, 16)] {
      #expect(throws: TrainingError.self) {
        try train(model, on: images, plan: plan(epochs: epochs, batch: batch), run: Run())
      }
    }
    #expect(model.history.steps.isEmpty)
  }

  @Test("a loss that is no number stops training and says so")
  func diverged() throws {
    let model = try tinyModel()
    var plan = plan(epochs: 20, batch: 16)
    plan.rate = 1e30
    plan.rule = .sgd
    #expect(throws: Diverged.self) { try train(model, on: shapes().train, plan: plan, run: Run()) }
    // The update after the last finite loss is undone, or the weights would be as far off as the rate.
    #expect(weights(model).allSatisfy { abs($0) < 1e3 })
    let representations = try embed(shapes().test, with: model, run: Run())
    #expect(representations.isFinite)
  }

  @Test(
    "weights that are no numbers stop training though the loss looks sane, and the last good ones come back")
  func spoiledWeights() throws {
    let model = try tinyModel()
    var plan = plan(epochs: 1, batch: 16)
    plan.rate = 1e38
    let first = parameters(model)
    // A single step: no loss follows the update that spoils the weights.
    plan.batch = 64
    #expect(throws: Diverged.self) { try train(model, on: shapes().train, plan: plan, run: Run()) }
    // Statistics of batch normalisation have moved; the parameters have not.
    #expect(weights(model).allSatisfy { $0.isFinite })
    #expect(parameters(model) == first)
  }

  @Test("a saved and opened model embeds to the same bits")
  func savedAndOpened() throws {
    let model = try tinyModel()
    let data = try shapes()
    try train(model, on: data.train, plan: plan(epochs: 1), run: Run())
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID()).safetensors")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    let again = try ContrastiveModel.open(path)
    for output in Output.allCases {
      #expect(
        try embed(data.test, with: again, output: output, run: Run()).elements
          == embed(data.test, with: model, output: output, run: Run()).elements)
    }
    #expect(again.history.steps.map(\.loss) == model.history.steps.map(\.loss))
    #expect(again.augmentation == model.augmentation)
    #expect(throws: WeightFileError.self) { try ContrastiveModel.open("/proc/nowhere/model.safetensors") }
    #expect(throws: FileError.self) { try model.save(to: "/proc/nowhere/model.safetensors") }
  }

  @Test("without a head z is h; the published loss has its own chance and floor; both are saved and opened")
  func headlessAndPublished() throws {
    var random = RandomStream(seed: 1)
    let encoder = try Network(.cnn(width: 4, size: 16), random: &random)
    let model = try ContrastiveModel(
      encoder: encoder, head: ProjectionHead(input: encoder.outputWidth, widths: []), temperature: 0.2,
      form: .published, augmentation: .simclr)
    let data = try shapes()
    try train(model, on: data.train, plan: plan(epochs: 2), run: Run())
    #expect(model.history.chanceLoss == log(32) && model.history.floorLoss == log(2))
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID()).safetensors")
      .path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.save(to: path)
    let again = try ContrastiveModel.open(path)
    #expect(try again.method.settings == model.method.settings && again.head.widths.isEmpty)
    #expect(again.history.floorLoss == log(2))
    let h = try embed(data.test, with: again, run: Run()).elements
    #expect(try embed(data.test, with: again, output: .z, run: Run()).elements == h)
    #expect(try embed(data.test, with: model, run: Run()).elements == h)
    #expect(try step(model, on: data.train, plan: plan(batch: 8), run: Run()).chance == log(16))
  }

  @Test("an image embeds alike alone and among others, but for the last digits")
  func embeddingIsPerImage() throws {
    let model = try tinyModel()
    let data = try shapes()
    try train(model, on: data.train, plan: plan(epochs: 1), run: Run())
    let all = try embed(data.test, with: model, run: Run())
    func difference(_ a: Tensor, _ b: Tensor) -> Float {
      zip(a.elements, b.elements).map { abs($0 - $1) }.max()!
    }
    let largest = all.elements.map(abs).max()!
    #expect(largest > 0.01)
    for index in 0..<data.test.count {
      let own = all.rows([index])
      let alone = try embed(data.test.subset([index]), with: model, run: Run())
      #expect(difference(alone, own) < 1e-4 * largest)
      // Others are far from it: an embedding that knows nothing of the image would be alike as well.
      let others = (0..<data.test.count).filter { $0 != index }
      #expect(others.allSatisfy { difference(all.rows([$0]), own) > 1e-2 * largest }, "image \(index)")
    }
  }
}

@Suite("Classifiers")
struct ClassifierTests {
  /// Rows around one centre per class.
  private func clusters(_ count: Int, seed: UInt64) -> (rows: Tensor, labels: [Int]) {
    var random = RandomStream(seed: seed)
    let labels = (0..<count).map { _ in random.integer(below: 3) }
    let rows = Tensor([count, 4])
    for (row, label) in labels.enumerated() {
      for c in 0..<4 { rows[row * 4 + c] = 0.3 * random.normal() + (c == label ? 2 : 0) }
    }
    return (rows, labels)
  }

  @Test("learns classes that are apart, linear and with a hidden layer", arguments: [0, 16])
  func learns(hidden: Int) throws {
    var plan = ClassifierPlan()
    plan.hidden = hidden
    plan.rate = 1e-2
    let (rows, labels) = clusters(600, seed: 1)
    let classifier = try Classifier(
      on: .matrix(rows), labels: labels, classes: ["a", "b", "c"], plan: plan, run: Run())
    let test = clusters(200, seed: 2)
    let predictions = try classifier.predictions(.matrix(test.rows), run: Run())
    #expect(zip(predictions, test.labels).filter { $0 == $1 }.count > 195)
    #expect(classifier.losses.last! < classifier.losses[0])
    #expect(throws: ClassifierError.width(4, rows: 5)) {
      try classifier.predictions(.matrix(Tensor([3, 5])), run: Run())
    }
  }

  @Test("a feature that never varies does no harm")
  func constantFeature() throws {
    let (rows, labels) = clusters(100, seed: 3)
    for row in 0..<100 { rows[row * 4 + 3] = 7 }
    let classifier = try Classifier(
      on: .matrix(rows), labels: labels, classes: ["a", "b", "c"], plan: ClassifierPlan(), run: Run())
    #expect(classifier.losses.allSatisfy { $0.isFinite })
  }
}
