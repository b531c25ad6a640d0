import Networks
import Tensors

/// Scores of rows by their angle to K prototypes: `s = u·Wᵀ`, the rows of W those of V at length 1 (weight normalisation; Salimans and
/// Kingma, 2016, with g = 1). Shapes: u `[n, d]`, V `[K, d]`, s `[n, K]`.
final class Prototypes: Layer {
  let weight: Parameter

  init(count: Int, width: Int, random: inout RandomStream) {
    let bound = 1 / Float(width).squareRoot()
    weight = Parameter(
      Tensor([count, width], drawnFrom: &random) { $0.uniform(-bound, bound) }, decays: true)
  }

  var count: Int { weight.value.shape[0] }

  func forward(_ u: Tensor, saving tape: inout Tape) -> Tensor {
    let (directions, norms) = normalised(weight.value, pass: tape.pass)
    tape.push(u, directions, norms)
    return product(u, directions, transposeB: true, pass: tape.pass)
  }

  /// `∂L/∂W = ∂sᵀ·u`, then through the normalisation to V; `∂L/∂u = ∂s·W`.
  func backward(_ ds: Tensor, from tape: inout Tape) -> Tensor {
    let (norms, directions, u) = (tape.pop(), tape.pop(), tape.pop())
    let change = Tensor(uninitialized: weight.value.shape)
    multiply(ds, transposeA: true, u, into: change, pass: tape.pass)
    weight.gradient.add(throughNormalisation(change, unit: directions, norms: norms))
    return product(ds, directions, pass: tape.pass)
  }

  func collect(into state: inout State, prefix: String) { state.add(prefix + "weight", weight) }

  /// Stays as it is for so many epochs.
  func freeze(epochs: Int, at step: MethodStep) {
    let steps = epochs * step.perEpoch
    weight.pace = step.number < steps ? .frozen : .times(1, since: steps)
  }
}

/// Directions of all views of a batch and their scores by prototypes, with the way back.
struct ScoredViews {
  /// Scores of each view, `[N, K]`, those of the first group first.
  let scores: [Tensor]
  private let prototypes: Prototypes
  private let directions: [(unit: Tensor, norms: Tensor)]
  private let groups: [Int]
  private var tape: Tape

  /// - Parameter outputs: of each group, with so many views of each of N images.
  init(_ outputs: [Tensor], views: [Int], by prototypes: Prototypes, pass: Pass) {
    self.prototypes = prototypes
    groups = views
    var tape = Tape(pass: pass, mode: .training)
    directions = zip(outputs, views).flatMap { rows, count in
      let images = rows.shape[0] / count
      return (0..<count).map { normalised(rows.rows($0 * images..<($0 + 1) * images), pass: pass) }
    }
    scores = directions.map { prototypes.forward($0.unit, saving: &tape) }
    self.tape = tape
  }

  var isFinite: Bool { directions.allSatisfy(\.norms.isFinite) }
  var units: [Tensor] { directions.map(\.unit) }

  /// ∂loss/∂outputs of each group; adds to the prototypes' gradient.
  mutating func backward(_ ds: [Tensor]) -> [Tensor] {
    var rows: [Tensor] = []
    for (view, gradient) in ds.enumerated().reversed() {
      let (unit, norms) = directions[view]
      rows.insert(
        throughNormalisation(prototypes.backward(gradient, from: &tape), unit: unit, norms: norms), at: 0)
    }
    var first = 0
    return groups.map { count in
      defer { first += count }
      let images = rows[first].shape[0]
      let whole = Tensor(uninitialized: [count * images, rows[first].shape[1]])
      for view in 0..<count { whole.replaceRows(from: view * images, by: rows[first + view]) }
      return whole
    }
  }
}
