import Base
import Glibc
import Tensors

// Measures of a representation that need no labels. All look at directions, x / ‖x‖, except the effective rank.

/// Mean ‖x_i − y_i‖² of positive pairs on the unit sphere: 0 where both views of a picture fall on one point, 2 where they
/// have nothing in common, 4 at most (Wang and Isola, 2020, α = 2).
///
/// Shapes: both `[n, width]`, row i of one the positive of row i of the other.
/// Throws `RowsError` for shapes that differ or values that are not finite, and `Interrupted`.
public func alignment(_ first: Tensor, _ second: Tensor, run: Run) throws -> Double {
  try checkPairs(first, second, for: .alignment)
  let (rows, width) = (first.shape[0], first.shape[1])
  let total = try sum(rows, grain: 256, run: run) { range in
    range.reduce(0.0) { sum, row in
      let (x, y) = (first.pointer + row * width, second.pointer + row * width)
      let (p, q) = (inverseNorm(x, width), inverseNorm(y, width))
      var lanes = SIMD8<Double>()
      var at = 0
      while at &+ 8 <= width {
        let apart = SIMD8<Double>(load8(x + at)) * p - SIMD8<Double>(load8(y + at)) * q
        lanes += apart * apart
        at &+= 8
      }
      var rest = 0.0
      while at < width {
        let apart = Double(x[at]) * p - Double(y[at]) * q
        rest += apart * apart
        at &+= 1
      }
      return sum + lanes.sum() + rest
    }
  }
  return total / Double(rows)
}

/// Log of the mean of exp(−2‖x_i − x_j‖²) over all pairs i < j on the unit sphere: 0 where all rows fall on one point, and
/// about −4 where they spread evenly (Wang and Isola, 2020, t = 2). Lower is more even.
///
/// Shape: `[n, width]`. Throws `RowsError` for fewer than 2 rows or values that are not finite, and `Interrupted`.
public func uniformity(_ x: Tensor, run: Run) throws -> Double {
  try checkRows(x, atLeast: 2, for: .uniformity)
  let (rows, width) = (x.shape[0], x.shape[1])
  try checkMemory(MemoryLayout<Float>.stride * x.count, rows: rows, for: .uniformity)
  let unit = try unitRows(x, run: run)
  // 1, or 0 for a row of zeros.
  let norms = try squaredNorms(unit, run: run)
  // A tile of products that stays in the L2 cache.
  let block = 512
  let total = try sum(rows, grain: 128, run: run) { range in
    let tile = Tensor(uninitialized: [range.count, block])
    var sum = 0.0
    for start in stride(from: range.lowerBound, to: rows, by: block) {
      let length = min(block, rows - start)
      gemm(
        transposeB: true, m: range.count, n: length, k: width, unit.pointer + range.lowerBound * width,
        lda: width, unit.pointer + start * width, ldb: width, tile.pointer, ldc: block)
      for (line, i) in range.enumerated() {
        let first = max(start, i + 1)
        guard first < start + length else { continue }
        sum += closeness(
          tile.pointer + line * block + first - start, start + length - first, norms.pointer[i],
          norms.pointer + first)
      }
    }
    return sum
  }
  return log(total / (Double(rows) * Double(rows - 1) / 2))
}

/// Σ_j exp(−2(‖x‖² + ‖x_j‖² − 2x·x_j)) of `count` products x·x_j.
private func closeness(
  _ products: UnsafePointer<Float>, _ count: Int, _ norm: Float, _ norms: UnsafePointer<Float>
) -> Double {
  var sums = SIMD8<Float>()
  var at = 0
  while at &+ 8 <= count {
    sums += exponential(4 * load8(products + at) - 2 * (norm + load8(norms + at)))
    at &+= 8
  }
  var sum = Double(sums.sum())
  while at < count {
    sum += exp(Double(4 * products[at] - 2 * (norm + norms[at])))
    at &+= 1
  }
  return sum
}

/// Mean over the columns of the standard deviation (over n) of rows on the unit sphere, times √width: 1 where rows spread
/// over the sphere evenly, 0 where they have collapsed to one point (Chen and He, 2021, §4.1).
///
/// Shape: `[n, width]`. Throws `RowsError` for fewer than 2 rows or values that are not finite.
public func spread(_ x: Tensor) throws -> Double {
  try checkRows(x, atLeast: 2, for: .spread)
  let (rows, width) = (x.shape[0], x.shape[1])
  let scales = (0..<rows).map { inverseNorm(x.pointer + $0 * width, width) }
  var means = [Double](repeating: 0, count: width)
  for row in 0..<rows {
    for c in 0..<width { means[c] += Double(x.pointer[row * width + c]) * scales[row] / Double(rows) }
  }
  var squares = [Double](repeating: 0, count: width)
  for row in 0..<rows {
    for c in 0..<width {
      let apart = Double(x.pointer[row * width + c]) * scales[row] - means[c]
      squares[c] += apart * apart
    }
  }
  let deviations = squares.reduce(0) { $0 + ($1 / Double(rows)).squareRoot() }
  return deviations / Double(width).squareRoot()
}

/// The effective rank of the rows, the number of dimensions in use: the exponential of the entropy of their singular values,
/// p_k = σ_k/Σσ + 1e-7 (RankMe; Garrido, Balestriero, Najman and LeCun, 2023, equation 1). Rows are taken as they are, neither
/// centred nor scaled.
///
/// Between 1 and about min(n, width): a few dozen of 512 mean that the representation has collapsed in most directions.
/// Shape: `[n, width]`. Throws `RowsError` for fewer than 2 rows or values that are not finite, and `Interrupted`.
public func effectiveRank(_ x: Tensor, run: Run) throws -> Double {
  try checkRows(x, atLeast: 2, for: .effectiveRank)
  let side = min(x.shape[0], x.shape[1])
  try checkMemory(24 * side * side, rows: x.shape[0], for: .effectiveRank)
  guard let values = try singularValues(of: x, run: run) else {
    throw PCAError.singularValuesDiverge
  }
  let total = values.reduce(0, +)
  guard total > 0 else { return 1 }
  return exp(
    values.reduce(0) { entropy, value in
      let p = value / total + 1e-7
      return entropy - p * log(p)
    })
}

@inline(__always)
private func inverseNorm(_ x: UnsafePointer<Float>, _ width: Int) -> Double {
  let norm = dot(x, x, width).squareRoot()
  return norm > 0 ? 1 / norm : 0
}
