import Networks
import Tensors

/// A second network that follows the first and is not trained: `θ' ← m·θ' + (1 − m)·θ` after each step (mean teacher; Tarvainen and
/// Valpola, 2017).
///
/// It begins as a copy. Parameters alone follow: it goes through its views in training, so its batch normalisation has the statistics of
/// its own batch, and running statistics of its own.
final class Twin {
  let encoder: Network
  private let own: [(name: String, layer: any Layer)]
  private let pairs: [(own: Tensor, other: Tensor)]

  /// - Parameter heads: copies that stand behind the twin's encoder, named in files, each with the layer that it follows.
  /// - Throws: where there is no room for a second network, and `Interrupted`.
  init(of encoder: any Networks.Encoder, heads: [(name: String, own: any Layer, other: any Layer)]) throws {
    self.encoder = try Network(encoder.description)
    own = [("twin", self.encoder as any Layer)] + heads.map { ($0.name, $0.own) }
    let networks =
      [(own: State(of: self.encoder), other: State(of: encoder))]
      + heads.map { (own: State(of: $0.own), other: State(of: $0.other)) }
    pairs = networks.flatMap { zip($0.own.parameters, $0.other.parameters).map { ($0.value, $1.value) } }
    for (own, other) in networks { own.copy(from: other) }
  }

  /// All that a file holds of it.
  var kept: State {
    var state = State()
    for (name, layer) in own { state.add(kept: layer, prefix: name + ".") }
    return state
  }

  func follow(momentum: Float) {
    for (own, other) in pairs {
      let (to, from) = (own.pointer, other.pointer)
      for at in 0..<own.count { to[at] = momentum * to[at] + (1 - momentum) * from[at] }
    }
  }
}

/// Momentum m of a twin.
public struct TwinMomentum: Sendable, Equatable {
  /// Share of its weights that stay at a step; 0 for a twin that is a copy at each step.
  public let start: Float
  /// Whether it rises to 1 during a training: `1 − (1 − m)·(1 + cos(πk/K))/2` at step k of K (Grill et al., 2020, appendix F.2).
  public let rises: Bool

  public init(_ start: Float, rises: Bool) {
    (self.start, self.rises) = (start, rises)
  }

  func at(_ step: MethodStep) -> Float {
    guard rises else { return start }
    return Float(1 - (1 - Double(start)) * Schedule.fall(step.number, of: step.count))
  }

  func write(to settings: inout MethodSettings) {
    settings["momentum"] = .number(Double(start))
    settings["rises"] = .flag(rises)
  }

  init(from settings: MethodSettings) throws {
    self.init(Float(try settings.number("momentum", in: 0...1)), rises: try settings.flag("rises"))
  }
}
