import Networks
import Tensors
import Testing

@Suite("Convolutions agree with sums in double precision")
struct ConvolutionTests {
  /// Kernels of 3: odd sizes, channels that fill no vector or more than one panel, single places, all paddings.
  private static func shapes(count: Int, stride: Int) -> [ConvolutionShape] {
    var stream = RandomStream(seed: UInt64(20 + stride))
    return (0..<count).map { index in
      let padding = stride == 1 ? stream.integer(below: 3) : 1, least = max(1, 3 - 2 * padding)
      return ConvolutionShape(
        images: 1 + stream.integer(below: 3), height: least + stream.integer(below: 18),
        width: least + stream.integer(below: 18),
        inputs: 1 + stream.integer(below: index % 8 == 0 ? 140 : 20),
        outputs: 1 + stream.integer(below: index % 8 == 1 ? 140 : 20), kernel: 3, stride: stride,
        padding: padding)
    }
      // So many channels that all workers share each stage, and so many tiles that there are several blocks.
      + [
        (1, 5, 7, 176, 178), (9, 4, 4, 171, 180), (2, 1, 1, 200, 160), (3, 9, 5, 192, 176), (20, 13, 9, 3, 5),
        (5, 40, 37, 5, 9),
      ].map {
        ConvolutionShape(
          images: $0.0, height: $0.1, width: $0.2, inputs: $0.3, outputs: $0.4, kernel: 3, stride: stride,
          padding: 1)
      }
  }

  @Test("Winograd's method, all three passes, at strides 1 and 2", arguments: [(200, 1), (100, 2)])
  func winograd(count: Int, stride: Int) {
    let pass = Pass()
    var worst = (0.0, 0.0, 0.0)
    for (index, shape) in ConvolutionTests.shapes(count: count, stride: stride).enumerated() {
      let direct = DirectConvolution(shape, seed: UInt64(index))
      let convolution = WinogradConvolution(shape)
      let (x, dy) = (PixelReader(direct.x), PixelReader(direct.dy))
      let y = convolution.forward(x, direct.weight, moments: false, pass: pass).tensor
      let dw = Tensor(direct.weight.shape)
      let dx = convolution.backward(x, dy, direct.weight, gradient: dw, to: GradientTarget(), pass: pass)!
      worst.0 = max(worst.0, direct.errorOfOutput(y))
      worst.1 = max(worst.1, direct.errorOfInputGradient(dx.tensor))
      worst.2 = max(worst.2, direct.errorOfWeightGradient(dw))
    }
    #expect(worst.0 < 2e-5, "largest relative error of an output")
    #expect(worst.1 < 2e-5, "largest relative error of an input's gradient")
    #expect(worst.2 < 2e-5, "largest relative error of a weight's gradient")
  }

  @Test("products of laid-out columns, all three passes, any kernel")
  func columns() {
    let pass = Pass()
    var stream = RandomStream(seed: 21)
    var worst = 0.0
    for index in 0..<100 {
      let kernel = 1 + stream.integer(below: 7), padding = stream.integer(below: kernel)
      let least = max(1, kernel - 2 * padding)
      let shape = ConvolutionShape(
        images: 1 + stream.integer(below: 5), height: least + stream.integer(below: 14),
        width: least + stream.integer(below: 14), inputs: 1 + stream.integer(below: 12),
        outputs: 1 + stream.integer(below: 12), kernel: kernel, stride: 1 + stream.integer(below: 3),
        padding: padding)
      let direct = DirectConvolution(shape, seed: UInt64(index))
      let convolution = ColumnConvolution(shape)
      let dw = Tensor(direct.weight.shape)
      let dy = PixelReader(direct.dy)
      convolution.addWeightGradient(direct.x, dy, to: dw, pass: pass)
      let y = convolution.forward(direct.x, direct.weight, moments: false, pass: pass)
      let dx = convolution.inputGradient(dy, direct.weight, to: GradientTarget(), pass: pass)
      worst = max(
        worst, direct.errorOfOutput(y.tensor), direct.errorOfInputGradient(dx.tensor),
        direct.errorOfWeightGradient(dw))
    }
    #expect(worst < 2e-6, "largest relative error")
  }

