import Networks
import Tensors
import Testing

/// Layers and optimisers beside plain loops in double precision, over shapes that a seed decides: tails of vectors, single rows, more
/// than one piece of work.
@Suite("Kernels agree with their references")
struct KernelReferenceTests {
  static let seeds: ClosedRange<UInt64> = 1...12

  @Test("linear", arguments: seeds)
  func linear(seed: UInt64) {
    var draw = Draw(seed, "linear")
    let (rows, inputs, outputs) = (draw.length(1...70), draw.length(1...40), draw.length(1...90))
    let layer = Linear(inputs: inputs, outputs: outputs, random: &draw.stream)
    let (x, dy) = (draw.tensor([rows, inputs]), draw.tensor([rows, outputs]))
    let (y, dx) = pass(layer, x, dy)
    let weight = doubles(layer.weight.value)
    #expect(error(y, Reference.linear(doubles(x), weight, doubles(layer.bias!.value))) < 1e-5)
    let expected = Reference.linearGradients(doubles(dy), doubles(x), weight, inputs: inputs)
    #expect(error(dx, expected.x) < 1e-5)
    #expect(error(layer.weight.gradient, expected.weight) < 1e-5)
    #expect(error(layer.bias!.gradient, expected.bias) < 1e-5)
  }

  @Test("layer norm", arguments: seeds)
  func layerNorm(seed: UInt64) {
    var draw = Draw(seed, "layer norm")
    let (rows, width) = (draw.length(1...80), draw.length(2...50))
    let layer = LayerNorm(width: width)
    for (parameter, start) in [(layer.scale, Float(1)), (layer.shift, 0)] {
      for at in 0..<width { parameter.value[at] = start + 0.3 * draw.stream.normal() }
    }
    let (x, dy) = (draw.tensor([rows, width]), draw.tensor([rows, width]))
    let (y, dx) = pass(layer, x, dy)
    let (scale, shift) = (doubles(layer.scale.value), doubles(layer.shift.value))
    var expected: (y: [Double], dx: [Double]) = ([], [])
    var (dScale, dShift) = (scale.map { _ in 0.0 }, shift.map { _ in 0.0 })
    for row in 0..<rows {
      let (x, dy) = (doubles(x.rows(row..<row + 1)), doubles(dy.rows(row..<row + 1)))
      expected.y += Reference.layerNorm(x, scale, shift)
      let gradients = Reference.layerNormGradients(dy, x, scale)
      expected.dx += gradients.x
      for at in 0..<width {
        dScale[at] += gradients.scale[at]
        dShift[at] += dy[at]
      }
    }
    #expect(error(y, expected.y) < 1e-5)
    // Two numbers that are nearly alike have a large 1/σ.
    #expect(error(dx, expected.dx) < 1e-4)
    #expect(error(layer.scale.gradient, dScale) < 1e-5)
    #expect(error(layer.shift.gradient, dShift) < 1e-5)
  }

  @Test("GELU and the rectifier", arguments: seeds)
  func elements(seed: UInt64) {
    var draw = Draw(seed, "elements")
    let shape = [draw.length(1...9), draw.length(1...9), draw.length(1...30)]
    let (x, dy) = (draw.tensor(shape), draw.tensor(shape))
    for at in 0..<x.count { x[at] *= 3 }
    let gelu = doubles(x).map(Reference.gelu)
    let ours = pass(GELU(), x, dy)
    #expect(error(ours.y, gelu.map(\.value)) < 1e-6)
    #expect(error(ours.dx, zip(doubles(dy), gelu).map { $0 * $1.slope }) < 1e-6)
    let (y, dx) = pass(ReLU(), x, dy)
    #expect(doubles(y) == doubles(x).map { max($0, 0) })
    #expect(doubles(dx) == zip(doubles(dy), doubles(x)).map { $1 > 0 ? $0 : 0 })
  }

