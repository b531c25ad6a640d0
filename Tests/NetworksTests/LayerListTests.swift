import Base
import Networks
import Tensors
import Testing

@Suite("Networks as lists of layers")
struct LayerListTests {
  private static let builtIn: [@Sendable () throws -> NetworkDescription] = [
    { try .cnn(width: 3, size: 13) }, { try .resnet(.resnet18, width: 4, size: 17) },
    { try .resnet(.resnet34, stem: .imagenet, width: 2, size: 33) },
    { try .resnet(.resnet50, width: 2, size: 9) },
    { try .resnet(.resnet50, stem: .imagenet, width: 3, size: 40) },
    { try .vit(.paper, layers: 2, heads: 3, patch: 4, size: 12, dropout: 0.25) },
    { try .vit(.standard, layers: 3, heads: 2, width: 10, patch: 5, size: 15, dropout: 0) },
  ]

  /// Lists that no other command makes, with what is particular to each.
  private static let own: [(name: String, size: Int, list: [ListedLayer])] = [
    (
      "the readme's", 8,
      [
        .convolution(channels: 4), .norm(.batch), .relu,
        .residual([
          .convolution(channels: 6, stride: 2), .norm(.batch), .relu, .convolution(channels: 6),
          .norm(.batch),
        ]), .relu, .pool(.mean), .linear(5),
      ]
    ),
    (
      "offsets", 6,
      [.convolution(channels: 3, size: 5), .gelu, .convolution(channels: 2, size: 1), .pool(.max)]
    ),
    (
      "pools", 9,
      [
        .convolution(channels: 3), .norm(.layer), .gelu, .window(.max, size: 2, stride: 2),
        .convolution(channels: 4), .norm(.batch), .window(.mean, size: 3, stride: 2), .relu, .flatten,
        .linear(6), .norm(.batch), .relu, .dropout(0.3), .linear(3), .norm(.layer),
      ]
    ),
    (
      "normalised before", 6,
      [
        .convolution(channels: 4), .norm(.batch), .relu,
        .residual([
          .norm(.batch), .relu, .convolution(channels: 4), .norm(.batch), .relu, .convolution(channels: 4),
        ]),
        .residual([.convolution(channels: 6, stride: 2), .norm(.batch), .relu]), .norm(.batch), .relu,
        .pool(.mean),
      ]
    ),
    (
      "residuals within", 6,
      [
        .group([.convolution(channels: 3), .norm(.batch)]),
        .residual([
          .residual([.convolution(channels: 3), .gelu]), .relu, .convolution(channels: 3), .norm(.batch),
        ]), .pool(.mean), .residual([.linear(3), .relu]), .residual([.relu, .linear(4)]),
      ]
    ),
    ("colours alone", 4, [.pool(.mean), .linear(2)]),
    (
      "tokens in the mean", 6,
      [
        .patches(side: 3, width: 4), .positions, .repeated(2, [.attention(.init(heads: 2, hidden: 5))]),
        .pool(.mean), .linear(3),
      ]
    ),
    (
      "the class after more", 4,
      [
        .patches(side: 2, width: nil), .positions, .attention(.init(heads: 3, bend: .relu)), .norm(.layer),
        .residual([.linear(7), .gelu, .linear(12)]), .pool(.class), .linear(3), .norm(.batch),
      ]
    ),
    (
      "tokens normalised over the batch", 4,
      [
        .patches(side: 2, width: 6), .positions, .attention(.init(heads: 1)), .norm(.batch), .gelu,
        .pool(.class),
      ]
    ),
    ("no attention", 4, [.patches(side: 2, width: 4), .positions, .linear(3), .pool(.class)]),
    (
      "the largest token", 4,
      [.patches(side: 2, width: 4), .positions, .attention(.init(heads: 2)), .pool(.max)]
    ),
    ("all tokens", 4, [.patches(side: 2, width: 4), .positions, .attention(.init(heads: 2)), .flatten]),
  ]

