import Base
import Glibc
import Tensors

/// A setting that the loss has not.
public enum NTXentError: Error, Equatable {
  case temperature(Float)

  static func check(temperature: Float) throws(NTXentError) {
    guard temperature.isFinite, temperature > 0 else { throw .temperature(temperature) }
  }
}

/// The normalised temperature-scaled cross entropy (Chen et al. 2020, Eq. 1).
///
/// `ℓ(i) = −log( exp(s(i, p)/τ) / Σ_{k≠i} exp(s(i, k)/τ) )`, with `s` the cosine similarity, `p` the other view of the
/// same image; the loss is the mean of ℓ over all 2N views. Chance is `ln(2N − 1)`.
///
/// The form `published` counts the positive twice, as the code behind Beasse and Kabouri's paper did:
/// `ℓ(i) = −log( exp(s(i, p)/τ) / (Σ_{k≠i} exp(s(i, k)/τ) + exp(s(i, p)/τ)) )`. Its chance is `ln 2N`, and it never falls
/// below `ln 2`.
///
/// Similarities are computed in tiles of rows, twice: once for each row's normaliser, once for the gradient. So memory
/// grows with N, and no sum depends on the order of the workers.
public struct NTXent: Sendable, Equatable {
  public enum Form: String, Sendable, CaseIterable, Codable { case standard, published }

  public struct Result {
    /// The mean of ℓ over the views, in nats; NaN where an output is infinite or NaN.
    public let loss: Double
    /// ∂loss/∂z, `[2N, d]`.
    public let gradient: Tensor
    /// The share of views whose partner is their nearest of all.
    public let top1: Double
  }

  public let temperature: Float
  public let form: Form

  public init(temperature: Float, form: Form = .standard) throws(NTXentError) {
    try NTXentError.check(temperature: temperature)
    self.temperature = temperature
    self.form = form
  }

  /// Number of times that the positive stands in the denominator.
  public var positives: Int {
    switch form {
    case .standard: 1
    case .published: 2
    }
  }

  /// The loss of an uninformed model (chance level) for N images: the logarithm of the denominator's terms, `ln(2N − 1)` in the
  /// standard form, where every other view is as likely as the right one.
  public func chance(batch: Int) -> Double { log(Double(2 * batch - 2 + positives)) }

  /// Lower bound of the loss, for any temperature.
  public var floor: Double { log(Double(positives)) }

  /// Shape of `z`: `[2N, d]`, the first views of N images and then their second views in the same order.
  public func callAsFunction(_ z: Tensor, pass: Pass) -> Result {
    let rows = z.shape[0]
    precondition(z.shape.count == 2 && rows % 2 == 0 && rows >= 2, "views come in pairs: \(z.shape)")
    let (unit, norms) = normalised(z, pass: pass)
    let normaliser = Tensor(uninitialized: [rows])
    let losses = Tensor(uninitialized: [rows])
    let hits = Tensor([rows])
    forEachTile(of: unit, pass: pass) { tile, range in
      for (line, i) in range.enumerated() {
        let scores = UnsafeMutableBufferPointer(start: tile + line * rows, count: rows)
        let positive = scores[partner(of: i, in: rows)]
        scores[i] = -.infinity
        let largest = scores.max()!
        var sum = 0.0
        for score in scores { sum += Double(exp(score - largest)) }
        sum += Double(positives - 1) * Double(exp(positive - largest))
        normaliser[i] = largest + Float(log(sum))
        losses[i] = normaliser[i] - positive
        hits[i] = positive >= largest ? 1 : 0
      }
    }
    let gradient = self.gradient(unit: unit, norms: norms, normaliser: normaliser, pass: pass)
    let mean = { (values: Tensor) in values.elements.reduce(0.0) { $0 + Double($1) } / Double(rows) }
    // A length that overflows would make a unit row of zeros, and of a diverged network a loss that looks sane.
    return Result(loss: norms.isFinite ? mean(losses) : .nan, gradient: gradient, top1: mean(hits))
  }

  /// ∂loss/∂ẑ(i) = Σ_j (c(i, j)·(P(i, j) + P(j, i)) − 2·[j = p(i)])·ẑ(j) / (2N·τ), with P(i, j) = exp(s(i, j)/τ) over the
  /// denominator of row i and c(i, j) how often it stands there; then through the normalisation,
  /// ∂loss/∂z = (∂ẑ − ẑ·⟨ẑ, ∂ẑ⟩) / ‖z‖.
  private func gradient(unit: Tensor, norms: Tensor, normaliser: Tensor, pass: Pass) -> Tensor {
    let rows = unit.shape[0]
    let width = unit.shape[1]
    let gradient = Tensor(uninitialized: unit.shape)
    let scale = 1 / (Float(rows) * temperature)
    forEachTile(of: unit, pass: pass) { tile, range in
      for (line, i) in range.enumerated() {
        let weights = tile + line * rows
        for j in 0..<rows {
          let score = weights[j]
          weights[j] = (exp(score - normaliser.pointer[i]) + exp(score - normaliser.pointer[j])) * scale
        }
        weights[i] = 0
        let partner = partner(of: i, in: rows)
        weights[partner] = weights[partner] * Float(positives) - 2 * scale
      }
      gemm(
        m: range.count, n: width, k: rows, tile, lda: rows, unit.pointer, ldb: width,
        gradient.pointer + range.lowerBound * width, ldc: width)
      for i in range {
        let u = unit.pointer + i * width
        let g = gradient.pointer + i * width
        var along: Float = 0
        for c in 0..<width { along += u[c] * g[c] }
        for c in 0..<width { g[c] = (g[c] - u[c] * along) / norms.pointer[i] }
      }
    }
    return gradient
  }

  /// Calls `body` with `ẑ·ẑᵀ/τ` for a few rows at a time, `[range.count, 2N]`.
  private func forEachTile(
    of unit: Tensor, pass: Pass, _ body: (UnsafeMutablePointer<Float>, Range<Int>) -> Void
  ) {
    let rows = unit.shape[0]
    let width = unit.shape[1]
    pass.forEachRange(rows, grain: 32) { range, _ in
      let tile = Tensor(uninitialized: [range.count, rows])
      gemm(
        transposeB: true, m: range.count, n: rows, k: width, alpha: 1 / temperature,
        unit.pointer + range.lowerBound * width, lda: width, unit.pointer, ldb: width, tile.pointer, ldc: rows
      )
      body(tile.pointer, range)
    }
  }

  private func partner(of i: Int, in rows: Int) -> Int { i < rows / 2 ? i + rows / 2 : i - rows / 2 }
}

/// Rows of length 1, and the lengths they had (at least 1e-12, so that a zero row stays zero).
public func normalised(_ x: Tensor, pass: Pass) -> (unit: Tensor, norms: Tensor) {
  let width = x.shape[1]
  let unit = Tensor(uninitialized: x.shape)
  let norms = Tensor(uninitialized: [x.shape[0]])
  pass.forEachRange(x.shape[0], grain: 64) { range, _ in
    for i in range {
      let from = x.pointer + i * width
      var sum: Float = 0
      for c in 0..<width { sum += from[c] * from[c] }
      let norm = max(sum.squareRoot(), 1e-12)
      norms.pointer[i] = norm
      for c in 0..<width { unit.pointer[i * width + c] = from[c] / norm }
    }
  }
  return (unit, norms)
}
