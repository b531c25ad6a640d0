import Tensors

extension NetworkDescription {
  /// The name of the architecture of networks that are given as a list of layers.
  public static let listed = "network"
  private static let sizes = 1...2048

  /// A network of these layers, one after the other; a list that says what another command makes gives that network.
  /// Shapes: x `[n, size, size, 3]`, y `[n, c]`, c what the last layer gives.
  ///
  /// Weight files have the names of PyTorch's `Sequential` called `layers`, whose items are counted from 0 without repetitions; of a residual
  /// `main` and `shortcut` are two more.
  /// - Throws: `LayerListError` where layers do not fit each other.
  public static func layers(
    _ list: [ListedLayer], size: Int, start: Start = .layers, recognising: Bool = true
  ) throws(LayerListError) -> NetworkDescription {
    guard sizes.contains(size) else { throw LayerListError([], nil, [], .number(size, sizes)) }
    let read = try LayerList(list, size: size)
    let known = recognising ? known(read.parts, size: size, start: start) : nil
    return known ?? NetworkDescription(list, read: read, size: size, start: start)
  }

  /// The layers as a list says them, also of a network that a command of its own makes.
  public var layerList: [ListedLayer] { list ?? ListedLayer.list(of: self) }

  /// Shape of the input of a layer of a list, and the layer with what it gives; nil where the layers up to it do not fit each other.
  public static func layer(
    at path: [Int], of list: [ListedLayer], size: Int
  ) -> (input: [Int], line: PlannedLayer)? {
    guard sizes.contains(size) else { return nil }
    return LayerList.line(at: path, of: list, size: size)
  }

  /// The network of a command whose parts are these but for their names; nil where none has them.
  private static func known(_ parts: [Part], size: Int, start: Start) -> NetworkDescription? {
    candidates(for: parts, size: size).first { candidate in
      guard let other = try? LayerList(ListedLayer.list(of: candidate), size: size) else {
        return false
      }
      return candidate.start == start && other.parts == parts
    }
  }

  /// Networks of commands with the sizes that these parts have.
  private static func candidates(for parts: [Part], size: Int) -> [NetworkDescription] {
    switch parts.first?.layer {
    case .convolution(let block):
      let residual = ResNet.Depth.allCases.flatMap { depth in
        ResNet.Stem.allCases.compactMap { try? resnet(depth, stem: $0, width: block.outputs, size: size) }
      }
      return ([try? cnn(width: block.outputs, size: size)] + residual).compactMap { $0 }
        .filter { $0.parts.count == parts.count }
    case .patches(let side, let width):
      let blocks = parts.compactMap { if case .transformer(let block) = $0.layer { block } else { nil } }
      guard let first = blocks.first else { return [] }
      let network = try? vit(
        width == nil ? .paper : .standard, layers: blocks.count, heads: first.heads, width: width,
        patch: side,
        size: size, dropout: first.dropout)
      return [network].compactMap { $0 }
    default: return []
    }
  }

  /// Throws `LayerListError` at the layer with the most weights where those of a list would not fit into memory.
  func checkListedMemory() throws {
    guard let list, let read = try? LayerList(list, size: inputSize) else { return }
    try MachineMemory.ask(for: trainedBytes(parameterCount)) { memory in
      let largest = table.indices.max { table[$0].parameters < table[$1].parameters } ?? 0
      return LayerListError(
        read.paths[largest], nil, [], .memory(layer: table[largest], memory))
    }
  }
}
