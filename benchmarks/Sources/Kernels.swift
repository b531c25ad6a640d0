import Learning
import Networks
import Tensors

/// A family of kernels, made when it is their turn so that only one family's memory is in use.
///
/// To add a layer: its family, with the operations or the numbers of each pass.
struct KernelFamily: Sendable {
  let name: String
  let make: @Sendable (Pass) throws -> [Kernel]

  static let all = [
    KernelFamily(name: "convolution") { pass in convolutionShapes.flatMap { convolution($0, pass: pass) } },
    KernelFamily(name: "block") { pass in
      var random = RandomStream(seed: 1)
      let block = ResidualBlock(
        .basic(inputs: 64, width: 64, named: "block"), inputs: 64, random: &random)
      let operations = 2 * 2 * 128 * 32 * 32 * 9 * 64 * 64
      return passes(
        "basic block", block, [128, 32, 32, 64], pass: pass, forward: .operations(operations),
        backward: .operations(2 * operations))
    },
    KernelFamily(name: "norm") { pass in
      let count = 128 * 32 * 32 * 64
      // Forward x is read for its moments and again to be normalised; backward x and dy, for two sums and again for dx.
      return passes(
        "batch norm", BatchNorm(channels: 64, relu: true), [128, 32, 32, 64], pass: pass,
        forward: .numbers(3 * count), backward: .numbers(5 * count))
    },
    KernelFamily(name: "pool") { pass in
      let count = 20 * 112 * 112 * 64
      let mean = 128 * 4 * 4 * 512
      let largest = passes(
        "max pool", MaxPool(), [20, 112, 112, 64], pass: pass, forward: .numbers(count + count / 4),
        backward: .numbers(2 * count + count / 2))
      return largest
        + passes(
          "mean pool", GlobalAveragePool(), [128, 4, 4, 512], pass: pass, forward: .numbers(mean),
          backward: .numbers(mean))
    },
    KernelFamily(name: "linear") { pass in
      var random = RandomStream(seed: 1)
      let layer = Linear(inputs: 512, outputs: 1024, random: &random)
      return passes(
        "linear 512→1024", layer, [128, 512], pass: pass, forward: .operations(2 * 128 * 512 * 1024),
        backward: .operations(4 * 128 * 512 * 1024))
    },
    KernelFamily(name: "transformer") { pass in transformer(pass: pass) },
    KernelFamily(name: "loss") { pass in
      let loss = try NTXent(temperature: 0.5)
      return [128, 1024].map { rows in
        let z = noise([rows, 512])
        // Similarities, and their gradient.
        return Kernel(name: "NT-Xent", shape: "\(rows)×512", work: .operations(4 * rows * rows * 512)) {
          _ = loss(z, pass: pass)
        }
      }
    },
    KernelFamily(name: "adam") { pass in
      let (count, adam) = (11_000_000, Adam())
      let parameters = [Parameter(noise([count]), decays: true)]
      // Weight, gradient and both means are read and written.
      return [
        Kernel(name: "Adam", shape: "\(count)", work: .numbers(8 * count)) {
          adam.step(parameters, rate: 1e-4, workers: pass.workers)
        }
      ]
    },
    KernelFamily(name: "augment") { _ in
      let views = try ViewBatch(pictures: 250, size: 32)
      return [
        Kernel(name: "augmentation, one core", shape: "32×32×3", work: .views(views.count)) { views.make() }
      ]
    },
  ]
}

/// ResNet18's: with the 3×3 stem at 32 pixels and 64 pictures, and with the ImageNet stem at 224 and 10.
private let convolutionShapes = [
  ConvolutionShape(images: 128, height: 32, width: 32, inputs: 3, outputs: 64, kernel: 3, padding: 1),
  ConvolutionShape(images: 128, height: 32, width: 32, inputs: 64, outputs: 64, kernel: 3, padding: 1),
  ConvolutionShape(
    images: 128, height: 32, width: 32, inputs: 64, outputs: 128, kernel: 3, stride: 2, padding: 1),
  ConvolutionShape(
    images: 128, height: 32, width: 32, inputs: 64, outputs: 128, kernel: 1, stride: 2, padding: 0),
  ConvolutionShape(images: 128, height: 16, width: 16, inputs: 128, outputs: 128, kernel: 3, padding: 1),
  ConvolutionShape(images: 128, height: 8, width: 8, inputs: 256, outputs: 256, kernel: 3, padding: 1),
  ConvolutionShape(images: 128, height: 4, width: 4, inputs: 512, outputs: 512, kernel: 3, padding: 1),
  ConvolutionShape(images: 128, height: 2, width: 2, inputs: 512, outputs: 512, kernel: 3, padding: 1),
  ConvolutionShape(
    images: 20, height: 224, width: 224, inputs: 3, outputs: 64, kernel: 7, stride: 2, padding: 3),
  ConvolutionShape(images: 20, height: 56, width: 56, inputs: 64, outputs: 64, kernel: 3, padding: 1),
  ConvolutionShape(images: 20, height: 28, width: 28, inputs: 128, outputs: 128, kernel: 3, padding: 1),
  ConvolutionShape(images: 20, height: 14, width: 14, inputs: 256, outputs: 256, kernel: 3, padding: 1),
  ConvolutionShape(images: 20, height: 7, width: 7, inputs: 512, outputs: 512, kernel: 3, padding: 1),
]

/// Three kernels: forward, backward for the weights alone as of a first layer, and backward for both gradients.
///
/// There is no pass for ∂L/∂x alone: a step never runs one, and both share the transform of dy.
private func convolution(_ shape: ConvolutionShape, pass: Pass) -> [Kernel] {
  let operations = 2 * shape.images * shape.places * shape.taps * shape.outputs
  func make(needsInputGradient: Bool) -> [Kernel] {
    var random = RandomStream(seed: 1)
    let layer = Convolution(
      inputs: shape.inputs, outputs: shape.outputs, kernel: shape.kernel, stride: shape.stride,
      padding: shape.padding, needsInputGradient: needsInputGradient, random: &random)
    let name = "convolution \(shape.kernel)×\(shape.kernel)/\(shape.stride) →\(shape.outputs)"
    return passes(
      name, layer, shape.inputShape, pass: pass, forward: .operations(operations),
      backward: .operations(operations * (needsInputGradient ? 2 : 1)))
  }
  let weights = make(needsInputGradient: false)
  let first = Kernel(
    name: weights[1].name + ", weights alone", shape: weights[1].shape, work: weights[1].work,
    take: weights[1].take)
  return [weights[0], first] + (shape.inputs > 3 ? [make(needsInputGradient: true)[1]] : [])
}

/// The parts of the paper's ViT_6_6 at 224 pixels and 8 pictures, and GELU, which the standard style has.
private func transformer(pass: Pass) -> [Kernel] {
  let (images, tokens, width) = (16, 197, 768)
  let (rows, count) = (images * tokens, images * tokens * width)
  var random = RandomStream(seed: 1)
  let attention = Attention(width: width, heads: 6, tokens: tokens, dropout: 0.2, random: &random)
  let operations = 2 * (4 * rows * width * width + 2 * rows * tokens * width)
  return passes(
    "attention, 6 heads", attention, [rows, width], pass: pass, forward: .operations(operations),
    backward: .operations(2 * operations))
    + passes(
      "layer norm", LayerNorm(width: width), [rows, width], pass: pass, forward: .numbers(2 * count),
      backward: .numbers(3 * count))
    + passes(
      "GELU", GELU(), [rows, width], pass: pass, forward: .numbers(2 * count), backward: .numbers(3 * count))
}