  @Test("say what other commands make, and are the same network", arguments: builtIn.indices)
  func known(index: Int) throws {
    let description = try Self.builtIn[index]()
    let list = description.layerList
    #expect(
      try NetworkDescription.layers(list, size: description.inputSize, start: description.start)
        == description)
    // Also where repetitions are written out.
    let flat = list.flatMap { layer -> [ListedLayer] in
      if case .repeated(let times, let layers) = layer {
        (0..<times).flatMap { _ in layers }
      } else {
        [layer]
      }
    }
    let again = try NetworkDescription.layers(flat, size: description.inputSize, start: description.start)
    #expect(again == description)
    #expect(again.table == description.plan)
  }

  @Test("give the bits of those networks layer by layer too", arguments: builtIn.indices)
  func bits(index: Int) throws {
    let known = try Self.builtIn[index]()
    let listed = try NetworkDescription.layers(
      known.layerList, size: known.inputSize, start: known.start, recognising: false)
    #expect(listed.architecture == "network" && listed.parameterCount == known.parameterCount)
    #expect(listed.productsOfStep == known.productsOfStep)
    let networks = try [known, listed].map { try Network($0, seed: 7) }
    let x = random([4, known.inputSize, known.inputSize, 3], seed: 2)
    let results = networks.map { network -> [[Float]] in
      var tape = Tape(pass: Pass(seed: 3), mode: .training)
      let y = network.forward(x, saving: &tape)
      _ = network.backward(random(y.shape, seed: 4), from: &tape)
      tape.commit()
      let state = State(of: network)
      return [y.elements] + state.parameters.flatMap { [$0.value.elements, $0.gradient.elements] }
        + state.entries.map(\.entry.tensor.elements)
    }
    #expect(results[0] == results[1])
  }

  @Test("have the shapes, weights and gradients that they say", arguments: own.indices)
  func free(index: Int) throws {
    let (name, size, list) = Self.own[index]
    let description = try NetworkDescription.layers(list, size: size)
    #expect(description.architecture == "network", "\(name)")
    #expect(try NetworkDescription(settings: description.metadata) == description)
    #expect(description.table.reduce(0) { $0 + $1.parameters } == description.parameterCount)
    #expect(description.table.last?.outputShape == [description.outputWidth])
    let network = try Network(description, seed: 1)
    let state = State(of: network)
    #expect(state.parameterCount == description.parameterCount)
    #expect(description.hasBatchNorm == state.entries.contains { $0.name.hasSuffix("running_mean") })
    #expect(state.entries.allSatisfy { $0.name.hasPrefix("layers.") })
    var tape = Tape(pass: Pass(), mode: .evaluation)
    #expect(
      network.forward(Tensor([0, size, size, 3]), saving: &tape).shape == [0, description.outputWidth])
    let x = random([4, size, size, 3], seed: 5)
    let worst = worstGradientError(of: network, at: x, kinks: true, checkInput: false)
    #expect(worst.relative < 2e-2, "\(name): worst in \(worst.name)")
    #expect(worst.skipped < 0.4, "\(name): \(worst.skipped)")
  }

  @Test("are called in weight files as in PyTorch's Sequential")
  func names() throws {
    let network = try Network(.layers(Self.own[0].list, size: 8))
    #expect(
      State(of: network).entries.map(\.name).filter { !$0.contains("running") && !$0.contains("tracked") }
        == ["0.weight", "1.weight", "1.bias", "3.main.0.weight", "3.main.1.weight", "3.main.1.bias"].map {
          "layers." + $0
        }
        + ["3.main.3.weight", "3.main.4.weight", "3.main.4.bias", "3.shortcut.0.weight"].map {
          "layers." + $0
        }
        + ["3.shortcut.1.weight", "3.shortcut.1.bias", "6.weight", "6.bias"].map { "layers." + $0 })
  }

  @Test("are bits whatever the number of workers", arguments: own.indices)
  func workers(index: Int) throws {
    let (_, size, list) = Self.own[index]
    let x = random([5, size, size, 3], seed: 6)
    let gradients = try [1, 2, 3].map { count in
      let network = try Network(.layers(list, size: size), seed: 1)
      var tape = Tape(pass: Pass(seed: 2, workers: Workers(count: count)), mode: .training)
      let y = network.forward(x, saving: &tape)
      _ = network.backward(random(y.shape, seed: 3), from: &tape)
      return State(of: network).parameters.map(\.gradient.elements) + [y.elements]
    }
    #expect(gradients[0] == gradients[1] && gradients[0] == gradients[2])
  }

  @Test("that make no network name the layer, its way and what came in")
  func errors() {
    typealias Case = (list: [ListedLayer], path: [Int], shape: [Int], reason: LayerListError.Reason)
    let cases: [Case] = [
      ([], [], [], .empty), ([.group([])], [], [], .empty),
      ([.convolution(channels: 4)], [0], [8, 8, 4], .end),
      ([.pool(.mean), .convolution(channels: 4)], [1], [3], .needsPicture),
      ([.linear(4)], [0], [8, 8, 3], .needsRow), ([.pool(.class)], [0], [8, 8, 3], .needsTokens),
      ([.attention(.init(heads: 1))], [0], [8, 8, 3], .needsTokens),
      ([.window(.max, size: 9, stride: 1)], [0], [8, 8, 3], .window(most: 8)),
      (
        [.window(.max, size: 8, stride: 8), .convolution(channels: 2, size: 5)], [1], [1, 1, 3],
        .window(most: 3)
      ),
      ([.convolution(channels: 2, stride: 9)], [0], [8, 8, 3], .stride(most: 8)),
      ([.convolution(channels: 2, size: 4)], [0], [8, 8, 3], .evenSize),
      ([.convolution(channels: 0)], [0], [8, 8, 3], .number(0, 1...65_536)),
      ([.dropout(1)], [0], [8, 8, 3], .share(1)),
      ([.relu, .patches(side: 2, width: 4)], [1], [8, 8, 3], .notFirst),
      ([.patches(side: 3, width: 4)], [0], [8, 8, 3], .patches(nearest: 2)),
      ([.patches(side: 2, width: 4)], [0], [8, 8, 3], .patchesWithoutPositions),
      ([.patches(side: 2, width: 4), .pool(.mean)], [1], [4, 4, 4], .patchesWithoutPositions),
      ([.positions], [0], [8, 8, 3], .positionsAfterPatches),
      (
        [.patches(side: 2, width: 6), .positions, .attention(.init(heads: 4))], [2], [17, 6],
        .heads(fitting: 3)
      ),
      ([.residual([])], [0], [8, 8, 3], .emptyResidual),
      ([.relu, .residual([.relu, .pool(.mean)])], [1, 1], [8, 8, 3], .withinResidual),
      (
        [.window(.max, size: 8, stride: 1), .residual([.relu, .linear(4)])], [1, 1], [1, 1, 3], .needsRow
      ),
      (
        [.convolution(channels: 4), .residual([.window(.max, size: 4, stride: 3)])], [1], [8, 8, 4],
        .sum([2, 2, 4], [3, 3, 4])
      ),
      ([.repeated(600, [.relu])], [0, 0], [], .many(most: 1000)),
      ([.relu, .group(Array(repeating: .relu, count: 1000))], [1, 998], [], .many(most: 1000)),
      ([.repeated(Int.max, [.repeated(Int.max, [])])], [0, 0], [], .many(most: 1000)),
    ]
    for (list, path, shape, reason) in cases {
      let error = #expect(throws: LayerListError.self, "\(list)") {
        try NetworkDescription.layers(list, size: 8)
      }
      #expect(error?.path == path && error?.reason == reason, "\(list): \(error as Any)")
      if !shape.isEmpty { #expect(error?.shape == shape, "\(list): \(error as Any)") }
    }
  }

  @Test("of more weights than there is memory are refused at the layer that has the most")
  func memory() throws {
    let list: [ListedLayer] = [.convolution(channels: 8), .relu, .flatten, .linear(4096), .relu, .linear(8)]
    let description = try NetworkDescription.layers(list, size: 64)
    MachineMemory.$assumed.withValue(100 << 20) {
      let error = #expect(throws: LayerListError.self) { try Network(description) }
      #expect(error?.path == [3])
      guard case .memory(let layer, _)? = error?.reason else {
        Issue.record("\(error as Any)")
        return
      }
      #expect(layer.parameters == (64 * 64 * 8 + 1) * 4096)
    }
  }

  @Test("in a file of a later form are refused by it, and others that make no sense are errors")
  func forms() throws {
    func settings(_ layers: String) -> [String: String] {
      ["architecture": "network", "size": "8", "start": "layers", "layers": layers]
    }
    let pool = "{\"layer\":\"pool\",\"kind\":\"mean\"}"
    let known = try NetworkDescription(settings: settings("{\"version\":1,\"layers\":[\(pool)]}"))
    #expect(known.outputWidth == 3)
    #expect(throws: NetworkError.newerLayers(version: 2, newest: 1)) {
      try NetworkDescription(settings: settings("{\"version\":2,\"layers\":[\(pool)]}"))
    }
    let broken = [
      "", "{", "[]", "{\"layers\":[\(pool)]}", "{\"version\":1}", "{\"version\":1,\"layers\":[7]}",
      "{\"version\":1,\"layers\":[{\"layer\":\"magic\"}]}",
      "{\"version\":1,\"layers\":[{\"layer\":\"pool\"}]}",
      "{\"version\":1,\"layers\":[{\"layer\":\"convolution\",\"channels\":2.5,\"size\":3,\"stride\":1}]}",
      "{\"version\":1,\"layers\":[{\"layer\":\"dropout\",\"share\":\"many\"}]}",
    ]
    for text in broken {
      #expect(throws: NetworkError.unreadableLayers, "\(text)") {
        try NetworkDescription(settings: settings(text))
      }
    }
    #expect(throws: LayerListError.self) {
      try NetworkDescription(
        settings: settings("{\"version\":1,\"layers\":[{\"layer\":\"dropout\",\"share\":\"nan\"}]}"))
    }
  }
}
