import Base
import Tensors

/// A vision transformer (Dosovitskiy et al., 2021): the picture cut into patches, a token for each and one for the class,
/// learned positions, blocks of attention; the representation is the class token at the end.
/// Shapes: x `[n, size, size, 3]`, y `[n, width]`.
public final class ViT: Encoder {
  public enum Style: String, CaseIterable, Sendable {
    /// Patches are tokens as they are, the second part of a block is as wide as the first and bends by ReLU, positions and class
    /// token start uniform in 0…1, and nothing follows the last block (Beasse and Kabouri, section 7).
    case paper
    /// Patches are projected, the second part of a block is four times as wide and bends by GELU, a norm follows the last
    /// block, and weights start small.
    case standard
  }

  public let style: Style
  public let depth: Int
  public let heads: Int
  public let width: Int
  public let patch: Int
  public let inputSize: Int
  public let dropout: Float
  private let token: Parameter
  private let position: Parameter
  private let projection: Linear?
  private let blocks: [TransformerBlock]
  private let norm: LayerNorm?

  public var architecture: String { "vit" }
  public var outputWidth: Int { width }
  public var settings: [(name: String, value: String)] {
    [
      ("architecture", architecture), ("style", style.rawValue), ("layers", String(depth)),
      ("heads", String(heads)),
      ("width", String(width)), ("patch", String(patch)), ("size", String(inputSize)),
      ("dropout", String(dropout)),
    ]
  }

  /// - Parameter width: channels of a token; nil for as many as a patch has numbers.
  /// - Throws: `InputError` where the numbers do not fit each other, and for more weights than there is memory; `Interrupted`.
  public init(
    style: Style = .paper, layers: Int = 6, heads: Int = 6, width: Int? = nil, patch: Int = 16,
    size: Int = 224,
    dropout: Float = 0.2, random: inout RandomStream
  ) throws {
    let width = width ?? 3 * patch * patch
    try ViT.check(style, layers, heads, width, patch, size, dropout)
    let named = style == .paper ? (layers, "layers") : (width, "width")
    try checkMemory(
      "vit", width: named.0, in: 1...named.0, shrinking: named.1, step: style == .paper ? 1 : heads
    ) {
      try ViT.plan(
        style: style, layers: style == .paper ? $0 : layers, heads: heads,
        width: style == .paper ? width : max(heads, $0 / heads * heads), patch: patch, size: size,
        dropout: dropout)
    }
    self.style = style
    self.depth = layers
    self.heads = heads
    self.width = width
    self.patch = patch
    self.dropout = dropout
    inputSize = size
    let tokens = (size / patch) * (size / patch) + 1
    let isPaper = style == .paper
    token = Parameter(Tensor([1, 1, width]), decays: false)
    position = Parameter(Tensor([1, tokens, width]), decays: false)
    projection = isPaper ? nil : Linear(inputs: 3 * patch * patch, outputs: width, random: &random)
    blocks = try (0..<layers).map { _ in
      try random.checkInterrupt()
      return TransformerBlock(
        width: width, heads: heads, hidden: isPaper ? width : 4 * width, tokens: tokens, gelu: !isPaper,
        dropout: dropout, random: &random)
    }
    norm = isPaper ? nil : LayerNorm(width: width)
    for parameter in [token, position] {
      parameter.value.draw(from: &random) { isPaper ? $0.uniform() : ViT.small(&$0) }
    }
    if !isPaper { startSmall(&random) }
    try random.checkInterrupt()
  }

  /// Normal with deviation 0.02, cut off at two deviations.
  private static func small(_ random: inout RandomStream) -> Float {
    while true {
      let value = random.normal()
      if abs(value) <= 2 { return 0.02 * value }
    }
  }

  private func startSmall(_ random: inout RandomStream) {
    for (name, entry) in State(of: self).entries
    where !name.contains("norm") && name != "token" && name != "position" {
      let value = entry.tensor
      if name.hasSuffix("bias") { value.fill(0) } else { value.draw(from: &random) { ViT.small(&$0) } }
    }
  }