  @Test("pools", arguments: seeds)
  func pools(seed: UInt64) {
    var draw = Draw(seed, "pools")
    let (images, height, width) = (draw.length(1...4), draw.length(1...9), draw.length(1...9))
    let (channels, kernel) = (draw.length(1...19), draw.length(1...3))
    let (stride, padding) = (draw.length(1...3), draw.length(0...(kernel - 1)))
    guard min(height, width) + 2 * padding >= kernel else { return }
    let x = draw.tensor([images, height, width, channels])
    let pool = MaxPool(kernel: kernel, stride: stride, padding: padding)
    var probe = Tape(pass: Pass(), mode: .evaluation)
    let dy = draw.tensor(pool.forward(x, saving: &probe).shape)
    let (y, dx) = pass(pool, x, dy)
    let windows = pass(WindowMean(kernel: kernel, stride: stride, padding: padding), x, dy)
    let mean = GlobalAveragePool()
    let dMean = draw.tensor([images, channels])
    let means = pass(mean, x, dMean)
    for channel in 0..<channels {
      func one(_ tensor: Tensor) -> [Double] {
        Swift.stride(from: channel, to: tensor.count, by: channels).map { Double(tensor[$0]) }
      }
      let expected = Reference.maxPool(
        one(x), images: images, height: height, width: width, kernel: kernel, stride: stride, padding: padding
      )
      #expect(one(y) == expected.y)
      let averaged = Reference.meanPool(
        one(x), one(dy), images: images, height: height, width: width, kernel: kernel, stride: stride,
        padding: padding)
      for (ours, theirs) in [(windows.y, averaged.y), (windows.dx, averaged.dx)] {
        #expect(zip(one(ours), theirs).allSatisfy { abs($0 - $1) < 1e-5 })
      }
      var gradient = one(x).map { _ in 0.0 }
      for (place, dy) in zip(expected.places, one(dy)) { gradient[place] += dy }
      #expect(zip(one(dx), gradient).allSatisfy { abs($0 - $1) < 1e-5 })
      let places = height * width
      for image in 0..<images {
        let sum = one(x)[image * places..<(image + 1) * places].reduce(0, +)
        #expect(abs(one(means.y)[image] - sum / Double(places)) < 1e-5)
        let share = one(dMean)[image] / Double(places)
        #expect(one(means.dx)[image * places..<(image + 1) * places].allSatisfy { abs($0 - share) < 1e-6 })
      }
    }
  }

  @Test("attention, with dropout and without", arguments: seeds)
  func attention(seed: UInt64) throws {
    var draw = Draw(seed, "attention")
    let (images, tokens, heads) = (draw.length(1...3), draw.length(1...20), draw.length(1...4))
    let depth = draw.length(1...11)
    let width = heads * depth
    let dropout: Float = seed % 2 == 0 ? 0.3 : 0
    let layer = Attention(
      width: width, heads: heads, tokens: tokens, dropout: dropout, random: &draw.stream)
    let state = State(of: layer)
    let (weight, bias) = (state.entries[0].entry.tensor, state.entries[1].entry.tensor)
    for at in 0..<bias.count { bias[at] = draw.stream.normal() }
    // The identity behind the heads, so that ∂L/∂O is dy.
    let output = state.entries[2].entry.tensor
    for at in 0..<output.count { output[at] = at / width == at % width ? 1 : 0 }
    let (x, dy) = (draw.tensor([images * tokens, width]), draw.tensor([images * tokens, width]))
    let (y, dx) = pass(layer, x, dy)
    let qkv = Reference.linear(doubles(x), doubles(weight), doubles(bias))
    var expected = [Double](repeating: 0, count: y.count)
    var dqkv = [Double](repeating: 0, count: 3 * y.count)
    for item in 0..<images * heads {
      let (first, column) = (item / heads * tokens, item % heads * depth)
      func part(_ place: Int) -> [Int] {
        (0..<tokens).flatMap { row in
          (0..<depth).map { (first + row) * 3 * width + place * width + column + $0 }
        }
      }
      let (q, k, v) = (part(0).map { qkv[$0] }, part(1).map { qkv[$0] }, part(2).map { qkv[$0] })
      let places = (0..<tokens).flatMap { row in (0..<depth).map { (first + row) * width + column + $0 } }
      let factors = (0..<tokens * tokens).map { factor(item * tokens * tokens + $0, dropout) }
      for (place, value) in zip(places, Reference.attention(q, k, v, depth: depth, factors: factors)) {
        expected[place] = value
      }
      let gradients = Reference.attentionGradients(
        places.map { Double(dy[$0]) }, q, k, v, depth: depth, factors: factors)
      for (place, gradient) in [gradients.q, gradients.k, gradients.v].enumerated() {
        for (at, value) in zip(part(place), gradient) { dqkv[at] = value }
      }
    }
    #expect(error(y, expected) < 1e-5)
    let gradients = Reference.linearGradients(dqkv, doubles(x), doubles(weight), inputs: width)
    #expect(error(dx, gradients.x) < 1e-5)
    let parameters = state.parameters
    #expect(error(parameters[0].gradient, gradients.weight) < 1e-5)
    #expect(error(parameters[1].gradient, gradients.bias) < 1e-5)
  }

