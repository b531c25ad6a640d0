import Glibc
import Tensors

/// The parts of attention besides products, for one head of one image. A row of `p` holds the weights of one token.
enum AttentionKernel {
  /// The softmax of a row in place; returns the logarithm of its sum.
  static func softmax(_ p: Matrix, row: Int) -> Float {
    let tokens = p.columns
    var largest = -Float.infinity
    for at in 0..<tokens { largest = p[row, at] > largest ? p[row, at] : largest }
    for at in 0..<tokens { p[row, at] = exponential(p[row, at] - largest) }
    var total = Vector(repeating: 0)
    forEachVector(tokens) { total += p[row, $0, lanes: $1] }
    let sum = total.sum()
    let share = 1 / sum
    for at in 0..<tokens { p[row, at] *= share }
    return largest + log(sum)
  }

  /// The same row again, from the logarithm of its sum.
  static func softmax(_ p: Matrix, row: Int, logSum: Float) {
    for at in 0..<p.columns { p[row, at] = exponential(p[row, at] - logSum) }
  }

  /// Drops weights of all rows, which lie without gaps; the first has the place `first` in the mask.
  static func drop(_ p: Matrix, by mask: DropoutMask, from first: Int) {
    let first = UInt32(truncatingIfNeeded: first)
    for at in 0..<p.rows * p.columns { p[at] *= mask.factor(first &+ UInt32(truncatingIfNeeded: at)) }
  }

  /// dS of one row in place of dP̃: where P̃ is P·f, dP is dP̃·f and `dS = P̃·dP̃ − P·Σ`, Σ the sum over the row of dP·P.
  static func softmaxGradient(_ p: Matrix, _ dropped: Matrix, _ ds: Matrix, row: Int, along: Float) {
    for at in 0..<p.columns { ds[row, at] = dropped[row, at] * ds[row, at] - p[row, at] * along }
  }

  /// The same of a single row, with Σ from P̃ and dP̃, and times `scale`.
  static func softmaxGradient(_ p: Matrix, _ dropped: Matrix, _ ds: Matrix, scale: Float) {
    var along: Float = 0
    for at in 0..<p.columns { along += dropped[0, at] * ds[0, at] }
    for at in 0..<p.columns { ds[0, at] = scale * (dropped[0, at] * ds[0, at] - p[0, at] * along) }
  }

  /// ⟨a, b⟩ of one row.
  static func dot(_ a: Matrix, _ b: Matrix, row: Int) -> Float {
    var total = Vector(repeating: 0)
    forEachVector(a.columns) {
      total = total.addingProduct(a[row, $0, lanes: $1], b[row, $0, lanes: $1])
    }
    return total.sum()
  }
}

extension Reference {
  /// One head: `O = P̃·V`, `P = softmax(Q·Kᵀ/√d)`, for any number of rows of q and of k and v; rows have `depth` numbers. P̃ is P, times
  /// `factors` where some weights are dropped.
  package static func attention(
    _ q: [Double], _ k: [Double], _ v: [Double], depth: Int, factors: [Double]? = nil
  ) -> [Double] {
    weights(q, k, depth).enumerated().flatMap { i, p in
      (0..<depth).map { c in
        p.indices.reduce(0) { $0 + p[$1] * (factors?[i * p.count + $1] ?? 1) * v[$1 * depth + c] }
      }
    }
  }

  /// `dV = P̃ᵀ·dO`, `dP = dO·Vᵀ` times the factors, `dS = P·(dP − Σ_row dP·P)/√d`, `dQ = dS·K`, `dK = dSᵀ·Q`
  package static func attentionGradients(
    _ dO: [Double], _ q: [Double], _ k: [Double], _ v: [Double], depth: Int, factors: [Double]? = nil
  ) -> (q: [Double], k: [Double], v: [Double]) {
    var (dq, dk, dv) = (q.map { _ in 0.0 }, k.map { _ in 0.0 }, v.map { _ in 0.0 })
    for (i, p) in weights(q, k, depth).enumerated() {
      let factors = p.indices.map { factors?[i * p.count + $0] ?? 1 }
      let dP = p.indices.map { j in
        factors[j] * (0..<depth).reduce(0) { $0 + dO[i * depth + $1] * v[j * depth + $1] }
      }
      let along = zip(dP, p).reduce(0) { $0 + $1.0 * $1.1 }
      for j in p.indices {
        let dS = p[j] * (dP[j] - along) / Double(depth).squareRoot()
        for c in 0..<depth {
          dq[i * depth + c] += dS * k[j * depth + c]
          dk[j * depth + c] += dS * q[i * depth + c]
          dv[j * depth + c] += p[j] * factors[j] * dO[i * depth + c]
        }
      }
    }
    return (dq, dk, dv)
  }

  private static func weights(_ q: [Double], _ k: [Double], _ depth: Int) -> [[Double]] {
    (0..<q.count / depth).map { i in
      let powers = (0..<k.count / depth).map { j in
        exp((0..<depth).reduce(0) { $0 + q[i * depth + $1] * k[j * depth + $1] } / Double(depth).squareRoot())
      }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }
}
