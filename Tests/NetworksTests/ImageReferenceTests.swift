import Networks
import Tensors
import Testing

/// As above for what reads and writes images, and for the ways between images and tokens.
extension KernelReferenceTests {
  @Test("batch normalisation, with its rectifier and without", arguments: seeds)
  func batchNorm(seed: UInt64) {
    var draw = Draw(seed, "batch norm")
    let isRectified = seed % 2 == 0
    // Now and then more than one piece of work.
    let isLarge = seed % 5 == 0
    let channels = isLarge ? draw.length(40...50) : draw.length(1...40)
    let shape =
      isLarge
      ? [4, draw.length(10...12), 50, channels]
      : [draw.length(1...9), draw.length(1...9), draw.length(2...9), channels]
    let layer = BatchNorm(channels: channels, relu: isRectified)
    for at in 0..<channels {
      layer.scale.value[at] = draw.stream.uniform(0.5, 1.5)
      layer.shift.value[at] = draw.stream.uniform(-0.5, 0.5)
    }
    let (x, dy) = (draw.tensor(shape), draw.tensor(shape))
    // Far from 0, where sums of squares would lose their digits, and farther from image to image.
    for at in 0..<x.count { x[at] += 30 + Float(at / (x.count / shape[0])) }
    var tape = Tape(pass: Pass(), mode: .training)
    let y = layer.forward(x, saving: &tape)
    let dx = layer.backward(dy, from: &tape)
    tape.commit()
    let (scale, shift) = (doubles(layer.scale.value), doubles(layer.shift.value))
    let expected = Reference.batchNorm(doubles(x), scale, shift, rectified: isRectified)
    #expect(error(y, expected.y) < 2e-5)
    #expect(error(layer.runningMean, expected.mean.map { 0.1 * $0 }) < 1e-6)
    let rows = Double(x.count / channels)
    #expect(error(layer.runningVariance, expected.variance.map { 0.9 + 0.1 * $0 * rows / (rows - 1) }) < 1e-5)
    let gradients = Reference.batchNormGradients(
      doubles(dy), doubles(x), scale, shift, rectified: isRectified)
    #expect(error(dx, gradients.x) < 1e-4)
    #expect(error(layer.scale.gradient, gradients.scale) < 1e-4)
    #expect(error(layer.shift.gradient, gradients.shift) < 1e-5)
  }

  @Test("residual blocks, with a shortcut and without, by every method of convolution", arguments: seeds)
  func residualBlock(seed: UInt64) {
    var draw = Draw(seed, "residual")
    let hasShortcut = seed % 2 == 0
    let inputs = seed % 3 == 0 ? draw.length(8...20) : draw.length(1...7)
    let width = hasShortcut ? draw.length(1...20) : inputs
    let stride = hasShortcut ? draw.length(1...2) : 1
    // Many small images go by pairs of places, large ones by tiles, few by columns.
    let (images, side) = seed % 4 == 3 ? (draw.length(16...20), 2) : (draw.length(2...4), draw.length(3...9))
    let block = LayerDescription.Residual.basic(inputs: inputs, width: width, stride: stride, named: "")
    let layer = ResidualBlock(block, inputs: inputs, random: &draw.stream)
    let parts = BlockReference(State(of: layer), images: images, side: side, stride: stride, &draw)
    let x = draw.tensor([images, side, side, inputs])
    let expected = parts.forward(doubles(x))
    let dy = draw.tensor([expected.count / width, width])
    var tape = Tape(pass: Pass(), mode: .training)
    let y = layer.forward(x, saving: &tape)
    #expect(error(y, expected) < 1e-4)
    let dx = layer.backward(dy.reshaped(y.shape), from: &tape)
    let gradients = parts.backward(doubles(dy), doubles(x))
    #expect(error(dx, gradients.x) < 2e-3)
    for (name, gradient) in gradients.parameters {
      guard
        case .parameter(let parameter)? = State(of: layer).entries.first(where: { $0.name == name })?.entry
      else {
        Issue.record("no \(name)")
        continue
      }
      #expect(error(parameter.gradient, gradient) < 2e-3, "\(name)")
    }
  }

  @Test("dropout", arguments: seeds)
  func dropout(seed: UInt64) {
    var draw = Draw(seed, "dropout")
    // Now and then more than one piece of work.
    let shape = [draw.length(1...9), draw.length(1...40), seed % 4 == 0 ? 800 : draw.length(1...40)]
    let (x, dy) = (draw.tensor(shape), draw.tensor(shape))
    let probability = Float(draw.length(1...9)) / 10
    let ours = pass(Dropout(probability), x, dy)
    let factors = (0..<x.count).map { factor($0, probability) }
    #expect(error(ours.y, zip(doubles(x), factors).map { $0 * $1 }) < 1e-6)
    #expect(error(ours.dx, zip(doubles(dy), factors).map { $0 * $1 }) < 1e-6)
  }