  @Test("a gradient is added to what was there", arguments: [(3, 1, 1), (3, 2, 1), (1, 1, 0), (1, 2, 0)])
  func adding(kernel: Int, stride: Int, padding: Int) {
    let pass = Pass()
    let shape = ConvolutionShape(
      images: 2, height: 7, width: 6, inputs: 9, outputs: 10, kernel: kernel, stride: stride, padding: padding
    )
    let direct = DirectConvolution(shape, seed: 5)
    let before = random(shape.inputShape, seed: 6)
    let other = before.copy()
    let (dy, target) = (PixelReader(direct.dy), GradientTarget(adding: other))
    let sum =
      WinogradConvolution.fits(shape)
      ? WinogradConvolution(shape).backward(
        PixelReader(direct.x), dy, direct.weight, gradient: Tensor(direct.weight.shape), to: target,
        pass: pass)!
        .tensor
      : ColumnConvolution(shape).inputGradient(dy, direct.weight, to: target, pass: pass).tensor
    #expect(sum.pointer == other.pointer)
    let added = Tensor(sum.shape, zip(sum.elements, before.elements).map { $0 - $1 })
    #expect(direct.errorOfInputGradient(added) < 2e-5)
  }

  @Test("no images give no outputs and leave gradients as they are")
  func empty() {
    var stream = RandomStream(seed: 1)
    for stride in [1, 2] {
      let layer = Convolution(inputs: 8, outputs: 8, kernel: 3, stride: stride, padding: 1, random: &stream)
      var tape = Tape(pass: Pass(), mode: .training)
      let y = layer.forward(Tensor([0, 4, 4, 8]), saving: &tape)
      #expect(y.shape == [0, 4 / stride, 4 / stride, 8])
      #expect(layer.backward(y, from: &tape).shape == [0, 4, 4, 8])
      #expect(layer.weight.gradient.elements.allSatisfy { $0 == 0 })
    }
  }
}

/// A convolution and its gradients by their definition, in double precision.
private struct DirectConvolution {
  let shape: ConvolutionShape
  let x: Tensor
  let weight: Tensor
  let dy: Tensor
  private let y: [Double]
  private let dx: [Double]
  private let dw: [Double]

  init(_ shape: ConvolutionShape, seed: UInt64) {
    self.shape = shape
    x = random(shape.inputShape, seed: 3 * seed)
    weight = random([shape.kernel, shape.kernel, shape.inputs, shape.outputs], seed: 3 * seed + 1)
    dy = random(shape.outputShape, seed: 3 * seed + 2)
    y = Reference.convolution(doubles(x), doubles(weight), shape)
    (dx, dw) = Reference.convolutionGradients(doubles(dy), doubles(x), doubles(weight), shape)
  }

  func errorOfOutput(_ tensor: Tensor) -> Double { error(tensor, y, shape.outputShape) }
  func errorOfInputGradient(_ tensor: Tensor) -> Double { error(tensor, dx, shape.inputShape) }
  func errorOfWeightGradient(_ tensor: Tensor) -> Double { error(tensor, dw, weight.shape) }

  /// The largest difference as a share of the largest number.
  private func error(_ tensor: Tensor, _ reference: [Double], _ shape: [Int]) -> Double {
    guard tensor.shape == shape else { return .infinity }
    let size = reference.reduce(1e-30) { max($0, abs($1)) }
    var worst = 0.0
    for at in 0..<reference.count {
      let distance = abs(Double(tensor.pointer[at]) - reference[at])
      if !(distance <= worst) { worst = distance }
    }
    return worst / size
  }
}
