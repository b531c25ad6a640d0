import Base
import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

/// A model of a case on a narrow network, for images of 16×16.
private func model(_ name: String, _ description: NetworkDescription? = nil) throws -> ContrastiveModel {
  var random = RandomStream(seed: 1)
  let encoder = try Network(
    ownEncoder(of: name) ?? description ?? .resnet(.resnet18, stem: .cifar, width: 2, size: 16),
    random: &random)
  let make = try #require(methodCases.first { $0.name == name }).make
  return ContrastiveModel(encoder: encoder, method: try make(encoder, &random), augmentation: .simclr)
}

private func reopened(_ model: ContrastiveModel) throws -> ContrastiveModel {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("m-\(UUID()).safetensors").path
  defer { try? FileManager.default.removeItem(atPath: path) }
  try model.save(to: path)
  return try ContrastiveModel.open(path)
}

/// Mean deviation of the columns.
private func deviation(_ x: Tensor) -> Double {
  let (rows, width) = (x.shape[0], x.shape[1])
  return (0..<width).reduce(0) { sum, column in
    let values = (0..<rows).map { Double(x[$0 * width + column]) }
    let mean = values.reduce(0, +) / Double(rows)
    return sum + (values.reduce(0) { $0 + pow($1 - mean, 2) } / Double(rows)).squareRoot()
  } / Double(width)
}

@Suite("Methods")
struct MethodsTests {
  @Test("the same bits for any number of workers", arguments: methodCases.map(\.name))
  func workers(name: String) throws {
    let images = try shapes(48).train
    func trained(_ workers: Int) throws -> ContrastiveModel {
      let model = try model(name)
      try train(
        model, on: images, plan: plan(epochs: 2, batch: 11),
        run: Run(seed: 3, workers: Workers(count: workers)))
      return model
    }
    let one = try trained(1)
    #expect(try weights(trained(3)) == weights(one) && one.history.steps.count == 8)
    #expect(one.history.steps.allSatisfy { $0.loss.isFinite })
  }

