import Tensors

/// The head that only training needs: linear layers with ReLU between them and none at the end (SimCLR, section 2.1).
/// Shapes: x `[n, input]`, y `[n, widths.last]`.
public final class ProjectionHead: Layer {
  public let inputWidth: Int
  public let widths: [Int]
  private let layers: Sequential

  /// Without widths, the head passes representations through unchanged.
  public init(input: Int, widths: [Int], random: inout RandomStream) {
    precondition(input > 0 && widths.allSatisfy { $0 > 0 }, "a layer has at least one output")
    inputWidth = input
    self.widths = widths
    var width = input
    layers = Sequential(
      ProjectionHead.parts(widths).map { part -> any Layer in
        guard case .linear(let outputs) = part.layer else { return ReLU() }
        defer { width = outputs }
        return Linear(inputs: width, outputs: outputs, random: &random)
      })
  }

  public convenience init(input: Int, widths: [Int], seed: UInt64 = 0) {
    var random = RandomStream(seed: seed, name: "head", indices: [])
    self.init(input: input, widths: widths, random: &random)
  }

  /// Throws where the weights and gradients of such a head would not fit into memory.
  public static func checkMemory(input: Int, widths: [Int]) throws(NetworkError) {
    func bytes(_ widths: [Int]) -> Int { trainedBytes(parameterCount(input: input, widths: widths)) }
    func narrowed(_ most: Int) -> [Int] { widths.map { min($0, most) } }
    try MachineMemory.ask(for: bytes(widths)) { memory in
      let most = MachineMemory.largest(1...(widths.max() ?? 1), within: memory.counted) {
        bytes(narrowed($0))
      }
      return NetworkError.headMemory(widths, fitting: narrowed(most ?? 1), memory)
    }
  }

  /// Parts under their names in weight files.
  private static func parts(_ widths: [Int]) -> [NetworkDescription.Part] {
    widths.flatMap { [.relu, .linear(outputs: $0)] }.dropFirst().enumerated().map { .init("\($0)", $1) }
  }

  public static func parameterCount(input: Int, widths: [Int]) -> Int {
    planned(parts(widths), from: [input]).reduce(0) { $0 + $1.parameters }
  }

  /// Multiply-adds of a training step for one view, which has a gradient for either factor of each product.
  public var productsOfStep: Int {
    3 * planned(ProjectionHead.parts(widths), from: [inputWidth]).reduce(0) { $0 + $1.products }
  }

  public var outputWidth: Int { widths.last ?? inputWidth }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor { layers.forward(x, saving: &tape) }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor { layers.backward(dy, from: &tape) }

  public func collect(into state: inout State, prefix: String) {
    layers.collect(into: &state, prefix: prefix)
  }
}
