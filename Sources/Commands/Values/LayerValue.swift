import Language
import Networks

/// A layer of a network, for the list that `network` takes.
struct LayerValue: Value {
  static let typeName = "layer"
  let layer: ListedLayer

  init(_ layer: ListedLayer) { self.layer = layer }

  var summary: String { layer.cell }
}

/// A list of layers, in which a list stands for its layers.
struct LayerListValue: OptionValue {
  static let typeName = "list of layers"
  var layers: [ListedLayer] = []

  static func read(_ value: any Value) throws -> LayerListValue {
    guard let list = value as? List else { return LayerListValue(layers: [try layer(value)]) }
    return LayerListValue(layers: try layers(of: list))
  }

  private static func layers(of list: List) throws -> [ListedLayer] {
    guard list.values.count <= ListedLayer.most else {
      throw Problem(
        "A network has at most \(Format.counted(ListedLayer.most, "layer")).", kind: .badValue)
    }
    return try list.values.enumerated().map { place, value in
      do { return try layer(value) } catch var mismatch as Mismatch {
        mismatch.path.insert(place, at: 0)
        throw mismatch
      }
    }
  }

  private static func layer(_ value: any Value) throws -> ListedLayer {
    switch value {
    case let layer as LayerValue: return layer.layer
    case let list as List: return .group(try layers(of: list))
    default: throw Mismatch(expected: typeName, found: value)
    }
  }

  var written: String { layers.list }
}

extension [ListedLayer] {
  /// The list as a cell writes it, on one line.
  var list: String { "[" + map(\.cell).joined(separator: ", ") + "]" }
}

extension ListedLayer {
  /// The command that gives this layer, as an item of a list: in parentheses where something is given to it.
  var cell: String {
    func command(_ words: String...) -> String { "(\(words.filter { !$0.isEmpty }.joined(separator: " ")))" }
    /// An option where it is not the default.
    func given<O, T: OptionValue & Equatable>(
      _ declared: Command<O>, _ path: KeyPath<O, T>, _ value: T, unless usual: T
    ) -> String { value == usual ? "" : declared.given(path, value) }
    switch self {
    case .convolution(let channels, let size, let stride):
      let verb = ConvolutionLayer.command
      return command(
        verb.name, "\(channels)", given(verb, \.size, size, unless: 3),
        given(verb, \.stride, stride, unless: 1))
    case .norm(.batch): return NormLayer.command.name
    case .norm(let kind): return command(NormLayer.command.name, kind.written)
    case .relu: return PlainLayers.relu.name
    case .gelu: return PlainLayers.gelu.name
    case .dropout(let share): return command(DropoutLayer.command.name, share.written)
    case .pool(.mean): return PoolLayer.command.name
    case .pool(let kind): return command(PoolLayer.command.name, kind.written)
    case .window(let kind, let size, let stride):
      let verb = PoolLayer.command
      return command(
        verb.name, kind.written, verb.given(\.size, size), given(verb, \.stride, stride, unless: size))
    case .linear(let outputs): return command(LinearLayer.command.name, "\(outputs)")
    case .flatten: return PlainLayers.flatten.name
    case .residual(let layers): return command(ResidualLayer.command.name, layers.list)
    case .attention(let attention):
      let verb = AttentionLayer.command
      return command(
        verb.name, "\(verb.word(\.$heads))=\(attention.heads)",
        attention.hidden.map { verb.given(\.hidden, $0) } ?? "",
        given(verb, \.bend, attention.bend, unless: .gelu),
        given(verb, \.dropout, attention.dropout, unless: 0))
    case .patches(let side, let width):
      let verb = PatchesLayer.command
      return command(verb.name, "\(side)", width.map { verb.given(\.width, $0) } ?? "")
    case .positions: return PlainLayers.positions.name
    case .repeated(let times, let layers):
      return command(RepeatedLayers.command.name, "\(times)", layers.list)
    case .group(let layers): return layers.list
    }
  }

  /// Whether it goes on the line of the layer before it, where code is laid out.
  private var followsOnLine: Bool {
    switch self {
    case .norm, .relu, .gelu, .dropout, .positions: true
    default: false
    }
  }

  /// A cell that makes a network of these layers: a line for each with what follows it, so that one can be changed.
  static func cell(of network: NetworkDescription) -> String {
    var lines: [String] = []
    let layers = network.layerList
    for (place, layer) in layers.enumerated() {
      let text = layer.cell + (place + 1 < layers.count ? "," : "")
      if layer.followsOnLine, let last = lines.last {
        lines[lines.count - 1] = "\(last) \(text)"
      } else {
        lines.append("  " + text)
      }
    }
    let verb = MakeNetwork.command
    let start = network.start == .layers ? "" : " " + verb.given(\.start, network.start)
    return (["\(verb.name) \(verb.given(\.size, network.inputSize))\(start) ["] + lines + ["]"])
      .joined(separator: "\n")
  }
}
