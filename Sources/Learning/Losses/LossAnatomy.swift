import Base
import Glibc
import Tensors

/// Reasons why a loss cannot be taken apart.
public enum LossAnatomyError: Error, Equatable {
  /// Rows that are not at least two pairs.
  case pairs(rows: Int)
  case many(Int, most: Int)
  case notFinite
}

/// NT-Xent taken apart: every number between the projections and the loss (Chen et al. 2020, Eq. 1).
///
/// For batches that are looked at, not trained on: it keeps whole matrices of the 2N views.
public struct LossAnatomy: Sendable {
  public let function: NTXent
  /// Views, 2N; view i and view i + N are of one image.
  public let count: Int
  /// Cosine similarities s(i, k), `[2N, 2N]`.
  public let similarities: [Double]
  /// P(i, k) = exp(s(i, k)/τ) / Σ_{m≠i} exp(s(i, m)/τ), `[2N, 2N]`, with 0 on the diagonal: each row sums to 1. In the published
  /// form the denominator counts the partner twice, and so does the row that sums to 1.
  public let probabilities: [Double]
  /// ℓ(i) = −log P(i, p) for each view, p its partner.
  public let losses: [Double]
  /// The mean of ℓ.
  public let loss: Double
  /// Share of views whose partner is their nearest.
  public let top1: Double
  /// ∂loss/∂z, `[2N, d]`.
  public let gradient: Tensor

  /// Maximum number of views; more would fill page and memory.
  public static let mostViews = 2_048

  /// Shape of `z`: `[2N, d]`, the first views of N images and then their second views in the same order.
  /// Throws `LossAnatomyError` where views do not come in pairs, are too many, or hold what is no number.
  public init(of z: Tensor, function: NTXent, run: Run) throws {
    let rows = z.shape[0]
    guard rows % 2 == 0, rows >= 4 else {
      throw LossAnatomyError.pairs(rows: rows)
    }
    guard rows <= LossAnatomy.mostViews else {
      throw LossAnatomyError.many(rows, most: LossAnatomy.mostViews)
    }
    guard z.isFinite else {
      throw LossAnatomyError.notFinite
    }
    let (result, products) = try run.pass { pass in
      let unit = normalised(z, pass: pass).unit
      return (function(z, pass: pass), product(unit, unit, transposeB: true, pass: pass))
    }
    let similarities = products.elements.map(Double.init)
    var probabilities = [Double](repeating: 0, count: rows * rows)
    var losses = [Double](repeating: 0, count: rows)
    for i in 0..<rows {
      let scores = (0..<rows).map {
        $0 == i ? -.infinity : similarities[i * rows + $0] / Double(function.temperature)
      }
      let partner = LossAnatomy.partner(of: i, among: rows)
      let largest = scores.max()!
      let others = scores.reduce(0) { $0 + exp($1 - largest) }
      let sum = others + Double(function.positives - 1) * exp(scores[partner] - largest)
      for k in 0..<rows { probabilities[i * rows + k] = exp(scores[k] - largest) / sum }
      losses[i] = largest + log(sum) - scores[partner]
    }
    self.function = function
    count = rows
    self.similarities = similarities
    self.probabilities = probabilities
    self.losses = losses
    loss = losses.reduce(0, +) / Double(rows)
    top1 = result.top1
    gradient = result.gradient
  }

  /// Chance level: the loss of uninformative views.
  public var chance: Double { function.chance(batch: count / 2) }

  /// The view of the same image.
  public static func partner(of view: Int, among views: Int) -> Int { (view + views / 2) % views }
}
