import Foundation
import Images
import Learning
import Networks
import Tensors
import Testing

@Suite("Masked autoencoder")
struct MaskedTests {
  private let description: NetworkDescription
  init() throws {
    description = try .vit(.standard, layers: 2, heads: 2, width: 16, patch: 4, size: 16, dropout: 0)
  }

  private func model(_ options: MAEMethod.Options = .init()) throws -> ContrastiveModel {
    var random = RandomStream(seed: 1)
    let encoder = try Network(description, random: &random)
    let method = try MAEMethod(encoder: description, options: options, random: &random)
    return ContrastiveModel(encoder: encoder, method: method, augmentation: .none)
  }

  private func rows(_ model: ContrastiveModel, _ views: Tensor) throws -> Tensor {
    try model.using { lease in
      var tape = Tape(pass: Pass(seed: 2), mode: .training)
      return lease.method.forward(views, through: lease.encoder, group: 0, saving: &tape).rows
    }
  }

  @Test(
    "three quarters of the patches are hidden, drawn for each image; what they hold changes no prediction")
  func hidden() throws {
    let model = try model()
    var random = RandomStream(seed: 3)
    let views = Tensor([3, 16, 16, 3], (0..<3 * 768).map { _ in random.normal() })
    let before = try rows(model, views)
    #expect(before.shape == [3, 16 * 48 + 16])
    let flags = (0..<3).map { image in (0..<16).filter { before[image * 784 + 768 + $0] == 1 } }
    #expect(flags.allSatisfy { $0.count == 12 } && Set(flags).count > 1)
    func changed(_ patch: Int) -> Tensor {
      let other = views.copy()
      for y in 0..<4 {
        for at in 0..<12 { other[((patch / 4 * 4 + y) * 16 + patch % 4 * 4) * 3 + at] += 5 }
      }
      return other
    }
    for patch in 0..<16 {
      let after = try rows(model, changed(patch)).elements
      #expect((after == before.elements) == flags[0].contains(patch), "patch \(patch)")
    }
  }

  @Test("an encoder that sees all patches is the network itself")
  func whole() throws {
    var random = RandomStream(seed: 1)
    for style in ViT.Style.allCases {
      let description = try NetworkDescription.vit(
        style, layers: 2, heads: 2, width: style == .paper ? nil : 16, patch: 4, size: 12, dropout: 0)
      let network = try Network(description, random: &random)
      let x = Tensor([3, 12, 12, 3], (0..<3 * 432).map { _ in random.normal() })
      var tape = Tape(pass: Pass(), mode: .evaluation)
      let all = VisiblePatches(Array(repeating: Array(0..<9), count: 3), of: 9)
      let rows = try #require(VisibleEncoder(of: network)).forward(x, all, saving: &tape)
      let (found, expected) = (rows.rows([0, 10, 20]).elements, network.forward(x, saving: &tape).elements)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 })
    }
    let convolutional = try Network(.cnn(width: 2, size: 12))
    #expect(VisibleEncoder(of: convolutional) == nil)
  }

  @Test("with all patches visible but one, gradients of the encoder are those of differences")
  func gradient() throws {
    let images = try shapes(3).train
    let model = try model(.init(hidden: 0.4, decoder: .init(width: 8, layers: 1, heads: 2)))
    func loss() throws -> Double {
      try model.using { lease in
        let pass = Pass(seed: 5)
        var step = BatchPass(
          of: lease, [Portion(epoch: 0, indices: [0, 1, 2])], from: queue(images, model), at: 0, in: pass)
        return try lease.method.loss(of: try step.forward(), pass: pass).loss
      }
    }
    // Larger weights than training begins with, so that single precision tells differences apart.
    for parameter in model.state.parameters where parameter.decays {
      for at in 0..<parameter.value.count { parameter.value[at] *= 8 }
    }
    _ = try gradients(model, images)
    let parameters = model.state.parameters
    let found = parameters.map { $0.gradient.copy() }
    let all = found.flatMap(\.elements).map(abs).max() ?? 0
    for (parameter, gradient) in zip(parameters, found) {
      let largest = gradient.elements.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
      for place in Set([0, parameter.value.count - 1, largest]) {
        let before = parameter.value[place]
        parameter.value[place] = before + 4e-3
        let above = try loss()
        parameter.value[place] = before - 4e-3
        let slope = (above - (try loss())) / 8e-3
        parameter.value[place] = before
        let expected = Double(gradient[place])
        #expect(
          abs(slope - expected) < 0.03 * abs(expected) + 0.004 * Double(all),
          "\(slope) instead of \(expected)")
      }
    }
    #expect(all > 0)
  }

  @Test("in chunks and alone the loss is that of other masks, and training makes it smaller")
  func trains() throws {
    let images = try shapes(96).train
    let model = try model()
    var plan = plan(epochs: 12, batch: 16)
    plan.rate = 3e-3
    try train(model, on: images, plan: plan, run: Run(seed: 1))
    let losses = model.history.epochs.map(\.loss)
    #expect(losses[11] < 0.93 * losses[0], "\(losses)")
    plan.epochs = 1
    plan.chunk = 5
    try train(model, on: images, plan: plan, run: Run(seed: 1))
    plan.chunk = nil
    plan.views = .alone
    try train(model, on: images, plan: plan, run: Run(seed: 1))
    #expect(model.history.epochs[12...].allSatisfy { $0.loss < losses[0] })
  }

  @Test("what is no vision transformer, and a decoder that cannot be, are refused")
  func refused() throws {
    func refusal(_ encoder: NetworkDescription, _ decoder: PatchDecoder.Shape, _ error: MethodUseError) {
      #expect(throws: error) {
        var random = RandomStream(seed: 1)
        return try MAEMethod(encoder: encoder, options: .init(decoder: decoder), random: &random)
      }
    }
    refusal(try .resnet(.resnet18, width: 2), .init(), .noPatches(architecture: "resnet18"))
    refusal(
      try .vit(.standard, layers: 1, heads: 2, width: 16, patch: 16, size: 16), .init(),
      .fewPatches(1, size: 16))
    refusal(
      description, .init(width: 30, heads: 3), .decoderWidth(30, heads: 3, fitting: 36))
    refusal(description, .init(width: 8, heads: 3), .decoderWidth(8, heads: 3, fitting: 12))
  }
}
