import Tensors

/// A network that turns a batch of images into a batch of representations.
public protocol Encoder: Layer {
  var description: NetworkDescription { get }

  /// Weights by which the class token takes up what each token of an image says, in one of the blocks of attention: `[n·heads, tokens]`, the
  /// class token itself first, each row with the sum 1. Nil where the network has no such block. Shape: x `[n, size, size, 3]`.
  func attention(to x: Tensor, block: Int, pass: Pass) -> Tensor?

  /// Numbers of each place, of which the representation is the mean: `[n, rows, columns, outputWidth]`. Nil where it is none.
  func places(of x: Tensor, pass: Pass) -> Tensor?
}

extension Encoder {
  public func attention(to x: Tensor, block: Int, pass: Pass) -> Tensor? { nil }
  public func places(of x: Tensor, pass: Pass) -> Tensor? { nil }

  /// The name of its architecture as a command spells it: "resnet18".
  public var architecture: String { description.architecture }
  /// Length of a representation.
  public var outputWidth: Int { description.outputWidth }
  /// Side of the square images it was made for, in pixels.
  public var inputSize: Int { description.inputSize }
}

/// The layers of a description. Shapes: x `[n, size, size, 3]`, y `[n, outputWidth]`.
public final class Network: Encoder {
  public let description: NetworkDescription
  private let layers: any Layer

  /// Weights are drawn from `random`, in the order of the parts.
  /// Throws `NetworkError` for more weights than there is memory, and `Interrupted`.
  public init(_ description: NetworkDescription, random: inout RandomStream) throws {
    try description.checkMemory()
    self.description = description
    if case .patches? = description.parts.first?.layer {
      layers = try TokenNetwork(description, random: &random)
    } else {
      layers = try ImageNetwork(description, random: &random)
    }
    try random.checkInterrupt()
  }

  public convenience init(_ description: NetworkDescription, seed: UInt64 = 0) throws {
    var random = RandomStream(seed: seed, name: "network", indices: [])
    try self.init(description, random: &random)
  }

  /// The layers of a network that cuts images into patches.
  var tokens: TokenNetwork? { layers as? TokenNetwork }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor { layers.forward(x, saving: &tape) }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor { layers.backward(dy, from: &tape) }

  public func attention(to x: Tensor, block: Int, pass: Pass) -> Tensor? {
    (layers as? TokenNetwork)?.attention(to: x, block: block, pass: pass)
  }

  public func places(of x: Tensor, pass: Pass) -> Tensor? {
    (layers as? ImageNetwork)?.places(of: x, pass: pass)
  }

  public func collect(into state: inout State, prefix: String) {
    layers.collect(into: &state, prefix: prefix)
  }
}
