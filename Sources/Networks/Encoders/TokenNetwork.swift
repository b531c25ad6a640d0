import Tensors

/// The layers of a description that begins with patches: patches, tokens, blocks of attention, a norm or none, the class token.
/// Weight files have the names of a PyTorch module with `token`, `position`, `blocks`, and as the description has it `patch` and `norm`.
final class TokenNetwork: Layer {
  private let inputSize: Int
  private let patch: Int
  private let width: Int
  private let token: Parameter
  private let position: Parameter
  private let projection: Linear?
  private let blocks: [TransformerBlock]
  private let norm: LayerNorm?

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
  func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
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
      projection.backwardToParameters(patches, from: &tape)
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

/// Normal with deviation 0.02, cut off at two deviations.
private func small(_ random: inout RandomStream) -> Float {
  while true {
    let value = random.normal()
    if abs(value) <= 2 { return 0.02 * value }
  }
}
