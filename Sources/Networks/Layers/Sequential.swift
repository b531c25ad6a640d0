import Tensors

/// Layers one after another: `y = fₙ(… f₁(x))`.
public final class Sequential: Layer {
  public let layers: [any Layer]

  public init(_ layers: [any Layer]) { self.layers = layers }

  public convenience init(_ layers: any Layer...) { self.init(layers) }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    layers.reduce(x) { $1.forward($0, saving: &tape) }
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    layers.reversed().reduce(dy) { $1.backward($0, from: &tape) }
  }

  /// Each layer under its place, counted from 0, as PyTorch's `Sequential` names them.
  public func collect(into state: inout State, prefix: String) {
    for (place, layer) in layers.enumerated() { layer.collect(into: &state, prefix: "\(prefix)\(place).") }
  }
}
