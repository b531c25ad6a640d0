import Base
import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

private func transformer() throws -> ContrastiveModel {
  var random = RandomStream(seed: 3)
  return try stepModel(
    Network(
      .vit(.standard, layers: 2, heads: 2, width: 16, patch: 8, size: 16, dropout: 0), random: &random))
}

private func images(_ count: Int) throws -> ImageSet {
  try Shapes.generate(count: count, test: 2, size: 16, seed: 5, run: Run()).train
}

@Suite("Views alone")
struct ViewsAloneTests {
  @Test("are what a loop of passes of one view gives, statistics included")
  func loop() throws {
    let images = try images(6)
    let (subject, other) = (try normalisedModel(), try normalisedModel())
    let alone = try gradients(subject, images, views: .alone)
    let portion = Portion(epoch: 0, indices: Array(0..<6))
    let views = try queue(images, other).take(portion, following: nil)[0].pixels
    var tapes: [Tape] = []
    var rows: [Float] = []
    for view in 0..<12 {
      var tape = Tape(pass: Pass(seed: 5), mode: .training, step: 0, part: view)
      rows +=
        try other.head.forward(
          other.network.forward(views.rows(view..<view + 1), saving: &tape), saving: &tape
        ).elements
      tapes.append(tape)
    }
    let result = try NTXent(temperature: 0.5)(Tensor([12, 8], rows), pass: Pass())
    for view in 0..<12 {
      let dz = result.gradient.rows([view])
      _ = try other.network.backward(other.head.backward(dz, from: &tapes[view]), from: &tapes[view])
      tapes[view].commit()
    }
    #expect(result.loss == alone.loss)
    #expect(other.state.parameters.map(\.gradient.elements) == alone.values)
    for (mine, theirs) in zip(subject.state.entries, other.state.entries) {
      #expect(mine.entry.tensor.elements == theirs.entry.tensor.elements, "\(mine.name)")
      if mine.name.hasSuffix("num_batches_tracked") { #expect(mine.entry.tensor[0] == 12) }
    }
    // Together, normalisation sees the others: other numbers.
    #expect(try abs(gradients(normalisedModel(), images, views: .together).loss - alone.loss) > 1e-4)
  }

  @Test("without batch normalisation the gradients are those of views together")
  func transformers() throws {
    let images = try images(7)
    let together = try gradients(transformer(), images, views: .together)
    let alone = try gradients(transformer(), images, views: .alone)
    #expect(abs(together.loss - alone.loss) < 1e-6)
    // Rounding of products of other shapes: 2.2e-4 with OpenBLAS's kernels for AVX-512, below 1e-4 with those for AVX2.
    #expect(worstDifference(together.values, alone.values) < 1e-3)
  }

  @Test("train, step and the history work as with views together, and an interrupt stops at a whole step")
  func training() throws {
    var plan = plan(epochs: 2, batch: 8)
    plan.views = .alone
    let model = try normalisedModel()
    let stop = StopAt(step: 3)
    let run = Run(seed: 3, interrupt: stop.interrupt, onProgress: stop.report)
    #expect(throws: Interrupted.self) { try train(model, on: images(16), plan: plan, run: run) }
    #expect(model.history.steps.count == 3)
    stop.interrupt.clear()
    #expect(model.state.parameters.allSatisfy { $0.gradient.elements.allSatisfy { $0 == 0 } })
    try train(model, on: images(16), plan: plan, run: Run(seed: 3))
    #expect(model.history.steps.count == 7)
    let (stepped, trained) = (try normalisedModel(), try normalisedModel())
    plan.epochs = 1
    plan.batch = 16
    plan.schedule = .constant
    let report = try step(stepped, on: images(16), plan: plan, run: Run(seed: 3))
    try train(trained, on: images(16), plan: plan, run: Run(seed: 3))
    #expect(weights(stepped) == weights(trained))
    #expect(abs((report.anatomy?.loss ?? .nan) - report.loss) < 1e-5)
    plan.rate = 1e30
    plan.rule = .sgd
    plan.epochs = 20
    #expect(throws: Diverged.self) { try train(trained, on: images(16), plan: plan, run: Run(seed: 3)) }
    #expect(weights(trained).allSatisfy { $0.isFinite })
  }

  @Test("chunks, and pictures that shrink to one place, are refused before any work")
  func refused() throws {
    var plan = plan(epochs: 1, batch: 8)
    plan.views = .alone
    plan.chunk = 4
    let model = try normalisedModel()
    #expect(throws: TrainingError.chunkAlone) { try train(model, on: images(16), plan: plan, run: Run()) }
    plan.chunk = nil
    var random = RandomStream(seed: 1)
    let encoder = try Network(.resnet(.resnet18, stem: .imagenet, width: 4, size: 32), random: &random)
    let narrow = try ContrastiveModel(
      encoder: encoder, head: ProjectionHead(input: encoder.outputWidth, widths: [8]), temperature: 0.5,
      augmentation: .none)
    #expect {
      try train(narrow, on: images(16), plan: plan, run: Run())
    } throws: {
      guard case .singlePlace(size: 32, "resnet18", let layer)? = $0 as? TrainingError else { return false }
      return layer.hasPrefix("layer4")
    }
    #expect(narrow.history.steps.isEmpty && model.history.steps.isEmpty)
  }
}
