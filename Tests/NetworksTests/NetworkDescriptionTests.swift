import Base
import Networks
import Tensors
import Testing

@Suite("Networks described as data")
struct NetworkDescriptionTests {
  private static let all: [@Sendable () throws -> NetworkDescription] = [
    { try .cnn(width: 3, size: 13) }, { try .resnet(.resnet18, width: 4, size: 17) },
    { try .resnet(.resnet34, stem: .imagenet, width: 2, size: 33) },
    { try .resnet(.resnet50, width: 2, size: 9) },
    { try .resnet(.resnet50, stem: .imagenet, width: 3, size: 40) },
    { try .vit(.paper, layers: 2, heads: 3, patch: 4, size: 12, dropout: 0.25) },
    { try .vit(.standard, layers: 3, heads: 2, width: 10, patch: 5, size: 15, dropout: 0) },
  ]

  @Test(
    "say how many parameters the network has, what it gives, and whether it normalises",
    arguments: all.indices)
  func network(index: Int) throws {
    let description = try Self.all[index]()
    let network = try Network(description)
    let state = State(of: network)
    #expect(description.parameterCount == state.parameterCount)
    #expect(description.hasBatchNorm == state.entries.contains { $0.name.hasSuffix("running_mean") })
    var tape = Tape(pass: Pass(), mode: .evaluation)
    let x = random([2, description.inputSize, description.inputSize, 3], seed: 1)
    #expect(network.forward(x, saving: &tape).shape == [2, description.outputWidth])
    #expect(description.plan.last?.outputShape == [description.outputWidth])
  }

  @Test("are read again from what a weight file says of them", arguments: all.indices)
  func settings(index: Int) throws {
    let description = try Self.all[index]()
    #expect(try NetworkDescription(settings: description.metadata) == description)
    #expect(description.settings.first?.name == "architecture")
    for name in description.metadata.keys {
      let error: NetworkError =
        name == "architecture"
        ? .unknown(architecture: "none") : .lacks(architecture: description.architecture, setting: name)
      #expect(throws: error) {
        try NetworkDescription(settings: description.metadata.filter { $0.key != name })
      }
    }
  }

  @Test("count what a step multiplies")
  func products() throws {
    // 3×3×3·4 at 8×8 places, for the weights alone; then at half the side 3×3 from 4 to 8 channels, and so on.
    let forward = [27 * 4 * 64, 36 * 8 * 16, 72 * 16 * 4, 144 * 32]
    let cnn = try NetworkDescription.cnn(width: 4, size: 8)
    #expect(cnn.productsOfStep == 3 * forward.reduce(0, +) - forward[0])
    // 9 patches and the class; width 48: four products of weights, two of the MLP, and two of all pairs of tokens.
    let vit = try NetworkDescription.vit(.paper, layers: 2, heads: 3, patch: 4, size: 12)
    #expect(vit.productsOfStep == 3 * 2 * (10 * 6 * 48 * 48 + 2 * 10 * 10 * 48))
    #expect(ProjectionHead(input: 5, widths: [7, 3]).productsOfStep == 3 * (5 * 7 + 7 * 3))
  }

  @Test("too wide a network is refused before it is made, with a width that fits")
  func memory() throws {
    let wide = try NetworkDescription.vit(.standard, layers: 6, heads: 12, width: 768, patch: 4, size: 32)
    let free = 100 << 20
    try MachineMemory.$assumed.withValue(free) {
      let error = #expect(throws: NetworkError.self) { try Network(wide) }
      guard case .memory(architecture: "vit", .width, value: 768, least: 12, most: let width, _)? = error
      else {
        Issue.record("\(error as Any)")
        return
      }
      func bytes(_ width: Int) throws -> Int {
        8
          * (try NetworkDescription(settings: wide.metadata.merging(["width": "\(width)"]) { $1 }))
          .parameterCount
      }
      let (fitting, wider) = (try bytes(width), try bytes(width + 12))
      // An eighth of what is free is not counted on.
      let counted = free - free / 8
      #expect(fitting <= counted && wider > counted)
    }
  }
}

/// What torchvision computed in double precision (`Fixtures/make_resnet50_fixture.py`).
@Suite("ResNet50")
struct ResNet50Tests {
  @Test("has torchvision's names and shapes, outputs and gradients")
  func pytorch() throws {
    let reference = try Weights.read(fixture("resnet50.safetensors"))
    let network = try Network(.resnet(.resnet50, width: 2, size: 16))
    let state = State(of: network)
    let names = state.entries.map(\.name)
    #expect(
      names.map { "start." + $0 }.sorted() == reference.names.filter { $0.hasPrefix("start.") }.sorted())
    #expect(names.contains("layer1.0.conv3.weight") && names.contains("layer4.0.downsample.1.running_var"))
    var (start, gradients) = (State(), State())
    for (name, entry) in state.entries {
      start.add("start." + name, entry.tensor, as: state.format(of: name))
      if case .parameter = entry {
        gradients.add("gradient." + name, Tensor(entry.tensor.shape), as: state.format(of: name))
      }
    }
    try reference.load(into: start)
    try reference.load(into: gradients)

    let images = try #require(try reference.tensor("images"))
    var tape = Tape(pass: Pass(), mode: .training)
    #expect(largestError(network.forward(images, saving: &tape), try reference.tensor("output")) < 1e-4)
    _ = network.backward(try #require(try reference.tensor("towards")), from: &tape)
    #expect(tape.isEmpty)
    for (parameter, expected) in zip(state.parameters, gradients.entries) {
      #expect(largestError(parameter.gradient, expected.entry.tensor) < 5e-4, "\(expected.name)")
    }
    tape.commit()
    var evaluation = Tape(pass: Pass(), mode: .evaluation)
    let evaluated = network.forward(images, saving: &evaluation)
    #expect(largestError(evaluated, try reference.tensor("evaluated")) < 1e-4)
  }
}
