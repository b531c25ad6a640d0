import Base
import Foundation
import Networks
import Tensors
import Testing

@Suite("Transformer layers")
struct TransformerLayerTests {
  @Test("layer norm", arguments: [[1, 5], [7, 3], [65, 19], [3, 32]])
  func layerNorm(shape: [Int]) {
    let layer = LayerNorm(width: shape[1])
    vary(layer)
    let worst = worstGradientError(of: layer, at: random(shape, seed: 3))
    #expect(worst.relative < 5e-3, "worst in \(worst.name)")
    // Large numbers that vary little keep their digits.
    let x = random(shape, seed: 4)
    for at in 0..<x.count { x[at] = x[at] * 0.1 + 1000 }
    var tape = Tape(pass: Pass(), mode: .evaluation)
    let y = LayerNorm(width: shape[1]).forward(x, saving: &tape)
    for row in 0..<shape[0] {
      let values = x.rows(row..<row + 1).elements.map { Double($0) }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      for (at, value) in values.enumerated() {
        #expect(abs(Double(y[row * shape[1] + at]) - (value - mean) / (variance + 1e-5).squareRoot()) < 3e-3)
      }
    }
  }

  @Test("GELU agrees with erf in double precision, and its gradient with differences")
  func gelu() {
    let x = Tensor([2001], (0..<2001).map { Float($0) * 0.01 - 10 })
    var tape = Tape(pass: Pass(), mode: .evaluation)
    let y = GELU().forward(x, saving: &tape)
    for at in 0..<x.count {
      let value = Double(x[at])
      #expect(abs(Double(y[at]) - value * 0.5 * (1 + erf(value / 2.0.squareRoot()))) < 1e-6, "at \(value)")
    }
    let worst = worstGradientError(of: GELU(), at: random([3, 7, 5], seed: 5))
    #expect(worst.relative < 1e-3)
  }

  @Test("dropout drops its share, repeats with the step, and differs between steps, parts and layers")
  func dropout() {
    let x = Tensor([400, 250], filledWith: 2)
    func pass(step: Int, part: Int = 0, layers: Int = 1, workers: Int = 2) -> [Float] {
      var tape = Tape(
        pass: Pass(seed: 1, workers: Workers(count: workers)), mode: .training, step: step, part: part)
      var y = x
      for _ in 0..<layers { y = Dropout(0.3).forward(x, saving: &tape) }
      return y.elements
    }
    let first = pass(step: 0)
    let share = Double(first.count { $0 == 0 }) / Double(first.count)
    #expect(abs(share - 0.3) < 0.005)
    #expect(first.allSatisfy { $0 == 0 || abs($0 - 2 / 0.7) < 1e-6 })
    // Neighbours are dropped independently: a share of 0.09 of pairs.
    let pairs = zip(first, first.dropFirst()).count { $0 == 0 && $1 == 0 }
    #expect(abs(Double(pairs) / Double(first.count) - 0.09) < 0.005)
    #expect(pass(step: 0, workers: 8) == first)
    for other in [pass(step: 1), pass(step: 0, part: 1), pass(step: 0, layers: 2)] {
      let agreeing = zip(first, other).count { $0 == $1 }
      #expect(abs(Double(agreeing) / Double(first.count) - 0.58) < 0.01)
    }
    var tape = Tape(pass: Pass(), mode: .evaluation)
    #expect(Dropout(0.3).forward(x, saving: &tape).elements == x.elements)
    let worst = worstGradientError(of: Dropout(0.4), at: random([9, 5], seed: 1))
    #expect(worst.relative < 1e-3)
  }

  @Test(
    "attention, with and without dropout",
    arguments: [(1, 1, 1, 3), (2, 5, 3, 9), (3, 7, 2, 16), (1, 9, 4, 4)])
  func attention(images: Int, tokens: Int, heads: Int, width: Int) {
    for dropout: Float in [0, 0.3] {
      var stream = RandomStream(seed: 2)
      let layer = Attention(width: width, heads: heads, tokens: tokens, dropout: dropout, random: &stream)
      let x = random([images * tokens, width], seed: 6)
      let worst = worstGradientError(of: layer, at: x)
      #expect(worst.relative < 4e-3, "worst in \(worst.name)")
    }
  }