  @Test("optimisers", arguments: seeds)
  func optimisers(seed: UInt64) {
    var draw = Draw(seed, "optimisers")
    // Now and then more than one piece of work.
    let count = seed % 4 == 0 ? (1 << 15) + draw.length(1...100) : draw.length(1...200)
    let (start, decay) = (draw.tensor([count]), Float(0.01))
    let rules: [any Optimizer] = [
      Adam(weightDecay: decay), SGD(momentum: 0.8, weightDecay: decay),
      LARS(momentum: 0.8, weightDecay: decay, trust: 0.02),
    ]
    let parameters = rules.map { _ in Parameter(start.copy(), decays: true) }
    var values = rules.map { _ in doubles(start) }
    var memories = rules.map { _ in Reference.Memory(count: count) }
    for _ in 0..<3 {
      let gradient = draw.tensor([count])
      for (rule, parameter) in zip(rules, parameters) {
        for at in 0..<count { parameter.gradient[at] = gradient[at] }
        rule.step([parameter], rate: 0.01, workers: .shared)
      }
      let g = doubles(gradient)
      Reference.adam(&values[0], g, &memories[0], rate: 0.01, decay: 0.01)
      Reference.sgd(&values[1], g, &memories[1], momentum: 0.8, rate: 0.01, decay: 0.01)
      Reference.lars(
        &values[2], g, &memories[2], momentum: 0.8, rate: 0.01, decay: 0.01, trust: 0.02)
    }
    for (parameter, expected) in zip(parameters, values) {
      #expect(error(parameter.value, expected) < 2e-6)
      #expect(parameter.gradient.elements.allSatisfy { $0 == 0 })
    }
  }

  @Test("clipping, with and without a frozen parameter", arguments: seeds)
  func clipping(seed: UInt64) {
    var draw = Draw(seed, "clipping")
    let parameters = (0..<draw.length(1...5)).map { place in
      // Now and then more than one piece of work.
      let count = seed % 4 == 0 && place == 0 ? (1 << 15) + draw.length(1...100) : draw.length(1...200)
      let parameter = Parameter(draw.tensor([count]), decays: true)
      let gradient = draw.tensor([count])
      for at in 0..<count { parameter.gradient[at] = gradient[at] }
      return parameter
    }
    if seed % 3 == 0 { parameters[0].pace = .frozen }
    let moving = parameters.filter { $0.pace != .frozen }
    let untouched = parameters.map(\.gradient.elements)
    var expected = moving.map { doubles($0.gradient) }
    let length = Reference.clip(&expected, to: 0.5)
    #expect(abs(clipGradients(of: parameters, to: 1e6, workers: .shared) - length) < 1e-5 * max(1, length))
    #expect(parameters.map(\.gradient.elements) == untouched)
    clipGradients(of: parameters, to: 0.5, workers: .shared)
    for (parameter, expected) in zip(moving, expected) { #expect(error(parameter.gradient, expected) < 1e-6) }
    if seed % 3 == 0 { #expect(parameters[0].gradient.elements == untouched[0]) }
  }
}
