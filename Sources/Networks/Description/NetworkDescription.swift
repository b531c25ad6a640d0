import Tensors

/// Reasons why there is no network of a description.
public enum NetworkError: Error, Equatable {
  case unknown(architecture: String)
  /// A setting that a weight file does not give, or gives as what is none.
  case lacks(architecture: String, setting: String)
  /// No room for the weights and their gradients. From `least` to `most` there is, where any fits.
  case memory(
    architecture: String, NetworkDescription.Shrinking, value: Int, least: Int, most: Int, MemoryShortage)
  /// A list of layers in a form that a later version writes, or that nobody does.
  case newerLayers(version: Int, newest: Int)
  case unreadableLayers
  /// No room for a head of these widths.
  case headMemory([Int], fitting: [Int], MemoryShortage)
}

/// A network as data: from it follow the layers (`Network`), the table of them with shapes and numbers of parameters, what memory
/// they take, how many operations a step has, and what a weight file must say to make it again.
public struct NetworkDescription: Sendable, Equatable {
  public struct Part: Sendable, Equatable {
    public let name: String
    public let layer: LayerDescription

    public init(_ name: String, _ layer: LayerDescription) { (self.name, self.layer) = (name, layer) }
  }

  public struct Setting: Sendable, Equatable {
    public let name: String
    public let value: String
  }

  /// Initialisation of the weights.
  public enum Start: String, Sendable, CaseIterable {
    /// As PyTorch's layers start them; class token and positions uniform in 0…1.
    case layers
    /// Normal with deviation 0.02, cut off at two deviations.
    case small
  }

  /// Settings by which a network becomes smaller, under their names in weight files.
  public enum Shrinking: String, Sendable { case width, layers }

  /// The name of its architecture as a command spells it: "resnet18".
  public let architecture: String
  /// Side of the square images it was made for, in pixels.
  public let inputSize: Int
  /// Settings from which a weight file rebuilds it, besides the architecture, in the order in which a reader sees them.
  private let options: [Setting]
  public let parts: [Part]
  /// The parts with the shape that each gives, and how many numbers of it training changes.
  public let plan: [PlannedLayer]
  package let start: Start
  /// The setting by which it becomes smaller, and what that must be a multiple of.
  private let shrinking: Shrinking
  private let step: Int
  /// The list of layers that it was made from; nil of one that a command of its own makes.
  public let list: [ListedLayer]?
  /// A line for each layer as a reader sees them: of a list each layer, else each part.
  public let table: [PlannedLayer]

  public init(
    _ architecture: String, size: Int, settings: KeyValuePairs<String, String> = [:],
    shrinking: Shrinking = .width, step: Int = 1, start: Start = .layers, parts: [Part]
  ) {
    (self.architecture, inputSize, self.parts) = (architecture, size, parts)
    (self.shrinking, self.step, self.start) = (shrinking, step, start)
    options = settings.map { Setting(name: $0.key, value: $0.value) }
    plan = planned(parts, from: [size, size, 3])
    (list, table) = (nil, plan)
  }

  /// The network of a list of layers, which `LayerList` has read.
  init(_ list: [ListedLayer], read: LayerList, size: Int, start: Start) {
    (architecture, inputSize, parts) = (NetworkDescription.listed, size, read.parts)
    (shrinking, step, self.start, self.list, table) = (.width, 1, start, list, read.table)
    options = [
      Setting(name: "layers", value: ListedLayer.text(of: list)),
      Setting(name: "start", value: start.rawValue), Setting(name: "size", value: String(size)),
    ]
    plan = planned(parts, from: [size, size, 3])
  }

  public var settings: [Setting] { [Setting(name: "architecture", value: architecture)] + options }

  /// The settings as a weight file holds them.
  public var metadata: [String: String] {
    Dictionary(uniqueKeysWithValues: settings.map { ($0.name, $0.value) })
  }

  /// Length of a representation.
  public var outputWidth: Int { plan.last?.outputShape.last ?? 0 }
  /// Numbers that training changes.
  public var parameterCount: Int { plan.reduce(0) { $0 + $1.parameters } }
  /// Whether images of another size than it was made for do not go through: positions are learned, and so is what reads all places in a row.
  public var hasFixedSize: Bool { parts.contains { $0.layer == .tokens || $0.layer == .flatten } }
  /// Side of the patches that it cuts images into, and their number along a side; nil where it cuts none.
  public var patches: (side: Int, perSide: Int)? {
    guard case .patches(let side, _)? = parts.first?.layer else { return nil }
    return (side, inputSize / side)
  }
  /// Whether it is patches, tokens, blocks of attention, a norm or none and the class token, so that it can read some patches alone.
  public var isVisionTransformer: Bool {
    guard patches != nil, parts.count > 3, parts.last?.layer == .classToken else { return false }
    var middle = parts.dropFirst(2).dropLast()
    if middle.last?.layer == .layerNorm { middle.removeLast() }
    return !middle.isEmpty && middle.allSatisfy { if case .transformer = $0.layer { true } else { false } }
  }
  /// Whether the pictures of a batch are normalised together.
  public var hasBatchNorm: Bool { parts.contains { $0.layer.normalisesOverBatch } }

