import Tensors

/// The layers of a description that begins with patches: patches, tokens, blocks of attention, a norm or none, the class token.
/// Weight files have the names of a PyTorch module with `token`, `position`, `blocks`, and as the description has it `patch` and `norm`.
final class TokenNetwork: Layer {
  let inputSize: Int
  private let patch: Int
  let width: Int
  let token: Parameter
  let position: Parameter
  let projection: Linear?
  let blocks: [TransformerBlock]
  let norm: LayerNorm?

  /// Throws `Interrupted`.
  init(_ description: NetworkDescription, random: inout RandomStream) throws {
    inputSize = description.inputSize
    var (side, tokens, width) = (1, 1, 3)
    var (projection, blocks, norm): (Linear?, [TransformerBlock], LayerNorm?) = (nil, [], nil)
    for (part, line) in zip(description.parts, description.plan) {
      try random.checkInterrupt()
      width = line.outputShape[line.outputShape.count - 1]
      switch part.layer {
      case .patches(side: let length, width: let outputs):
        side = length
        projection = outputs.map { Linear(inputs: 3 * length * length, outputs: $0, random: &random) }
      case .tokens: tokens = line.outputShape[0]
      case .transformer(let block):
        blocks.append(TransformerBlock(block, width: width, tokens: tokens, random: &random))
      case .layerNorm: norm = LayerNorm(width: width)
      case .classToken: break
      default: preconditionFailure("\(part.name) is no part of a network of tokens")
      }
    }
    precondition(!blocks.isEmpty, "a network of tokens has a block")
    (patch, self.width, self.projection, self.blocks, self.norm) = (side, width, projection, blocks, norm)
    token = Parameter(Tensor([1, 1, width]), decays: false)
    position = Parameter(Tensor([1, tokens, width]), decays: false)
    let startsSmall = description.start == .small
    for parameter in [token, position] {
      parameter.value.draw(from: &random) { startsSmall ? small(&$0) : $0.uniform() }
    }
    guard startsSmall else { return }
    for linear in [projection].compactMap({ $0 }) + blocks.flatMap(\.linears) {
      linear.weight.value.draw(from: &random, small)
      linear.bias?.value.fill(0)
    }
  }

  private var perSide: Int { inputSize / patch }
  private var tokens: Int { perSide * perSide + 1 }

  func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    var y = tokens(of: x, saving: &tape)
    for block in blocks.dropLast() { y = block.forward(y, saving: &tape) }
    var h = blocks.last!.forwardFirst(y, saving: &tape)
    if let norm { h = norm.forward(h, saving: &tape) }
    return h
  }

  /// Attention of the class token in a block, in evaluation: `[n·heads, tokens]`; nil where there is no such block.
  func attention(to x: Tensor, block: Int, pass: Pass) -> Tensor? {
    guard blocks.indices.contains(block) else { return nil }
    var tape = Tape(pass: pass, mode: .evaluation)
    var y = tokens(of: x, saving: &tape)
    for earlier in blocks[..<block] { y = earlier.forward(y, saving: &tape) }
    return blocks[block].attentionOfFirst(y, saving: &tape)
  }

  /// The class token and the patches of each image with their positions, `[n·tokens, width]`.
  private func tokens(of x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(
      x.shape.count == 4 && x.shape[1] == inputSize && x.shape[2] == inputSize && x.shape[3] == 3,
      "\(x.shape) holds no colour images of \(inputSize) pixels")
    let images = x.shape[0]
    var patches = patches(of: x, pass: tape.pass)
    if let projection { patches = projection.forward(patches, saving: &tape) }
    let y = Tensor(uninitialized: [images * tokens, width])
    let (pieces, joined) = (Matrix(patches), Matrix(y))
    let (first, positions) = (Matrix(token.value), Matrix(position.value))
    tape.pass.forEach(images) { image, _ in
      TokenKernel.join(pieces, token: first, positions: positions, to: joined, image: image)
    }
    return y
  }

  /// Returns zeros: nothing learns from the gradient of the pictures.
  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let last = norm.map { $0.backward(dy, from: &tape) } ?? dy
    let images = dy.shape[0]
    var gradient = blocks.last!.backwardFirst(last, from: &tape)
    for block in blocks.dropLast().reversed() { gradient = block.backward(gradient, from: &tape) }
    // The positions' gradient is the sum over images, the class token's that of the first place.
    let (sums, from) = (Matrix(position.gradient), Matrix(gradient))
    tape.pass.forEachRange(tokens * width, grain: 4096) { range, _ in
      TokenKernel.addPositions(from, to: sums, range)
    }
    TokenKernel.addFirst(from, every: tokens, to: Matrix(token.gradient))
    if let projection {
      let patches = Tensor(uninitialized: [images * (tokens - 1), width])
      for image in 0..<images {
        let places = image * tokens + 1..<(image + 1) * tokens
        patches.replaceRows(from: image * (tokens - 1), by: gradient, places)
      }
      projection.backwardToParameters(patches, from: &tape)
    }
    return Tensor([images, inputSize, inputSize, 3])
  }

  func patches(of x: Tensor, pass: Pass) -> Tensor { cutIntoPatches(x, side: patch, pass: pass) }

  func collect(into state: inout State, prefix: String) {
    state.add(prefix + "token", token)
    state.add(prefix + "position", position)
    projection?.collect(into: &state, prefix: prefix + "patch.")
    for (place, block) in blocks.enumerated() {
      block.collect(into: &state, prefix: "\(prefix)blocks.\(place).")
    }
    norm?.collect(into: &state, prefix: prefix + "norm.")
  }
}

/// A row for each patch of each image, line by line, `[n·patches, 3·side²]`: its reds, then its greens, then its blues.
/// Shape of x: `[n, size, size, 3]`, where side divides size.
public func cutIntoPatches(_ x: Tensor, side: Int, pass: Pass) -> Tensor {
  let size = x.shape[1]
  let bands = x.shape[0] * (size / side)
  let result = Tensor(uninitialized: [bands * (size / side), 3 * side * side])
  let (from, to) = (Matrix(x), Matrix(result))
  pass.forEach(bands) { band, _ in
    TokenKernel.cut(from, size: size, patch: side, band: band, to: to)
  }
  return result
}

/// Normal with deviation 0.02, cut off at two deviations.
func small(_ random: inout RandomStream) -> Float {
  while true {
    let value = random.normal()
    if abs(value) <= 2 { return 0.02 * value }
  }
}