  private static func check(
    _ style: Style, _ layers: Int, _ heads: Int, _ width: Int, _ patch: Int, _ size: Int, _ dropout: Float
  ) throws {
    guard (1...96).contains(layers) else {
      throw InputError(
        "\(counted(layers, "layer")) are out of bounds: from 1 to 96.", option: "layers",
        advice: "Write layers=6.")
    }
    guard (1...128).contains(patch) else {
      throw InputError(
        "A patch of \(patch) pixels is out of bounds: from 1 to 128.", option: "patch",
        advice: "Write patch=16.")
    }
    guard (1...2048).contains(size) else {
      throw InputError(
        "Pictures of \(size) pixels are out of bounds: the side must be from 1 to 2048.", option: "size",
        advice: "Write size=224.")
    }
    guard size >= patch, size % patch == 0 else {
      let near = min(2048 / patch, max(1, (size + patch / 2) / patch)) * patch
      throw InputError(
        "Pictures of \(size) pixels cannot be cut into patches of \(patch).", option: "size",
        advice: "Write size=\(near).")
    }
    let tokens = (size / patch) * (size / patch) + 1
    guard tokens <= 4097 else {
      throw InputError(
        "Patches of \(patch) make \(counted(tokens, "token")) of a picture of \(size) pixels, and 4097 is the most.",
        option: "patch", advice: "Write a larger patch.")
    }
    guard style == .standard || width == 3 * patch * patch else {
      throw InputError(
        "With style=paper a token is a patch as it is: \(patch)·\(patch)·3 = \(counted(3 * patch * patch, "number")), not \(width).",
        option: "width", advice: "Leave width out, or write style=standard.")
    }
    guard (1...8192).contains(width) else {
      throw InputError(
        "A width of \(width) is out of bounds: from 1 to 8192.", option: "width",
        advice: style == .paper ? "Write patch=16, or style=standard with a width." : "Write width=384.")
    }
    guard heads >= 1, width % heads == 0 else {
      let fitting = (1...max(1, min(heads, width))).last { width % $0 == 0 } ?? 1
      throw InputError(
        "\(counted(width, "channel")) cannot be shared out among \(counted(heads, "head")).", option: "heads",
        advice: "Write heads=\(fitting).")
    }
    guard (0..<1).contains(dropout) else {
      throw InputError(
        "A dropout of \(dropout) is out of bounds: from 0 to below 1.", option: "dropout",
        advice: "Write dropout=0.2.")
    }
  }

