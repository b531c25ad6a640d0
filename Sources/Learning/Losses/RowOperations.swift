import Glibc
import Tensors

// Operations on matrices of outputs, a sample a row, and their backward passes.

/// The scalar products of the rows of `x` and `y`, `[n, d]` both.
func rowProducts(_ x: Tensor, _ y: Tensor) -> [Float] {
  precondition(x.shape == y.shape, "rows of \(x.shape) and \(y.shape)")
  let width = x.shape[1]
  return (0..<x.shape[0]).map { row in
    let (a, b) = (x.pointer + row * width, y.pointer + row * width)
    var sum: Float = 0
    for column in 0..<width { sum += a[column] * b[column] }
    return sum
  }
}

/// ∂L/∂x where `u = x/‖x‖` for each row: `(∂u − u·⟨u, ∂u⟩)/‖x‖`. Shapes: all `[n, d]`, `norms` `[n]`.
func throughNormalisation(_ du: Tensor, unit: Tensor, norms: Tensor) -> Tensor {
  let dx = Tensor(uninitialized: du.shape)
  let width = du.shape[1]
  for (row, along) in rowProducts(unit, du).enumerated() {
    let start = row * width
    let norm = norms[row]
    for at in start..<start + width {
      dx.pointer[at] = (du.pointer[at] - unit.pointer[at] * along) / norm
    }
  }
  return dx
}

/// Columns moved to mean 0 and variance 1: `x̂ = (x − μ)/√(σ² + ε)`, σ² over all n rows (Ioffe and Szegedy, 2015, without scale
/// and shift). Shapes: `[n, d]`.
struct StandardisedColumns {
  let values: Tensor
  /// 1/√(σ² + ε) of each column.
  private let factors: [Float]

  init(_ x: Tensor, epsilon: Double = 1e-5) {
    let (rows, width) = (x.shape[0], x.shape[1])
    values = Tensor(uninitialized: x.shape)
    var factors = [Float](repeating: 0, count: width)
    for (column, (mean, squares)) in columnMoments(x).enumerated() {
      let factor = Float(1 / (squares / Double(max(1, rows)) + epsilon).squareRoot())
      factors[column] = factor
      for row in 0..<rows {
        let at = row * width + column
        values.pointer[at] = (x.pointer[at] - Float(mean)) * factor
      }
    }
    self.factors = factors
  }

  /// ∂L/∂x: `(∂x̂ − mean(∂x̂) − x̂·mean(∂x̂·x̂))/√(σ² + ε)`, means down the columns.
  func backward(_ dy: Tensor) -> Tensor {
    let (rows, width) = (dy.shape[0], dy.shape[1])
    let dx = Tensor(uninitialized: dy.shape)
    for column in 0..<width {
      var (sum, product) = (0.0, 0.0)
      for at in stride(from: column, to: rows * width, by: width) {
        sum += Double(dy.pointer[at])
        product += Double(dy.pointer[at] * values.pointer[at])
      }
      let (mean, slope) = (Float(sum / Double(rows)), Float(product / Double(rows)))
      for at in stride(from: column, to: rows * width, by: width) {
        dx.pointer[at] = (dy.pointer[at] - mean - values.pointer[at] * slope) * factors[column]
      }
    }
    return dx
  }
}

/// Mean and sum of squared distances from it of each column, in double precision.
func columnMoments(_ x: Tensor) -> [(mean: Double, squares: Double)] {
  let (rows, width) = (x.shape[0], x.shape[1])
  return (0..<width).map { column in
    var sum = 0.0
    for row in 0..<rows { sum += Double(x.pointer[row * width + column]) }
    let mean = sum / Double(max(1, rows))
    var squares = 0.0
    for row in 0..<rows {
      let distance = Double(x.pointer[row * width + column]) - mean
      squares += distance * distance
    }
    return (mean, squares)
  }
}

/// `softmax(x/τ)` of each row, and the logarithm of its denominator. Shapes: x `[n, k]`, result the same and `[n]`.
func softmax(_ x: Tensor, temperature: Float = 1) -> (shares: Tensor, logSums: [Double]) {
  let (rows, width) = (x.shape[0], x.shape[1])
  let shares = Tensor(uninitialized: x.shape)
  let sums = (0..<rows).map { row in
    let (from, to) = (x.pointer + row * width, shares.pointer + row * width)
    var (largest, sum) = (-Float.infinity, 0.0)
    for column in 0..<width { largest = max(largest, from[column] / temperature) }
    for column in 0..<width {
      to[column] = exp(from[column] / temperature - largest)
      sum += Double(to[column])
    }
    for column in 0..<width { to[column] /= Float(sum) }
    return Double(largest) + log(sum)
  }
  return (shares, sums)
}

extension Tensor {
  /// A copy of some columns of rows, or the tensor itself where those are all.
  func columns(_ range: Range<Int>) -> Tensor {
    let (rows, width) = (shape[0], shape[1])
    precondition(range.lowerBound >= 0 && range.upperBound <= width, "columns \(range) of \(shape)")
    if range == 0..<width { return self }
    let part = Tensor(uninitialized: [rows, range.count])
    for row in 0..<rows {
      (part.pointer + row * range.count).update(
        from: pointer + (row * width + range.lowerBound), count: range.count)
    }
    return part
  }

  /// The rows of this tensor, each with the same row of `other` behind it.
  func beside(_ other: Tensor) -> Tensor {
    let (rows, left, right) = (shape[0], shape[1], other.shape[1])
    precondition(other.shape[0] == rows, "\(other.shape) beside \(shape)")
    let whole = Tensor(uninitialized: [rows, left + right])
    for row in 0..<rows {
      let to = whole.pointer + row * (left + right)
      to.update(from: pointer + row * left, count: left)
      (to + left).update(from: other.pointer + row * right, count: right)
    }
    return whole
  }

  /// These numbers times `factor`, in place.
  func scaled(by factor: Float) -> Tensor {
    for at in 0..<count { pointer[at] *= factor }
    return self
  }

  /// Adds `factor` times `other`, of the same shape, to these numbers.
  func add(_ other: Tensor, times factor: Float = 1) {
    precondition(shape == other.shape, "\(other.shape) added to \(shape)")
    let (to, from) = (pointer, other.pointer)
    for at in 0..<count { to[at] += factor * from[at] }
  }
}

/// `−p·ln p`, and 0 for 0.
func surprise(_ p: Double) -> Double { p > 0 ? -p * log(p) : 0 }
