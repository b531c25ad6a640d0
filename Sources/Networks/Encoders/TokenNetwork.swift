import Tensors

/// The layers of a description that begins with patches: tokens, layers of all of them, mostly blocks of attention, what makes one row of an
/// image's tokens, mostly the class token, and layers of rows.
/// Weight files have the names of a PyTorch module with `token`, `position`, `blocks`, and as the description has it `patch` and `norm`; of a
/// list of layers those of the list.
final class TokenNetwork: Layer {
  let start: PatchTokens
  /// Layers of all tokens.
  private let before: [NamedLayers.Named]
  private let choice: Choice
  /// Layers of one row for each image.
  private let after: [NamedLayers.Named]

  /// The way in which one row is made of an image's tokens.
  private enum Choice {
    /// By the class token of the last block, which then computes no other.
    case block(TransformerBlock, name: String?)
    case layer(any Layer)
  }

  /// Throws `Interrupted`.
  init(_ description: NetworkDescription, random: inout RandomStream) throws {
    let (parts, size) = (description.parts, description.inputSize)
    let shapes = inputs(of: parts, from: [size, size, 3])
    guard case .patches(let side, let projected)? = parts.first?.layer,
      let end = parts.indices.first(where: {
        shapes[$0].count == 2 && description.plan[$0].outputShape.count == 1
      })
    else { preconditionFailure("a network of tokens begins with patches, and makes one row of them") }
    let names = PatchTokens.Names(patches: parts[0].name + ".", tokens: parts[1].name + ".")
    start = PatchTokens(
      size: size, side: side, projected: projected, names: description.list == nil ? .plain : names,
      random: &random)
    var layers: [NamedLayers.Named] = []
    for place in parts.indices.dropFirst(2) where place != end {
      try random.checkInterrupt()
      layers += rowLayers(of: [parts[place]], from: shapes[place], random: &random)
    }
    start.draw(description.start, from: &random)
    let (tokens, rows) = (layers[..<(end - 2)], layers[(end - 2)...])
    let last = tokens.indices.last { tokens[$0].layer is TransformerBlock }
    if parts[end].layer == .classToken, let last, let block = tokens[last].layer as? TransformerBlock,
      parts[(last + 3)..<end].allSatisfy(\.layer.readsRowsAlone)
    {
      choice = .block(block, name: tokens[last].name)
      (before, after) = (Array(tokens[..<last]), Array(tokens[(last + 1)...] + rows))
    } else {
      choice = .layer(TokenNetwork.row(by: parts[end].layer, of: shapes[end]))
      (before, after) = (Array(tokens), Array(rows))
    }
    guard description.start == .small else { return }
    for linear in [start.projection].compactMap({ $0 }) + layers.flatMap(\.layer.linears) {
      linear.weight.value.draw(from: &random, small)
      linear.bias?.value.fill(0)
    }
  }

  private static func row(by part: LayerDescription, of tokens: [Int]) -> any Layer {
    let whole = Reshape(tokens, to: [1] + tokens)
    switch part {
    case .classToken: return FirstRows(of: tokens[0])
    case .meanPool: return Sequential(whole, GlobalAveragePool())
    case .maxOfAll: return Sequential(whole, GlobalMaxPool())
    default: return Reshape(tokens, to: [tokens.reduce(1, *)])
    }
  }

  /// The blocks of attention and the norm behind them, where a network has nothing else and reads the class token.
  var transformer: (blocks: [TransformerBlock], norm: LayerNorm?)? {
    guard case .block(let last, _) = choice, after.count <= 1 else { return nil }
    let (blocks, norm) = (
      before.compactMap { $0.layer as? TransformerBlock }, after.first?.layer as? LayerNorm
    )
    return blocks.count == before.count && (norm != nil || after.isEmpty) ? (blocks + [last], norm) : nil
  }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    var y = start.forward(x, saving: &tape)
    for (_, layer) in before { y = layer.forward(y, saving: &tape) }
    switch choice {
    case .block(let block, _): y = block.forwardFirst(y, saving: &tape)
    case .layer(let layer): y = layer.forward(y, saving: &tape)
    }
    for (_, layer) in after { y = layer.forward(y, saving: &tape) }
    return y
  }

  /// Attention of the class token in a block, in evaluation: `[n·heads, tokens]`; nil where there is no such block.
  func attention(to x: Tensor, block: Int, pass: Pass) -> Tensor? {
    var tape = Tape(pass: pass, mode: .evaluation)
    var (y, number) = (start.forward(x, saving: &tape), 0)
    for (_, layer) in before {
      if let attending = layer as? TransformerBlock {
        if number == block { return attending.attentionOfFirst(y, saving: &tape) }
        number += 1
      }
      y = layer.forward(y, saving: &tape)
    }
    guard case .block(let last, _) = choice, number == block else { return nil }
    return last.attentionOfFirst(y, saving: &tape)
  }

  /// Returns zeros: nothing learns from the gradient of the pictures.
  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    var gradient = after.reversed().reduce(dy) { $1.layer.backward($0, from: &tape) }
    switch choice {
    case .block(let block, _): gradient = block.backwardFirst(gradient, from: &tape)
    case .layer(let layer): gradient = layer.backward(gradient, from: &tape)
    }
    for (_, layer) in before.reversed() { gradient = layer.backward(gradient, from: &tape) }
    return start.backward(gradient, from: &tape)
  }

  func collect(into state: inout State, prefix: String) {
    start.collect(into: &state, prefix: prefix)
    NamedLayers(before).collect(into: &state, prefix: prefix)
    if case .block(let block, let name) = choice {
      NamedLayers([(name, block)]).collect(into: &state, prefix: prefix)
    }
    NamedLayers(after).collect(into: &state, prefix: prefix)
  }
}

/// The first row of each image, that of the class. Shapes: x `[n·t, c]`, y `[n, c]`.
private final class FirstRows: Layer {
  private let tokens: Int

  init(of tokens: Int) { self.tokens = tokens }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    x.rows(Array(stride(from: 0, to: x.shape[0], by: tokens)))
  }

  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let dx = Tensor([dy.shape[0] * tokens, dy.shape[1]])
    ElementKernels.add(Matrix(dy), to: Matrix(dx), every: tokens)
    return dx
  }

  func collect(into state: inout State, prefix: String) {}
}

extension LayerDescription {
  /// Whether each row of what it gives follows from one row alone, and could be computed for some of them.
  fileprivate var readsRowsAlone: Bool {
    switch self {
    case .layerNorm, .linear, .relu, .gelu, .dropout: true
    case .sum(let sum): (sum.main + [sum.shortcut].compactMap { $0 }).allSatisfy(\.layer.readsRowsAlone)
    default: false
    }
  }
}

extension Layer {
  /// The linear layers in it that tokens or rows go through.
  fileprivate var linears: [Linear] {
    switch self {
    case let linear as Linear: [linear]
    case let block as TransformerBlock: block.linears
    case let sum as LayerSum: sum.layers.flatMap(\.linears)
    case let all as NamedLayers: all.layers.flatMap(\.layer.linears)
    default: []
    }
  }
}
