import Base
import Tensors

/// A small convolutional encoder for the classroom: four 3×3 convolutions, each followed by normalisation and
/// rectification, each but the first halving the side and doubling the channels; then the mean over all places.
/// Shapes: x `[n, size, size, 3]`, h `[n, 8·width]`.
public final class CNN: Encoder {
  public let width: Int
  public let inputSize: Int
  private let blocks: [ConvolutionNorm]
  private let pool = GlobalAveragePool()

  public var architecture: String { "cnn" }
  public var outputWidth: Int { 8 * width }
  public var settings: [(name: String, value: String)] {
    [("architecture", architecture), ("width", String(width)), ("size", String(inputSize))]
  }

  /// - Parameter width: channels after the first convolution.
  /// - Throws: `InputError` for a width or a size out of bounds or more weights than there is memory, and `Interrupted`.
  public init(width: Int = 32, size: Int = 32, random: inout RandomStream) throws {
    try CNN.check(width: width, size: size)
    try checkMemory("cnn", width: width, in: 1...width, shrinking: "width") {
      try CNN.plan(width: $0, size: size)
    }
    self.width = width
    inputSize = size
    blocks = try (0..<4).map { stage in
      try random.checkInterrupt()
      let outputs = width << stage
      return ConvolutionNorm(
        Convolution(
          inputs: stage == 0 ? 3 : outputs / 2, outputs: outputs, kernel: 3, stride: stage == 0 ? 1 : 2,
          padding: 1, needsInputGradient: stage > 0, random: &random))
    }
    try random.checkInterrupt()
  }

  private static func check(width: Int, size: Int) throws {
    guard (1...1024).contains(width) else {
      throw InputError(
        "a width of \(width) is out of bounds: it must be from 1 to 1024", option: "width",
        advice: "try width=32")
    }
    guard (8...2048).contains(size) else {
      throw InputError(
        "pictures of \(size) pixels are out of bounds: the side must be from 8 to 2048", option: "size",
        advice: "try size=32")
    }
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 4 && x.shape[3] == 3, "\(x.shape) is no batch of colour pictures")
    let y = blocks.reduce(Activation(x)) { $1.forward($0, saving: &tape) }
    tape.push(y)
    return pool.forward(y.written(pass: tape.pass), saving: &tape)
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let dy = pool.backward(dy, from: &tape)
    let last = gradient(dy, of: .normalisation(tape.popActivation()), pass: tape.pass)
    return blocks.reversed().reduce(last) { $1.backward($0, from: &tape) }.tensor
  }

  /// The names of a PyTorch module with the lists `conv` and `bn`.
  public func collect(into state: inout State, prefix: String) {
    for (place, block) in blocks.enumerated() {
      block.collect(into: &state, convolution: "\(prefix)conv.\(place).", norm: "\(prefix)bn.\(place).")
    }
  }

  public var plan: [PlannedLayer] { (try? CNN.plan(width: width, size: inputSize)) ?? [] }

  /// The layers of such a network. Throws `InputError` for a width or a size out of bounds.
  static func plan(width: Int, size: Int) throws -> [PlannedLayer] {
    try check(width: width, size: size)
    var side = size
    let lines = (0..<4).map { stage in
      let outputs = width << stage
      if stage > 0 { side = (side + 1) / 2 }
      return PlannedLayer(
        name: "conv.\(stage)", kind: stage == 0 ? "3×3 convolution" : "3×3 convolution, stride 2",
        outputShape: [side, side, outputs],
        parameters: 9 * (stage == 0 ? 3 : outputs / 2) * outputs + 2 * outputs)
    }
    return lines + [
      PlannedLayer(name: "mean", kind: "mean over all places", outputShape: [8 * width], parameters: 0)
    ]
  }
}
