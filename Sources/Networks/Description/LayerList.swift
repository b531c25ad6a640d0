import Base

/// Turns a list of layers into the parts of a network: it follows the shape of one picture through them, and joins what the engine computes
/// in one go, a convolution with the norm and the rectifier behind it, and a residual with its rectifier.
struct LayerList {
  private(set) var parts: [NetworkDescription.Part] = []
  /// A line for each layer as it is listed, counted from 1.
  private(set) var table: [PlannedLayer] = []
  /// Way to the layer of each line.
  private(set) var paths: [[Int]] = []
  /// Shape of what the layers so far give.
  private(set) var shape: [Int]
  let layers: [ListedLayer.Placed]
  /// Begin of the names of tensors in weight files, which are those of PyTorch's `Sequential`.
  private let prefix: String
  /// Whether the list stands in a residual.
  let isInner: Bool
  private var count: Int

  /// The whole list, for pictures of `size` pixels. Throws `LayerListError` where it makes no network.
  init(_ list: [ListedLayer], size: Int) throws(LayerListError) {
    try self.init(list, from: [size, size, 3], prefix: "layers.", path: [], isInner: false, count: 0)
    guard let last = layers.last else { throw LayerListError([], nil, [], .empty) }
    guard shape.count == 1 else { throw LayerListError(last.path, last.layer, shape, .end) }
  }

  /// Shape of the input of the layer at the end of `path`, and the layer with what it gives, whatever follows it; of one within a residual that of the
  /// residual. Nil where the layers up to it do not fit each other.
  static func line(at path: [Int], of list: [ListedLayer], size: Int)
    -> (input: [Int], line: PlannedLayer)?
  {
    guard let first = path.first else { return nil }
    // A norm behind a convolution says that this has no offsets.
    for count in [3, 2, 1] {
      guard
        let read = try? LayerList(
          Array(list.prefix(first + count)), from: [size, size, 3], prefix: "", path: [], isInner: false,
          count: 0),
        let place = read.paths.lastIndex(where: { path.starts(with: $0) || $0.starts(with: path) })
      else { continue }
      return (place > 0 ? read.table[place - 1].outputShape : [size, size, 3], read.table[place])
    }
    return nil
  }

  private init(
    _ list: [ListedLayer], from shape: [Int], prefix: String, path: [Int], isInner: Bool, count: Int
  ) throws(LayerListError) {
    var count = count
    layers = try ListedLayer.flat(list, path: path, count: &count)
    (self.shape, self.prefix, self.isInner, self.count) = (shape, prefix, isInner, count)
    var place = 0
    while place < layers.count { place += try read(place) }
  }

  /// The layer after `place`.
  func next(_ place: Int) -> ListedLayer? {
    place + 1 < layers.count ? layers[place + 1].layer : nil
  }

  /// Takes up the layer at `place` and those behind that are computed with it; gives their number.
  private mutating func read(_ place: Int) throws(LayerListError) -> Int {
    let layer = layers[place].layer
    try check(layer, at: place)
    switch layer {
    case .convolution(let channels, let size, let stride):
      return convolution(channels, size, stride, at: place)
    case .norm(.batch) where next(place) == .relu:
      return add(
        .batchNorm(isRectified: true), place,
        lines: [line(.batchNorm(isRectified: false), place), line(.relu, place + 1)])
    case .norm(.batch): return add(.batchNorm(isRectified: false), place)
    case .norm(.layer): return add(.layerNorm, place)
    case .relu: return add(.relu, place)
    case .gelu: return add(.gelu, place)
    case .dropout(let share): return add(.dropout(share), place)
    case .pool(let pooling):
      return add(pooling == .mean ? .meanPool : pooling == .max ? .maxOfAll : .classToken, place)
    case .window(.max, size: 3, stride: 2): return add(.maxPool, place)
    case .window(let pooling, let size, let stride):
      return add(.pool(.init(isMax: pooling == .max, size: size, stride: stride)), place)
    case .linear(let outputs): return add(.linear(outputs: outputs), place)
    case .flatten: return add(.flatten, place)
    case .residual(let list): return try residual(list, at: place)
    case .attention(let attention):
      return add(
        .transformer(
          .init(
            heads: attention.heads, hidden: attention.hidden ?? 4 * shape[1], gelu: attention.bend == .gelu,
            dropout: attention.dropout)), place)
    case .patches(let side, let width): return add(.patches(side: side, width: width), place)
    case .positions: return add(.tokens, place)
    case .repeated, .group: preconditionFailure("a flat list holds none")
    }
  }