  @Test("attention agrees with its formula in double precision")
  func attentionFormula() {
    let (images, tokens, heads, width) = (2, 11, 3, 15)
    let depth = width / heads
    var stream = RandomStream(seed: 2)
    let layer = Attention(width: width, heads: heads, tokens: tokens, dropout: 0, random: &stream)
    let x = random([images * tokens, width], seed: 6)
    var tape = Tape(pass: Pass(), mode: .evaluation)
    let y = layer.forward(x, saving: &tape)
    let shown = layer.weightsOfFirst(x, pass: Pass())
    #expect(shown.shape == [images * heads, tokens])
    let weights = Dictionary(
      uniqueKeysWithValues: State(of: layer).entries.map {
        ($0.name, $0.entry.tensor.elements.map { Double($0) })
      })
    func linear(_ rows: [[Double]], _ weight: [Double], _ bias: [Double]) -> [[Double]] {
      rows.map { row in
        bias.indices.map { o in row.indices.reduce(bias[o]) { $0 + row[$1] * weight[o * row.count + $1] } }
      }
    }
    for image in 0..<images {
      let rows = (0..<tokens).map {
        x.rows(image * tokens + $0..<image * tokens + $0 + 1).elements.map { Double($0) }
      }
      let qkv = linear(rows, weights["in_proj_weight"]!, weights["in_proj_bias"]!)
      var o = [[Double]](repeating: [Double](repeating: 0, count: width), count: tokens)
      for head in 0..<heads {
        for i in 0..<tokens {
          let scores = (0..<tokens).map { j in
            (0..<depth).reduce(0) { $0 + qkv[i][head * depth + $1] * qkv[j][width + head * depth + $1] }
              / Double(depth).squareRoot()
          }
          let sum = scores.reduce(0) { $0 + exp($1) }
          for j in 0..<tokens where i == 0 {
            let weight = Double(shown[(image * heads + head) * tokens + j])
            #expect(abs(weight - exp(scores[j]) / sum) < 1e-6, "as it is shown")
          }
          for j in 0..<tokens {
            for c in 0..<depth {
              o[i][head * depth + c] += exp(scores[j]) / sum * qkv[j][2 * width + head * depth + c]
            }
          }
        }
      }
      let expected = linear(o, weights["out_proj.weight"]!, weights["out_proj.bias"]!).joined()
      for (at, value) in expected.enumerated() {
        #expect(abs(Double(y[image * tokens * width + at]) - value) < 1e-5)
      }
    }
  }

  @Test("a whole block, of both kinds", arguments: [true, false])
  func block(gelu: Bool) {
    var stream = RandomStream(seed: 4)
    let layer = TransformerBlock(
      .init(heads: 2, hidden: 9, gelu: gelu, dropout: 0.2), width: 6, tokens: 4, random: &stream)
    let worst = worstGradientError(of: layer, at: random([8, 6], seed: 7), kinks: !gelu)
    #expect(worst.relative < 6e-3, "worst in \(worst.name)")
    #expect(worst.skipped < 0.2)
  }

  private func vary(_ layer: LayerNorm) {
    var stream = RandomStream(seed: 12)
    for column in 0..<layer.width {
      layer.scale.value[column] = stream.uniform(0.5, 1.5)
      layer.shift.value[column] = stream.uniform(-0.5, 0.5)
    }
  }
}

@Suite("Vision transformer")
struct ViTTests {
  private func vit(
    _ style: ViT.Style, layers: Int = 2, heads: Int = 3, width: Int? = nil, patch: Int = 4, size: Int = 12,
    dropout: Float = 0
  ) throws -> Network {
    var random = RandomStream(seed: 1)
    return try Network(
      .vit(
        style, layers: layers, heads: heads, width: width, patch: patch, size: size, dropout: dropout),
      random: &random)
  }

