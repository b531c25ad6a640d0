extension ONNXBuilder {
  /// The nodes of one part, which reads `x` of the shape `input`.
  mutating func part(_ part: NetworkDescription.Part, of x: String, from input: [Int]) -> String {
    let name = part.name
    switch part.layer {
    case .convolution(let block): return convolution(block, x)
    case .residual(let block):
      let main = block.main.reduce(x) { convolution($1, $0) }
      let other = block.shortcut.map { convolution($0, x) } ?? x
      return relu(graph.one("Add", [main, other], named: name), named: name)
    case .plainConvolution(let block):
      return graph.one(
        "Conv", [x, weight("\(name).weight"), weight("\(name).bias")], named: name,
        ["strides": .wholes([block.stride, block.stride]), "pads": pads(block.kernel / 2)])
    case .maxPool: return window("MaxPool", x, size: 3, stride: 2, padding: 1, name)
    case .pool(let pool):
      return window(
        pool.isMax ? "MaxPool" : "AveragePool", x, size: pool.size, stride: pool.stride,
        padding: pool.padding, name)
    case .meanPool: return whole("GlobalAveragePool", "ReduceMean", x, input, name)
    case .maxOfAll: return whole("GlobalMaxPool", "ReduceMax", x, input, name)
    case .flatten:
      let places = input.count == 3 ? turned(x, [0, 2, 3, 1], named: name) : x
      return graph.one("Flatten", [places], named: name, ["axis": .whole(1)])
    case .linear: return linear(x, "\(name).weight", "\(name).bias", named: name)
    case .relu: return relu(x, named: name)
    case .gelu: return gelu(x, named: name)
    case .dropout: return x
    case .batchNorm(let isRectified):
      let y =
        input.count == 2
        ? turned(batchNorm(turned(x, [0, 2, 1], named: name), named: name), [0, 2, 1], named: name)
        : batchNorm(x, named: name)
      return isRectified ? relu(y, named: name) : y
    case .layerNorm:
      return input.count == 3
        ? turned(layerNorm(turned(x, [0, 2, 3, 1], named: name), named: name), [0, 3, 1, 2], named: name)
        : layerNorm(x, named: name)
    case .sum(let sum):
      let main = parts(sum.main, of: x, from: input)
      let other = sum.shortcut.map { self.part($0, of: x, from: input) } ?? x
      return graph.one("Add", [main, other], named: name)
    case .patches(let side, let width): return patches(x, side: side, width: width, input, name)
    case .tokens: return tokens(x, input, name)
    case .transformer(let block):
      let first = attention(
        layerNorm(x, named: "\(name).norm1"), heads: block.heads, tokens: input[0], width: input[1],
        named: "\(name).attention")
      let y = graph.one("Add", [x, first], named: name)
      let inner = linear(
        layerNorm(y, named: "\(name).norm2"), "\(name).mlp.0.weight", "\(name).mlp.0.bias",
        named: "\(name).mlp.0")
      let bent = block.usesGELU ? gelu(inner, named: "\(name).mlp.1") : relu(inner, named: "\(name).mlp.1")
      return graph.one(
        "Add", [y, linear(bent, "\(name).mlp.2.weight", "\(name).mlp.2.bias", named: "\(name).mlp.2")],
        named: name)
    case .classToken:
      let first = graph.constant([0], named: name)
      let token = graph.one("Gather", [x, first], named: name, ["axis": .whole(1)])
      return graph.one("Flatten", [token], named: name, ["axis": .whole(1)])
    }
  }

  private func pads(_ padding: Int) -> ONNXGraph.Attribute { .wholes([padding, padding, padding, padding]) }

  private mutating func convolution(_ block: LayerDescription.Convolution, _ x: String) -> String {
    let y = graph.one(
      "Conv", [x, weight("\(block.name).weight")], named: block.name,
      ["strides": .wholes([block.stride, block.stride]), "pads": pads(block.kernel / 2)])
    let normalised = batchNorm(y, named: block.normName)
    return block.isRectified ? relu(normalised, named: block.normName) : normalised
  }

  /// A mean counts no padding, as ONNX has it where nothing else is asked for.
  private mutating func window(
    _ operation: String, _ x: String, size: Int, stride: Int, padding: Int, _ name: String
  ) -> String {
    graph.one(
      operation, [x], named: name,
      ["kernel_shape": .wholes([size, size]), "strides": .wholes([stride, stride]), "pads": pads(padding)])
  }

  /// One number of all places of an image, or of all tokens, for each channel.
  private mutating func whole(
    _ ofPlaces: String, _ ofTokens: String, _ x: String, _ input: [Int], _ name: String
  ) -> String {
    input.count == 3
      ? graph.one("Flatten", [graph.one(ofPlaces, [x], named: name)], named: name, ["axis": .whole(1)])
      : graph.one(ofTokens, [x], named: name, ["axes": .wholes([1]), "keepdims": .whole(0)])
  }

  /// Squares as rows: their reds, their greens, their blues; `[n, t, 3·side²]`, or projected.
  private mutating func patches(_ x: String, side: Int, width: Int?, _ input: [Int], _ name: String) -> String
  {
    let (rows, columns) = (input[0] / side, input[1] / side)
    let cut = turned(
      reshaped(x, [0, 3, rows, side, columns, side], named: name), [0, 2, 4, 1, 3, 5], named: name)
    let flat = reshaped(cut, [0, rows * columns, 3 * side * side], named: name)
    guard width != nil else { return flat }
    let weights = isListed ? name : "patch"
    return linear(flat, "\(weights).weight", "\(weights).bias", named: name)
  }

  /// A row of zeros before all others, and then what is learned: the class token there, and the position of each.
  private mutating func tokens(_ x: String, _ input: [Int], _ name: String) -> String {
    let prefix = isListed ? name + "." : ""
    let (token, position) = (numbers(prefix + "token").values, numbers(prefix + "position").values)
    var learned = position
    for (place, value) in token.enumerated() { learned[place] += value }
    let added = graph.constant(
      learned, [1, position.count / token.count, token.count], named: prefix + "position")
    let padded = graph.one("Pad", [x, graph.constant([0, 1, 0, 0, 0, 0], named: name)], named: name)
    return graph.one("Add", [padded, added], named: name)
  }
}
