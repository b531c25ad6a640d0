import Tensors

/// A head of linear layers with batch normalisation and ReLU after each but the last, as the methods after SimCLR have it (BYOL, Grill et
/// al., 2020, section 3.3). Shapes: x `[n, input]`, y `[n, widths.last]`.
///
/// A linear layer before a normalisation has no bias, which that would take away.
public final class NormalisedHead: Layer {
  /// Kind of the last layer.
  public enum End: Sendable, Equatable {
    /// A linear layer with its bias, or without.
    case linear(bias: Bool)
    /// A linear layer and batch normalisation.
    case normalised
    /// A linear layer and batch normalisation without scale and shift.
    case standardised
  }

  public let inputWidth: Int
  public let widths: [Int]
  /// Each under its place in PyTorch's `Sequential`, where ReLU has one too.
  private let layers: [(place: Int, layer: any Layer)]

  /// Without widths, the head passes its input through unchanged.
  public init(input: Int, widths: [Int], end: End, random: inout RandomStream) {
    precondition(input > 0 && widths.allSatisfy { $0 > 0 }, "a layer has at least one output")
    inputWidth = input
    self.widths = widths
    var layers: [(place: Int, layer: any Layer)] = []
    for (number, (inputs, outputs)) in zip([input] + widths, widths).enumerated() {
      let (place, isLast) = (3 * number, number + 1 == widths.count)
      let hasBias = isLast && end == .linear(bias: true)
      layers.append((place, Linear(inputs: inputs, outputs: outputs, bias: hasBias, random: &random)))
      switch end {
      case _ where !isLast: layers.append((place + 1, BatchNorm(channels: outputs, relu: true)))
      case .linear: break
      case .normalised: layers.append((place + 1, BatchNorm(channels: outputs)))
      case .standardised: layers.append((place + 1, StandardNorm(channels: outputs)))
      }
    }
    self.layers = layers
  }

  public static func parameterCount(input: Int, widths: [Int], end: End) -> Int {
    zip([input] + widths, widths).reduce(0) { $0 + $1.0 * $1.1 } + 2 * widths.dropLast().reduce(0, +)
      + (end == .normalised ? 2 : end == .linear(bias: true) ? 1 : 0) * (widths.last ?? 0)
  }

  public var outputWidth: Int { widths.last ?? inputWidth }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    layers.reduce(x) { $1.layer.forward($0, saving: &tape) }
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    layers.reversed().reduce(dy) { $1.layer.backward($0, from: &tape) }
  }

  public func collect(into state: inout State, prefix: String) {
    for (place, layer) in layers { layer.collect(into: &state, prefix: "\(prefix)\(place).") }
  }
}

/// `y = (x − μ)/√(σ² + ε)` for each channel: batch normalisation without scale and shift. Shapes: x, y `[…, c]`.
public final class StandardNorm: Layer {
  private let norm: BatchNorm

  public init(channels: Int) { norm = BatchNorm(channels: channels) }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor { norm.forward(x, saving: &tape) }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    defer {
      // No parameters here, so nobody else clears them.
      norm.scale.gradient.fill(0)
      norm.shift.gradient.fill(0)
    }
    return norm.backward(dy, from: &tape)
  }

  public func collect(into state: inout State, prefix: String) {
    for (name, entry) in State(of: norm).entries where entry.isBuffer {
      state.add(prefix + name, entry.tensor, as: State(of: norm).format(of: name))
    }
  }
}