  /// What PyTorch computed in double precision (`Fixtures/make_vit_fixtures.py`).
  @Test("output, all gradients and ten losses are PyTorch's", arguments: ViT.Style.allCases)
  func pytorch(style: ViT.Style) throws {
    let reference = try Weights.read(fixture("vit.safetensors"))
    let encoder = try vit(style, width: style == .paper ? nil : 24)
    let head = ProjectionHead(input: encoder.outputWidth, widths: [20, 10])
    let network = Sequential(encoder, head)
    var state = State(of: encoder)
    head.collect(into: &state, prefix: "head.")
    for (name, entry) in state.entries {
      let start = try #require(try reference.tensor("\(style).start.\(name)"), "\(name)")
      #expect(start.shape == entry.tensor.shape)
      entry.tensor.pointer.update(from: start.pointer, count: start.count)
    }
    let images = try #require(try reference.tensor("\(style).images"))
    let losses = try #require(try reference.tensor("\(style).losses"))
    let optimizer = Adam()
    for step in 0..<losses.count {
      var tape = Tape(pass: Pass(), mode: .training, step: step)
      let z = network.forward(images, saving: &tape)
      let (loss, dz) = ntXent(z, temperature: 0.5)
      #expect(abs(loss / Double(losses[step]) - 1) < 1e-3, "step \(step)")
      _ = network.backward(dz, from: &tape)
      #expect(tape.isEmpty)
      if step == 0 {
        #expect(largestError(z, try reference.tensor("\(style).output")) < 1e-5)
        for (name, entry) in state.entries {
          guard case .parameter(let parameter) = entry else { continue }
          let expected = try reference.tensor("\(style).gradient.\(name)")
          #expect(largestError(parameter.gradient, expected) < 2e-4, "\(name)")
        }
      }
      optimizer.step(state.parameters, rate: 1e-3, workers: .shared)
    }
  }

  @Test(
    "the paper's networks have its parameters",
    arguments: [(6, 22_744_064), (8, 29_837_312), (12, 44_023_808)])
  func parameters(layers: Int, expected: Int) throws {
    let encoder = try vit(.paper, layers: layers, heads: layers, patch: 16, size: 224)
    let head = ProjectionHead(input: encoder.outputWidth, widths: [1024, 512])
    #expect(State(of: encoder).parameterCount + State(of: head).parameterCount == expected)
    #expect(encoder.description.parameterCount == State(of: encoder).parameterCount)
  }

  @Test("a step has the same bits with 1, 2 and 8 workers")
  func deterministic() throws {
    func trained(_ workers: Int) throws -> [Float] {
      let pass = Pass(workers: Workers(count: workers))
      let encoder = try vit(.standard, width: 24, size: 16, dropout: 0.2)
      let x = random([6, 16, 16, 3], seed: 2)
      let state = State(of: encoder)
      let optimizer = Adam()
      for step in 0..<2 {
        var tape = Tape(pass: pass, mode: .training, step: step)
        let h = encoder.forward(x, saving: &tape)
        _ = encoder.backward(ntXent(h, temperature: 0.5).gradient, from: &tape)
        optimizer.step(state.parameters, rate: 1e-3, workers: pass.workers)
      }
      return state.entries.flatMap(\.entry.tensor.elements)
    }
    let one = try trained(1)
    #expect(one.allSatisfy { $0.isFinite })
    #expect(try trained(2) == one)
    #expect(try trained(8) == one)
  }

  @Test("numbers that do not fit are refused, with what would")
  func refused() throws {
    func refused(_ error: ViTError, _ make: () throws -> Network) {
      #expect(throws: error) { _ = try make() }
    }
    refused(.pieces(size: 12, patch: 5, nearest: 10)) { try vit(.paper, patch: 5) }
    refused(.heads(5, width: 48, fitting: 4)) { try vit(.paper, heads: 5) }
    refused(.paperWidth(24, patch: 4)) { try vit(.paper, width: 24) }
    refused(.dropout(1)) { try vit(.standard, width: 24, dropout: 1) }
    refused(.layers(0, 1...96)) { try vit(.paper, layers: 0) }
    refused(.tokens(16_385, most: 4097, size: 128, patch: 1)) {
      try vit(.standard, heads: 1, width: 8, patch: 1, size: 128)
    }
    refused(.width(12_288, 1...8192, .paper)) { try vit(.paper, patch: 64, size: 256) }
    #expect(throws: NetworkError.self) { try vit(.standard, layers: 96, heads: 1, width: 8192) }
  }
}