  @Test(
    "stopped, saved, opened and gone on with, twin, queue, prototypes and centre are as if nothing had happened",
    arguments: methodCases.map(\.name))
  func resumed(name: String) throws {
    let images = try shapes(48).train
    let (whole, stopped) = (try model(name), try model(name))
    try train(whole, on: images, plan: plan(epochs: 3, batch: 11), run: Run(seed: 3))
    let stop = StopAt(step: 3)
    #expect(throws: Interrupted.self) {
      try train(
        stopped, on: images, plan: plan(epochs: 3, batch: 11),
        run: Run(seed: 3, interrupt: stop.interrupt, onProgress: stop.report))
    }
    let opened = try reopened(stopped)
    #expect(opened.method.settings == stopped.method.settings)
    #expect(type(of: opened.method).name == type(of: whole.method).name)
    #expect(opened.state.entries.map(\.name) == whole.state.entries.map(\.name))
    try resumeTraining(opened, on: images, run: Run(seed: 3))
    #expect(weights(opened) == weights(whole))
    #expect(opened.history.steps.map(\.loss) == whole.history.steps.map(\.loss))
    #expect(opened.history.lossName == whole.method.lossName)
    for output in Output.allCases {
      let found = try embed(images, with: opened, output: output, run: Run())
      #expect(try found.elements == embed(images, with: whole, output: output, run: Run()).elements)
      #expect(output == .h || found.shape == [48, whole.method.outputWidth])
    }
  }

  /// But for those whose constants are made of the weights themselves, and so move with them.
  private static let differentiable = methodCases.map(\.name).filter {
    !["simsiam", "nnclr", "swav", "swav-plain", "dclw"].contains($0)
  }

  @Test("gradients are those of differences, for an odd number of images", arguments: differentiable)
  func gradient(name: String) throws {
    let images = try shapes(7).train
    let model = try model(name, .cnn(width: 3, size: 16))
    let labels = [0, 1, 0, 2, 1, 0, 3]
    func loss() throws -> Double {
      try model.using { lease in
        let pass = Pass(seed: 5)
        var step = BatchPass(
          of: lease, [Portion(epoch: 0, indices: Array(0..<images.count))], from: queue(images, model), at: 0,
          in: pass)
        return try lease.method.loss(of: try step.forward(labels: labels), pass: pass).loss
      }
    }
    // DINO's loss bends within hundredths of its small weights.
    let nudge: Float = name.hasPrefix("dino") ? 1e-4 : 1e-3
    _ = try gradients(model, images, labels: labels)
    let parameters = model.state.parameters
    // Copies: the losses below add to the prototypes' gradients.
    let found = parameters.map { $0.gradient.copy() }
    let all = found.flatMap(\.elements).map(abs).max() ?? 0
    // Behind the encoder, where single precision tells differences apart.
    let first = try State(of: model.network).parameters.count
    for (parameter, gradient) in zip(parameters, found).dropFirst(first) {
      for place in Set([0, parameter.value.count / 2, parameter.value.count - 1]) {
        let before = parameter.value[place]
        parameter.value[place] = before + nudge
        let above = try loss()
        parameter.value[place] = before - nudge
        let slope = (above - (try loss())) / Double(2 * nudge)
        parameter.value[place] = before
        let expected = Double(gradient[place])
        #expect(
          abs(slope - expected) < 0.03 * abs(expected) + 0.02 * Double(all) + 1e-3,
          "\(slope) instead of \(expected)")
      }
    }
    #expect(all > 0)
  }

  @Test("what is too little or too much for a method is refused before any work")
  func refused() throws {
    let images = try shapes(48).train
    func refusal(_ name: String, batch: Int, of images: ImageSet, _ error: MethodUseError) {
      #expect(throws: error) {
        try train(model(name), on: images, plan: plan(epochs: 1, batch: batch), run: Run())
      }
    }
    refusal("barlow", batch: 2, of: images, .correlations(batch: 2))
    refusal("vicreg", batch: 2, of: images, .correlations(batch: 2))
    refusal("swav-plain", batch: 6, of: images, .prototypes(7, batch: 6, queue: 0))
    let few = try shapes(20).train
    refusal("moco", batch: 10, of: few, .longQueue(45, most: 40, few.name, images: 20))
    refusal("nnclr", batch: 10, of: few, .longQueue(25, most: 20, few.name, images: 20))
    let plain = try ImageSet(
      name: "plain", pixels: [UInt8](repeating: 9, count: 24 * 768), size: 16, labels: nil, classes: [])
    #expect(throws: SupervisedError.unlabelled("plain")) {
      try train(model("supcon"), on: plain, plan: plan(epochs: 1, batch: 12), run: Run())
    }
    var random = RandomStream(seed: 1)
    let vision = try Network(
      .vit(.standard, layers: 1, heads: 2, width: 16, patch: 8, size: 16), random: &random)
    #expect(throws: MethodUseError.fixedSize(architecture: "vit", 9, size: 16)) {
      try DINOMethod(encoder: vision, options: .init(small: SmallViews(2)), random: &random)
    }
    let resnet = NetworkDescription.self
    #expect(throws: MethodUseError.largeCrops(16, size: 16)) {
      try SwAVMethod(
        encoder: resnet.cnn(width: 2, size: 16), options: .init(small: SmallViews(2, side: 16)),
        random: &random)
    }
    #expect(throws: ResNetError.small(5, .cifar)) {
      try SwAVMethod(
        encoder: resnet.resnet(.resnet18, width: 2, size: 16),
        options: .init(small: SmallViews(2, side: 5)), random: &random)
    }
  }

  /// z after a short training.
  private func zAfter(_ method: (any Networks.Encoder, inout RandomStream) throws -> any Method) throws
    -> Tensor
  {
    let images = try shapes(160).train
    var random = RandomStream(seed: 4)
    let encoder = try Network(.cnn(width: 8, size: 16), random: &random)
    let model = ContrastiveModel(
      encoder: encoder, method: try method(encoder, &random), augmentation: .simclr)
    var plan = plan(epochs: 40, batch: 32)
    plan.rate = 3e-3
    plan.schedule = .constant
    try train(model, on: images, plan: plan, run: Run(seed: 2))
    return try embed(images, with: model, output: .z, run: Run())
  }

  @Test("without its variance term VICReg collapses, and with it it does not")
  func vicregCollapse() throws {
    func z(_ variance: Double) throws -> Tensor {
      try zAfter {
        VICRegMethod(
          inputWidth: $0.outputWidth, options: .init(head: [64, 64], variance: variance), random: &$1)
      }
    }
    let (whole, without) = (deviation(try z(25)), deviation(try z(0)))
    #expect(whole > 0.5 && without < 0.2, "\(whole) and \(without)")
  }
}
