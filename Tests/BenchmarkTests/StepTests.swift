import Images
import Learning
import Networks
import Tensors
import Testing
import benchmark

@Suite("What the benchmark measures")
struct StepTests {
  private func encoder(_ stem: ResNet.Stem = .cifar, width: Int = 4, size: Int = 16) throws -> Network {
    try Network(.resnet(.resnet18, stem: stem, width: width, size: size))
  }

  @Test("its step is a step of train: the same losses, one after the other")
  func losses() throws {
    let images = try Shapes.generate(count: 8, test: 2, size: 16, seed: 5, run: Run()).train
    let trained = try encoder()
    let head = ProjectionHead(input: trained.outputWidth, widths: [1024, 512])
    let model = ContrastiveModel(
      encoder: trained, method: SimCLRMethod(head: head, loss: try NTXent(temperature: 0.5)),
      augmentation: .none)
    var plan = TrainingPlan()
    (plan.epochs, plan.batch, plan.rate, plan.weightDecay) = (4, 8, 1e-4, 0)
    plan.schedule = .constant
    try train(model, on: images, plan: plan, run: Run(seed: 3))
    let expected = model.history.steps.map(\.loss)

    let normalisation = try #require(model.normalisation)
    let pictures = try views(
      of: images, indices: Array(0..<8), epoch: 0, with: .none, outputSize: 16, normalisation: normalisation,
      run: Run())
    let step = try FixedStep(encoder: try encoder(), loss: try NTXent(temperature: 0.5), views: pictures)
    let measured = try (0..<4).map { _ in try step.take() }
    // Images come in another order in each epoch of a training, which changes the last digits.
    for (a, b) in zip(measured, expected) { #expect(abs(a - b) < 1e-4, "\(measured), not \(expected)") }
    #expect(expected.count == 4 && abs(expected[0] - expected[3]) > 0.01)
  }

  @Test("operations are those of a count by hand", arguments: ResNet.Stem.allCases)
  func operations(stem: ResNet.Stem) throws {
    let (width, size) = (8, 64)
    let first = stem == .cifar ? (kernel: 3, side: size) : (kernel: 7, side: size / 2)
    let begin = first.side * first.side * first.kernel * first.kernel * 3 * width
    var rest = 0
    for stage in 0..<4 {
      let side = (stem == .cifar ? size : size / 4) >> stage
      let (inputs, outputs) = (stage == 0 ? width : width << (stage - 1), width << stage)
      rest += side * side * 9 * (inputs * outputs + 3 * outputs * outputs)
      // The shortcut where a stage halves the picture.
      if stage > 0 { rest += side * side * inputs * outputs }
    }
    let head = ProjectionHead(input: 8 * width, widths: [1024, 512])
    let heads = 8 * width * 1024 + 1024 * 512
    // Forward, and backward to the weights and to the inputs; nobody asks for the gradient of the pictures.
    #expect(
      try encoder(stem, width: width, size: size).description.productsOfStep == 2 * begin + 3 * rest)
    #expect(head.productsOfStep == 3 * heads)
  }
}
