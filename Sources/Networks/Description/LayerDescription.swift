import Base

/// One part of a network as data: what it computes, without the weights.
///
/// A shape is that of the numbers of one picture: `[height, width, channels]`, `[tokens, channels]` or `[channels]`.
public enum LayerDescription: Sendable, Equatable {
  case convolution(Convolution)
  /// `max(0, f(x) + s(x))`
  case residual(Residual)
  /// The largest of each window of 3×3, every second one.
  case maxPool
  /// The mean over all places.
  case meanPool
  /// Squares of `side` pixels, each as a row; projected to `width` numbers, or as they are.
  case patches(side: Int, width: Int?)
  /// A token for the class before all others, and a learned position added to each.
  case tokens
  case transformer(Transformer)
  case layerNorm
  /// The first of all tokens.
  case classToken
  /// `x·Wᵀ + b` along the last axis.
  case linear(outputs: Int)
  case relu
  case gelu
  case dropout(Float)
  /// A convolution by itself, with an offset for each output: no normalisation follows.
  case plainConvolution(Convolution)
  /// Batch normalisation that follows no convolution, with a rectifier or without.
  case batchNorm(isRectified: Bool)
  /// The largest or the mean of each window.
  case pool(Pool)
  /// The largest over all places.
  case maxOfAll
  /// All numbers of a picture, or of its tokens, in one row.
  case flatten
  /// `f(x) + s(x)` of any layers f.
  indirect case sum(Sum)

  /// A convolution of a padded image, normalised over the batch and, where asked for, rectified.
  public struct Convolution: Sendable, Equatable {
    var kernel: Int
    var stride = 1
    var outputs: Int
    var isRectified = true
    /// Names of the kernel and the normalisation in weight files.
    var name: String
    var normName: String

    /// For one picture; an odd kernel stays in the middle of its window.
    func shape(for input: [Int]) -> ConvolutionShape {
      ConvolutionShape(
        images: 1, height: input[0], width: input[1], inputs: input[2], outputs: outputs, kernel: kernel,
        stride: stride, padding: kernel / 2)
    }
  }

  /// The block of a residual network (He et al., 2016): some convolutions f, the last without its rectifier, and a shortcut s,
  /// which is the input itself, or where the shape changes a 1×1 convolution.
  public struct Residual: Sendable, Equatable {
    let main: [Convolution]
    let shortcut: Convolution?

    var outputs: Int { main[main.count - 1].outputs }

    /// Two 3×3 convolutions, the first with the stride.
    public static func basic(inputs: Int, width: Int, stride: Int = 1, named name: String) -> Residual {
      Residual([(3, stride, width), (3, 1, width)], inputs: inputs, name)
    }

    /// A 1×1 convolution, a 3×3 with the stride, and a 1×1 to four times the width, as torchvision has it.
    public static func bottleneck(inputs: Int, width: Int, stride: Int = 1, named name: String) -> Residual {
      Residual([(1, 1, width), (3, stride, width), (1, 1, 4 * width)], inputs: inputs, name)
    }

    /// - Parameter shortcut: where the shape changes.
    init(main: [Convolution], shortcut: Convolution?) { (self.main, self.shortcut) = (main, shortcut) }

    private init(
      _ convolutions: [(kernel: Int, stride: Int, outputs: Int)], inputs: Int, _ name: String
    ) {
      main = convolutions.enumerated().map { place, line in
        Convolution(
          kernel: line.kernel, stride: line.stride, outputs: line.outputs,
          isRectified: place + 1 < convolutions.count, name: "\(name).conv\(place + 1)",
          normName: "\(name).bn\(place + 1)")
      }
      let (stride, outputs) = (main.reduce(1) { $0 * $1.stride }, main[main.count - 1].outputs)
      shortcut =
        stride == 1 && inputs == outputs
        ? nil
        : Convolution(
          kernel: 1, stride: stride, outputs: outputs, isRectified: false, name: name + ".downsample.0",
          normName: name + ".downsample.1")
    }
  }

  /// Windows of `size` × `size` places; those of an odd size have every `stride`th place in their middle.
  public struct Pool: Sendable, Equatable {
    let isMax: Bool
    let size: Int
    let stride: Int

    /// An odd window stays in the middle, an even one within the picture.
    var padding: Int { size % 2 == 1 ? size / 2 : 0 }
    func side(for input: Int) -> Int { (input + 2 * padding - size) / stride + 1 }
  }

  /// Some layers and a way past them: the input itself, or where the shape changes a 1×1 convolution, normalised, of a picture and a
  /// linear layer of rows.
  public struct Sum: Sendable, Equatable {
    let main: [NetworkDescription.Part]
    let shortcut: NetworkDescription.Part?
  }

  /// Attention, then two linear layers of which the first gives `hidden` numbers, each behind a norm and added to what it read.
  public struct Transformer: Sendable, Equatable {
    let heads: Int
    let hidden: Int
    /// Between the linear layers GELU, or ReLU.
    let usesGELU: Bool
    let dropout: Float

    public init(heads: Int, hidden: Int, gelu: Bool, dropout: Float) {
      (self.heads, self.hidden, usesGELU, self.dropout) = (heads, hidden, gelu, dropout)
    }
  }
}

/// One line of the table that describes a network.
public struct PlannedLayer: Sendable, Equatable {
  public let name: String
  /// Kind of layer, as a reader sees it: "3×3 convolution, stride 2".
  public let kind: String
  /// Shape of the output for one image.
  public let outputShape: [Int]
  public let parameters: Int
  /// Multiply-adds of the forward pass for one picture: those of convolutions, each counted as a direct one whatever the method,
  /// of linear layers, and of attention.
  public let products: Int

  var outputCount: Int { outputShape.reduce(1, *) }
}