  @Test("patches and tokens", arguments: seeds)
  func tokens(seed: UInt64) {
    var draw = Draw(seed, "tokens")
    let (images, patch, perSide) = (draw.length(1...4), draw.length(1...5), draw.length(1...4))
    let (size, width, tokens) = (patch * perSide, draw.length(1...20), perSide * perSide + 1)
    let x = draw.tensor([images, size, size, 3])
    let cut = Tensor([images * perSide * perSide, 3 * patch * patch], filledWith: .nan)
    for band in 0..<images * perSide {
      TokenKernel.cut(Matrix(x), size: size, patch: patch, band: band, to: Matrix(cut))
    }
    #expect(rows(cut) == Reference.patches(doubles(x), images: images, size: size, patch: patch))

    let patches = draw.tensor([images * (tokens - 1), width])
    let (token, positions) = (draw.tensor([1, width]), draw.tensor([tokens, width]))
    let y = Tensor([images * tokens, width], filledWith: .nan)
    for image in 0..<images {
      TokenKernel.join(
        Matrix(patches), token: Matrix(token), positions: Matrix(positions), to: Matrix(y), image: image)
    }
    let joined = Reference.tokens(
      rows(patches), token: doubles(token), positions: rows(positions), images: images)
    #expect(error(y, joined.flatMap { $0 }) < 1e-6)

    let dy = draw.tensor([images * tokens, width])
    let (sums, first) = (Tensor([tokens, width], filledWith: 1), Tensor([1, width], filledWith: 2))
    let middle = draw.length(0...sums.count)
    for range in [0..<middle, middle..<sums.count] {
      TokenKernel.addPositions(Matrix(dy), to: Matrix(sums), range)
    }
    TokenKernel.addFirst(Matrix(dy), every: tokens, to: Matrix(first))
    let expected = Reference.tokenGradients(rows(dy), tokens: tokens)
    #expect(error(sums, expected.positions.flatMap { $0 }.map { $0 + 1 }) < 1e-6)
    #expect(error(first, expected.token.map { $0 + 2 }) < 1e-6)
  }

  private func rows(_ tensor: Tensor) -> [[Double]] {
    (0..<tensor.shape[0]).map { doubles(tensor.rows($0..<$0 + 1)) }
  }
}

/// A basic residual block from references: `max(norm₂(conv₂(max(norm₁(conv₁(x)), 0))) + s(x), 0)`, s the identity or a norm of a 1×1
/// convolution.
private struct BlockReference {
  private struct Part {
    let names: (weight: String, scale: String, shift: String)
    let shape: ConvolutionShape
    let weight: [Double]
    let scale: [Double]
    let shift: [Double]
    let isRectified: Bool

    func convolved(_ x: [Double]) -> [Double] { Reference.convolution(x, weight, shape) }

    func forward(_ x: [Double]) -> [Double] {
      Reference.batchNorm(convolved(x), scale, shift, rectified: isRectified).y
    }

    func backward(_ dy: [Double], _ x: [Double], _ gradients: inout [String: [Double]]) -> [Double] {
      let norm = Reference.batchNormGradients(dy, convolved(x), scale, shift, rectified: isRectified)
      let convolution = Reference.convolutionGradients(norm.x, x, weight, shape)
      gradients[names.weight] = convolution.weight
      (gradients[names.scale], gradients[names.shift]) = (norm.scale, norm.shift)
      return convolution.x
    }
  }

  private let parts: [Part]

  /// Reads the weights of a block, and draws the terms of its norms.
  init(_ state: State, images: Int, side: Int, stride: Int, _ draw: inout Draw) {
    var parts: [Part] = []
    let entries = state.entries
    for place in Swift.stride(from: 0, to: entries.count, by: 6) {
      let (weight, scale, shift) = (entries[place], entries[place + 1], entries[place + 2])
      for at in 0..<scale.entry.tensor.count {
        scale.entry.tensor[at] = draw.stream.uniform(0.5, 1.5)
        shift.entry.tensor[at] = draw.stream.uniform(-0.5, 0.5)
      }
      let kernel = weight.entry.tensor.shape
      let isInner = parts.count == 1
      let shape = ConvolutionShape(
        images: images, height: isInner ? parts[0].shape.rows : side,
        width: isInner ? parts[0].shape.columns : side, inputs: kernel[2], outputs: kernel[3],
        kernel: kernel[0], stride: isInner ? 1 : stride, padding: kernel[0] / 2)
      parts.append(
        Part(
          names: (weight.name, scale.name, shift.name), shape: shape, weight: doubles(weight.entry.tensor),
          scale: doubles(scale.entry.tensor), shift: doubles(shift.entry.tensor),
          isRectified: parts.isEmpty))
    }
    self.parts = parts
  }

  private func branches(_ x: [Double]) -> (inner: [Double], main: [Double], shortcut: [Double]) {
    let inner = parts[0].forward(x)
    return (inner, parts[1].forward(inner), parts.count > 2 ? parts[2].forward(x) : x)
  }

  func forward(_ x: [Double]) -> [Double] {
    let branches = branches(x)
    return Reference.residualSum(branches.main, branches.shortcut)
  }

  func backward(_ dy: [Double], _ x: [Double]) -> (x: [Double], parameters: [String: [Double]]) {
    var gradients: [String: [Double]] = [:]
    let branches = branches(x)
    let dz = Reference.residualGradient(dy, branches.main, branches.shortcut)
    let dInner = parts[1].backward(dz, branches.inner, &gradients)
    let dMain = parts[0].backward(dInner, x, &gradients)
    let dShortcut = parts.count > 2 ? parts[2].backward(dz, x, &gradients) : dz
    return (zip(dMain, dShortcut).map { $0 + $1 }, gradients)
  }
}