  /// A part with a line for each layer that is in it; gives their number.
  private mutating func add(_ part: LayerDescription, _ place: Int, lines: [PlannedLayer]? = nil) -> Int {
    let lines = lines ?? [line(part, place)]
    parts.append(.init("\(prefix)\(place)", part))
    table += lines
    paths += lines.indices.map { layers[place + $0].path }
    shape = part.planned("", from: shape).outputShape
    return lines.count
  }

  private func line(_ part: LayerDescription, _ place: Int) -> PlannedLayer {
    part.planned("\(place + 1)", from: shape)
  }

  private mutating func convolution(_ channels: Int, _ size: Int, _ stride: Int, at place: Int) -> Int {
    let isNormalised = next(place) == .norm(.batch)
    let block = LayerDescription.Convolution(
      kernel: size, stride: stride, outputs: channels, isRectified: isNormalised && next(place + 1) == .relu,
      name: "\(prefix)\(place)", normName: "\(prefix)\(place + 1)")
    guard isNormalised else { return add(.plainConvolution(block), place) }
    let whole = line(.convolution(block), place)
    let first = PlannedLayer(
      name: whole.name, kind: whole.kind, outputShape: whole.outputShape,
      parameters: whole.parameters - 2 * channels, products: whole.products)
    let behind: [LayerDescription] = [.batchNorm(isRectified: false)] + (block.isRectified ? [.relu] : [])
    return add(
      .convolution(block), place,
      lines: [first] + behind.enumerated().map { $1.planned("\(place + $0 + 2)", from: whole.outputShape) })
  }

  private mutating func residual(_ list: [ListedLayer], at place: Int) throws(LayerListError) -> Int {
    let (path, name) = (layers[place].path, "\(prefix)\(place)")
    let inner = try LayerList(
      list, from: shape, prefix: name + ".main.", path: path, isInner: true, count: count)
    count = inner.count
    func fault(_ reason: LayerListError.Reason) -> LayerListError {
      LayerListError(path, layers[place].layer, shape, reason)
    }
    guard !inner.parts.isEmpty else { throw fault(.emptyResidual) }
    let stride = inner.parts.reduce(1) { $0 * $1.layer.stride }
    let (inputs, outputs) = (shape[shape.count - 1], inner.shape[inner.shape.count - 1])
    var shortcut: NetworkDescription.Part?
    if stride != 1 || inputs != outputs {
      let way: LayerDescription =
        shape.count == 3
        ? .convolution(
          .init(
            kernel: 1, stride: stride, outputs: outputs, isRectified: false, name: name + ".shortcut.0",
            normName: name + ".shortcut.1")) : .linear(outputs: outputs)
      shortcut = .init(name + ".shortcut", way)
    }
    let past = shortcut?.layer.planned("", from: shape).outputShape ?? shape
    guard past == inner.shape else { throw fault(.sum(inner.shape, past)) }
    let sum = LayerDescription.sum(.init(main: inner.parts, shortcut: shortcut))
    let planned = line(sum, place)
    let whole = PlannedLayer(
      name: planned.name,
      kind: "residual of \(counted(inner.table.count, "layer"))"
        + (shortcut == nil ? "" : ", with a shortcut"),
      outputShape: planned.outputShape, parameters: planned.parameters, products: planned.products)
    guard next(place) == .relu, let block = LayerDescription.Residual(inner.parts, shortcut) else {
      return add(sum, place, lines: [whole])
    }
    return add(
      .residual(block), place, lines: [whole, LayerDescription.relu.planned("\(place + 2)", from: past)])
  }
}

extension LayerDescription {
  /// Number of places along a side of its input for each of its output.
  fileprivate var stride: Int {
    switch self {
    case .convolution(let block), .plainConvolution(let block): block.stride
    case .pool(let pool): pool.stride
    case .maxPool: 2
    case .sum(let sum): sum.main.reduce(1) { $0 * $1.layer.stride }
    case .residual(let block): block.main.reduce(1) { $0 * $1.stride }
    default: 1
    }
  }
}

extension LayerDescription.Residual {
  /// The block that is computed in one go with the rectifier behind it, of normalised convolutions the last of which is not rectified;
  /// nil of anything else.
  fileprivate init?(_ main: [NetworkDescription.Part], _ shortcut: NetworkDescription.Part?) {
    let convolutions = main.compactMap { if case .convolution(let block) = $0.layer { block } else { nil } }
    guard convolutions.count == main.count, convolutions.last?.isRectified == false else { return nil }
    var way: LayerDescription.Convolution?
    if case .convolution(let block)? = shortcut?.layer { way = block }
    self.init(main: convolutions, shortcut: way)
  }
}