extension LayerDescription.Sum {
  fileprivate func aliveCount(from input: [Int]) -> Int {
    Networks.aliveCount(of: main, planned(main, from: input), from: input)
  }
}

/// The most values of one image that are alive at once in one part after the other.
func aliveCount(of parts: [NetworkDescription.Part], _ plan: [PlannedLayer], from input: [Int]) -> Int {
  let inputs = [input] + plan.map(\.outputShape)
  return parts.indices.map { parts[$0].layer.aliveCount(from: inputs[$0], plan[$0]) }.max() ?? 0
}

extension LayerDescription {
  /// Shape of its output for an input of the shape `input`.
  func planned(_ name: String, from input: [Int]) -> PlannedLayer {
    let width = input[input.count - 1]
    func line(_ kind: String, _ shape: [Int], _ parameters: Int = 0, _ products: Int = 0) -> PlannedLayer {
      PlannedLayer(name: name, kind: kind, outputShape: shape, parameters: parameters, products: products)
    }
    switch self {
    case .convolution(let block):
      let shape = block.shape(for: input)
      let weights = shape.taps * shape.outputs
      // Without offsets: scale and shift of the normalisation come instead.
      return line(
        "\(block.kernel)×\(block.kernel) convolution" + suffix(stride: block.stride),
        Array(shape.outputShape.dropFirst()), weights + 2 * shape.outputs, shape.places * weights)
    case .residual(let block):
      let main = Networks.planned(block.main.map { .init($0.name, .convolution($0)) }, from: input)
      let all = main + (block.shortcut.map { [Self.convolution($0).planned($0.name, from: input)] } ?? [])
      return line(
        (main.count == 2 ? "basic block" : "bottleneck block") + suffix(stride: block.shortcut?.stride ?? 1),
        main[main.count - 1].outputShape, all.reduce(0) { $0 + $1.parameters },
        all.reduce(0) { $0 + $1.products })
    case .maxPool:
      return line("3×3 maximum, stride 2", [(input[0] + 1) / 2, (input[1] + 1) / 2, width])
    case .meanPool: return line(input.count == 2 ? "mean over all tokens" : "mean over all places", [width])
    case .maxOfAll: return line(input.count == 2 ? "largest of all tokens" : "largest of all places", [width])
    case .pool(let pool):
      let size = "\(pool.size)×\(pool.size) "
      return line(
        size + (pool.isMax ? "maximum" : "mean") + suffix(stride: pool.stride),
        input.dropLast().map(pool.side) + [width])
    case .plainConvolution(let block):
      let shape = block.shape(for: input)
      let weights = shape.taps * shape.outputs
      return line(
        "\(block.kernel)×\(block.kernel) convolution" + suffix(stride: block.stride),
        Array(shape.outputShape.dropFirst()), weights + shape.outputs, shape.places * weights)
    case .batchNorm(let isRectified):
      return line("batch norm" + (isRectified ? ", ReLU" : ""), input, 2 * width)
    case .flatten: return line("all in one row", [input.reduce(1, *)])
    case .sum(let sum):
      let main = Networks.planned(sum.main, from: input)
      let all = main + (sum.shortcut.map { [$0.layer.planned($0.name, from: input)] } ?? [])
      return line(
        "residual", main.last?.outputShape ?? input, all.reduce(0) { $0 + $1.parameters },
        all.reduce(0) { $0 + $1.products })
    case .patches(let side, let outputs):
      let (rows, columns, numbers) = (input[0] / side, input[1] / side, side * side * width)
      let cut = "\(side)×\(side) patches"
      guard let outputs else { return line(cut + " as they are", [rows, columns, numbers]) }
      return line(
        cut + ", projected", [rows, columns, outputs], (numbers + 1) * outputs,
        rows * columns * numbers * outputs)
    case .tokens:
      let tokens = input[0] * input[1] + 1
      return line("class token and positions", [tokens, width], (tokens + 1) * width)
    case .transformer(let block):
      let weights = 4 * width * width + 2 * width * block.hidden
      // An offset for each output, and scale and shift of both norms.
      let offsets = 4 * width + block.hidden + width + 4 * width
      return line(
        "\(counted(block.heads, "head")), MLP of \(block.hidden)", input, weights + offsets,
        input[0] * weights + 2 * input[0] * input[0] * width)
    case .layerNorm: return line("layer norm", input, 2 * width)
    case .classToken: return line("the class token", [width])
    case .linear(let outputs):
      let rows = input.dropLast()
      return line(
        "linear", rows + [outputs], (width + 1) * outputs, rows.reduce(1, *) * width * outputs)
    case .relu: return line("ReLU", input)
    case .gelu: return line("GELU", input)
    case .dropout(let share):
      return line("dropout of \(written((1000 * Double(share)).rounded() / 10)) %", input)
    }
  }

  private func suffix(stride: Int) -> String { stride == 1 ? "" : ", stride \(stride)" }

  /// Number of values of one image that are alive at once in evaluation. Measured: at most 3.1 times those of the output for
  /// convolutions; a transformer has three times as many between its layers' halves.
  func aliveCount(from input: [Int], _ line: PlannedLayer) -> Int {
    switch self {
    case .transformer: return 12 * line.outputCount
    case .sum(let sum):
      return sum.aliveCount(from: input) + input.reduce(1, *) + 2 * line.outputCount
    default: return 4 * line.outputCount
    }
  }

  /// Whether what it gives depends on the other pictures of a batch.
  var normalisesOverBatch: Bool {
    switch self {
    case .convolution, .residual, .batchNorm: true
    case .sum(let sum):
      (sum.main + [sum.shortcut].compactMap { $0 }).contains { $0.layer.normalisesOverBatch }
    default: false
    }
  }
}