  private var perSide: Int { inputSize / patch }
  private var tokens: Int { perSide * perSide + 1 }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(
      x.shape.count == 4 && x.shape[1] == inputSize && x.shape[2] == inputSize && x.shape[3] == 3,
      "\(x.shape) holds no colour pictures of \(inputSize) pixels")
    let images = x.shape[0]
    var patches = patches(of: x, pass: tape.pass)
    if let projection { patches = projection.forward(patches, saving: &tape) }
    var y = Tensor(uninitialized: [images * tokens, width])
    let (rows, row) = (tokens, width)
    let (target, positions, first) = (y.pointer, position.value.pointer, token.value.pointer)
    tape.pass.forEach(images) { image, _ in
      for place in 0..<rows {
        let from = place == 0 ? first : patches.pointer + (image * (rows - 1) + place - 1) * row
        let to = target + (image * rows + place) * row
        forEachVector(row) { at, lanes in
          store(load(from + at, lanes) + load(positions + (place &* row &+ at), lanes), to + at, lanes)
        }
      }
    }
    for block in blocks.dropLast() { y = block.forward(y, saving: &tape) }
    var h = blocks.last!.forwardFirst(y, saving: &tape)
    if let norm { h = norm.forward(h, saving: &tape) }
    return h
  }

  /// Returns zeros: nothing learns from the gradient of the pictures.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let last = norm.map { $0.backward(dy, from: &tape) } ?? dy
    let images = dy.shape[0]
    var gradient = blocks.last!.backwardFirst(last, from: &tape)
    for block in blocks.dropLast().reversed() { gradient = block.backward(gradient, from: &tape) }
    addTokenGradients(gradient, images: images, pass: tape.pass)
    if let projection {
      let patches = Tensor(uninitialized: [images * (tokens - 1), width])
      let count = (tokens - 1) * width
      for image in 0..<images {
        (patches.pointer + image * count).update(
          from: gradient.pointer + (image * tokens + 1) * width, count: count)
      }
      _ = projection.backward(patches, from: &tape)
    }
    return Tensor([images, inputSize, inputSize, 3])
  }

  /// The positions' gradient is the sum over images, the class token's that of the first place.
  private func addTokenGradients(_ gradient: Tensor, images: Int, pass: Pass) {
    let (count, to, from) = (tokens * width, position.gradient.pointer, gradient.pointer)
    let (first, width) = (token.gradient.pointer, width)
    pass.forEachRange(count, grain: 4096) { range, _ in
      forEachVector(range.count) { offset, lanes in
        let at = range.lowerBound &+ offset
        var sum = Vector(repeating: 0)
        for image in 0..<images { sum += load(from + (image &* count &+ at), lanes) }
        store(load(to + at, lanes) + sum, to + at, lanes)
      }
    }
    for image in 0..<images {
      forEachVector(width) { at, lanes in
        store(load(first + at, lanes) + load(from + (image &* count &+ at), lanes), first + at, lanes)
      }
    }
  }

  /// A row for each patch: all its reds, then its greens, then its blues, as PyTorch's `unfold` orders them.
  private func patches(of x: Tensor, pass: Pass) -> Tensor {
    let (perSide, patch, size) = (perSide, patch, inputSize)
    let area = patch * patch
    let result = Tensor(uninitialized: [x.shape[0] * perSide * perSide, 3 * area])
    pass.forEach(x.shape[0] * perSide) { item, _ in
      let (image, band) = (item / perSide, item % perSide)
      for column in 0..<perSide {
        let to = result.pointer + (item * perSide + column) * 3 * area
        for i in 0..<patch {
          let from = x.pointer + ((image * size + band * patch + i) * size + column * patch) * 3
          for j in 0..<patch {
            for channel in 0..<3 { to[channel &* area &+ i &* patch &+ j] = from[3 &* j &+ channel] }
          }
        }
      }
    }
    return result
  }

  /// The names of a PyTorch module with `token`, `position`, `blocks`, and in the standard style `patch` and `norm`.
  public func collect(into state: inout State, prefix: String) {
    state.add(prefix + "token", token)
    state.add(prefix + "position", position)
    projection?.collect(into: &state, prefix: prefix + "patch.")
    for (place, block) in blocks.enumerated() {
      block.collect(into: &state, prefix: "\(prefix)blocks.\(place).")
    }
    norm?.collect(into: &state, prefix: prefix + "norm.")
  }

  public var plan: [PlannedLayer] {
    // The arguments were checked when the network was made.
    (try? ViT.plan(
      style: style, layers: depth, heads: heads, width: width, patch: patch, size: inputSize, dropout: dropout
    ))
      ?? []
  }

  /// The layers of such a network. Throws `InputError` where the numbers do not fit each other.
  static func plan(
    style: Style, layers: Int, heads: Int, width: Int, patch: Int, size: Int, dropout: Float
  ) throws -> [PlannedLayer] {
    try check(style, layers, heads, width, patch, size, dropout)
    let (perSide, tokens) = (size / patch, (size / patch) * (size / patch) + 1)
    let hidden = style == .paper ? width : 4 * width
    let numbers = 3 * patch * patch
    let block = 4 * width * width + 4 * width + 2 * width * hidden + hidden + width + 4 * width
    var lines = [
      PlannedLayer(
        name: "patches",
        kind: style == .paper
          ? "\(patch)×\(patch) patches as they are" : "\(patch)×\(patch) patches, projected",
        outputShape: [perSide, perSide, width], parameters: style == .paper ? 0 : (numbers + 1) * width),
      PlannedLayer(
        name: "tokens", kind: "class token and positions", outputShape: [tokens, width],
        parameters: (tokens + 1) * width),
    ]
    lines += (0..<layers).map {
      PlannedLayer(
        name: "blocks.\($0)", kind: "\(counted(heads, "head")), MLP of \(hidden)",
        outputShape: [tokens, width], parameters: block)
    }
    if style == .standard {
      lines.append(
        PlannedLayer(name: "norm", kind: "layer norm", outputShape: [tokens, width], parameters: 2 * width))
    }
    return lines + [PlannedLayer(name: "class", kind: "the class token", outputShape: [width], parameters: 0)]
  }
}
