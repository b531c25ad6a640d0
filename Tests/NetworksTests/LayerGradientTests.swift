import Networks
import Tensors
import Testing

@Suite("Gradients agree with central differences")
struct LayerGradientTests {
  @Test("linear", arguments: [(1, 4, 5), (3, 1, 1), (7, 9, 17)])
  func linear(rows: Int, inputs: Int, outputs: Int) {
    var stream = RandomStream(seed: 1)
    for bias in [true, false] {
      let layer = Linear(inputs: inputs, outputs: outputs, bias: bias, random: &stream)
      let worst = worstGradientError(of: layer, at: random([rows, inputs], seed: 3))
      #expect(worst.relative < 1e-3, "worst in \(worst.name)")
    }
  }

  @Test("rectifier", arguments: [[1], [3, 7], [2, 3, 5, 9]])
  func relu(shape: [Int]) {
    let worst = worstGradientError(of: ReLU(), at: random(shape, seed: 4, gap: 0.05))
    #expect(worst.relative < 1e-3, "worst in \(worst.name)")
  }

  @Test("mean over all places", arguments: [[1, 1, 1, 1], [2, 3, 5, 9], [3, 4, 4, 16]])
  func average(shape: [Int]) {
    let worst = worstGradientError(of: GlobalAveragePool(), at: random(shape, seed: 5))
    #expect(worst.relative < 1e-3, "worst in \(worst.name)")
  }

  @Test("maximum of windows", arguments: [[1, 1, 1, 1], [2, 5, 7, 9], [1, 8, 6, 8]])
  func maximum(shape: [Int]) {
    let worst = worstGradientError(of: MaxPool(), at: random(shape, seed: 6), kinks: true)
    #expect(worst.relative < 1e-3, "worst in \(worst.name)")
    #expect(worst.skipped < 0.05)
  }

  @Test(
    "convolution",
    arguments: [
      // kernel, stride, padding, height, width, inputs, outputs
      (1, 1, 0, 1, 1, 1, 1), (1, 1, 0, 3, 2, 9, 5), (1, 2, 0, 5, 4, 3, 9), (3, 1, 1, 1, 1, 2, 3),
      (3, 1, 1, 5, 7, 3, 9), (3, 1, 1, 4, 4, 8, 8), (3, 1, 1, 6, 9, 17, 3), (3, 1, 0, 5, 5, 2, 3),
      (3, 2, 1, 5, 6, 9, 3), (7, 2, 3, 9, 8, 3, 5), (2, 2, 0, 4, 6, 3, 4), (5, 3, 2, 7, 7, 2, 8),
    ])
  func convolution(
    kernel: Int, stride: Int, padding: Int, height: Int, width: Int, inputs: Int, outputs: Int
  ) {
    var stream = RandomStream(seed: 2)
    let layer = Convolution(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding, random: &stream)
    let worst = worstGradientError(of: layer, at: random([2, height, width, inputs], seed: 7))
    #expect(worst.relative < 2e-3, "worst in \(worst.name)")
  }

  @Test("normalisation", arguments: [[2, 1], [7, 3], [3, 2, 3, 9], [2, 4, 4, 16], [5, 1, 1, 33]])
  func batchNorm(shape: [Int]) {
    let layer = BatchNorm(channels: shape.last!)
    vary(layer)
    // Two rows are normalised to ±1 whatever they were, but for ε: their gradients are differences of nearly equals.
    let worst = worstGradientError(of: layer, at: random(shape, seed: 8), step: 5e-3)
    #expect(worst.relative < (shape[0] == 2 && shape.count == 2 ? 2e-2 : 3e-3), "worst in \(worst.name)")
  }

  @Test("normalisation with rectifier", arguments: [[7, 3], [3, 2, 3, 9], [2, 4, 4, 16]])
  func rectifiedBatchNorm(shape: [Int]) {
    let layer = BatchNorm(channels: shape.last!, relu: true)
    vary(layer)
    let worst = worstGradientError(of: layer, at: random(shape, seed: 9), kinks: true)
    #expect(worst.relative < 5e-3, "worst in \(worst.name)")
    #expect(worst.skipped < 0.1)
  }

  @Test(
    "residual blocks",
    arguments: [
      (LayerDescription.Residual.basic(inputs: 3, width: 3, named: ""), 3, 3),
      (.basic(inputs: 8, width: 8, named: ""), 8, 5),
      (.basic(inputs: 3, width: 9, stride: 2, named: ""), 3, 5),
      (.basic(inputs: 8, width: 16, stride: 2, named: ""), 8, 4),
      (.bottleneck(inputs: 8, width: 2, named: ""), 8, 3),
      (.bottleneck(inputs: 8, width: 3, stride: 2, named: ""), 8, 5),
    ])
  func block(block: LayerDescription.Residual, inputs: Int, side: Int) {
    var stream = RandomStream(seed: 3)
    let layer = ResidualBlock(block, inputs: inputs, random: &stream)
    let worst = worstGradientError(
      of: layer, at: random([3, side, side, inputs], seed: 10), step: 1e-3, kinks: true)
    #expect(worst.relative < 2e-2, "worst in \(worst.name)")
    #expect(worst.skipped < 0.4)
  }

  @Test("projection head", arguments: [(5, [9, 3]), (8, [16, 8, 4]), (3, [])])
  func head(input: Int, widths: [Int]) {
    let layer = ProjectionHead(input: input, widths: widths, seed: 4)
    let worst = worstGradientError(of: layer, at: random([6, input], seed: 11), kinks: true)
    #expect(worst.relative < 4e-3, "worst in \(worst.name)")
    #expect(worst.skipped < 0.1)
  }

  private func vary(_ layer: BatchNorm) {
    var stream = RandomStream(seed: 12)
    for channel in 0..<layer.channels {
      layer.scale.value[channel] = stream.uniform(0.5, 1.5)
      layer.shift.value[channel] = stream.uniform(-0.5, 0.5)
    }
  }
}