  /// Heads of each block of attention, in their order; none in a network of convolutions.
  public var attentionHeads: [Int] {
    parts.compactMap { if case .transformer(let block) = $0.layer { block.heads } else { nil } }
  }
  /// Rows and columns of places whose mean is the representation; nil where it is no mean.
  public var places: (rows: Int, columns: Int)? {
    guard parts.count > 1, parts.last?.layer == .meanPool else { return nil }
    let shape = plan[plan.count - 2].outputShape
    return shape.count == 3 ? (shape[0], shape[1]) : nil
  }

  /// Multiply-adds of a training step for one view: each product of the forward pass has two in the backward pass, one for either
  /// factor; the first part has only that for its weights.
  public var productsOfStep: Int { 3 * plan.reduce(0) { $0 + $1.products } - (plan.first?.products ?? 0) }

  /// Number of values of one image that are alive at once if no backward pass follows.
  package var aliveCount: Int {
    Networks.aliveCount(of: parts, plan, from: [inputSize, inputSize, 3])
  }

  /// Bytes that layers need besides: the weights of a convolution among Winograd's 36 frequencies, four times their own.
  package var scratchBytes: Int {
    max(64 << 20, 4 * MemoryLayout<Float>.stride * (plan.map(\.parameters).max() ?? 0))
  }

  /// Throws where the weights and gradients of the network would not fit into memory: `NetworkError`, of a list of layers `LayerListError`.
  public func checkMemory() throws {
    try checkListedMemory()
    guard let value = metadata[shrinking.rawValue].flatMap({ Int($0) }) else { return }
    func bytes(_ value: Int) -> Int {
      // Every smaller value that is asked about fits the other numbers as this one does.
      let settings = metadata.merging([shrinking.rawValue: String(max(step, value / step * step))]) { $1 }
      return trainedBytes((try? NetworkDescription(settings: settings))?.parameterCount ?? 0)
    }
    try MachineMemory.ask(for: trainedBytes(parameterCount)) { memory in
      let most = MachineMemory.largest(1...value, within: memory.counted, needing: bytes) ?? 0
      return NetworkError.memory(
        architecture: architecture, shrinking, value: value, least: step, most: most / step * step, memory)
    }
  }
}

/// One part after the other, the first reading numbers of the shape `input`.
func planned(_ parts: [NetworkDescription.Part], from input: [Int]) -> [PlannedLayer] {
  var shape = input
  return parts.map { part in
    let line = part.layer.planned(part.name, from: shape)
    shape = line.outputShape
    return line
  }
}

/// Bytes of so many numbers that training changes, each with its gradient.
package func trainedBytes(_ parameters: Int) -> Int { 2 * MemoryLayout<Float>.stride * parameters }

extension NetworkDescription {
  /// The network that a weight file describes. Throws where none is known under those settings.
  public init(settings: [String: String]) throws {
    let architecture = settings["architecture"] ?? "none"
    func read<T>(_ name: String, _ value: (String) -> T?) throws -> T {
      guard let value = settings[name].flatMap(value) else {
        throw NetworkError.lacks(architecture: architecture, setting: name)
      }
      return value
    }
    func number(_ name: String) throws -> Int { try read(name) { Int($0) } }
    if architecture == "cnn" {
      self = try .cnn(width: number("width"), size: number("size"))
    } else if architecture == "vit" {
      self = try .vit(
        read("style") { ViT.Style(rawValue: $0) }, layers: number("layers"), heads: number("heads"),
        width: number("width"), patch: number("patch"), size: number("size"),
        dropout: read("dropout") { Float($0) })
    } else if architecture == NetworkDescription.listed {
      self = try .layers(
        ListedLayer.list(in: read("layers") { $0 }), size: number("size"),
        start: read("start") { Start(rawValue: $0) })
    } else if let depth = ResNet.Depth(rawValue: architecture) {
      self = try .resnet(
        depth, stem: read("stem") { ResNet.Stem(rawValue: $0) }, width: number("width"), size: number("size"))
    } else {
      throw NetworkError.unknown(architecture: architecture)
    }
  }
}
