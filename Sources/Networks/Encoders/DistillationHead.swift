import Tensors

/// DINO's head before its prototypes: linear layers with GELU between them and none at the end (Caron et al., 2021, appendix C).
/// Shapes: x `[n, input]`, y `[n, widths.last]`. Weights are normal with deviation 0.02, biases 0.
public final class DistillationHead: Layer {
  public let inputWidth: Int
  public let widths: [Int]
  private let layers: Sequential

  /// Without widths, the head passes its input through unchanged.
  public init(input: Int, widths: [Int], random: inout RandomStream) {
    precondition(input > 0 && widths.allSatisfy { $0 > 0 }, "a layer has at least one output")
    inputWidth = input
    self.widths = widths
    var layers: [any Layer] = []
    for (inputs, outputs) in zip([input] + widths, widths) {
      if !layers.isEmpty { layers.append(GELU()) }
      let linear = Linear(inputs: inputs, outputs: outputs, random: &random)
      linear.weight.value.draw(from: &random) { 0.02 * $0.normal() }
      linear.bias?.value.fill(0)
      layers.append(linear)
    }
    self.layers = Sequential(layers)
  }

  public var outputWidth: Int { widths.last ?? inputWidth }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor { layers.forward(x, saving: &tape) }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor { layers.backward(dy, from: &tape) }

  public func collect(into state: inout State, prefix: String) {
    layers.collect(into: &state, prefix: prefix)
  }
}
