import Glibc
import Tensors

/// The symmetric neighbour probabilities P of t-SNE as a sparse matrix, rows one after another.
package struct Affinities {
  /// Where each row begins in the two arrays below; one more than there are rows.
  package let starts: [Int]
  package let columns: [Int32]
  package let values: [Float]

  /// p(j|i) ∝ exp(−β_i·‖x_i − x_j‖²), with β_i such that the entropy is log(perplexity); P = (p(j|i) + p(i|j)) / 2n.
  package init(of x: Tensor, perplexity: Float, run: Run) throws {
    let rows = x.shape[0]
    let count = min(rows - 1, Int(3 * perplexity))
    let near = try neighbours(
      of: x, in: x, count: count, metric: .euclidean, leavingOutSelf: true, run: run)
    // p(j|i), `count` a row, by rising column.
    var conditional = [Float](repeating: 0, count: rows * count)
    var targets = [Int32](repeating: 0, count: rows * count)
    try conditional.withUnsafeMutableBufferPointer { conditional in
      try targets.withUnsafeMutableBufferPointer { targets in
        let (conditional, targets) = (conditional.baseAddress!, targets.baseAddress!)
        try run.forEachRange(rows, grain: 64) { range, _ in
          for i in range {
            let weights = Affinities.conditional(near.values[i].map { $0 * $0 }, perplexity: perplexity)
            let order = (0..<count).sorted { near.indices[i][$0] < near.indices[i][$1] }
            for (place, from) in order.enumerated() {
              conditional[i * count + place] = weights[from] / Float(2 * rows)
              targets[i * count + place] = Int32(near.indices[i][from])
            }
          }
        }
      }
    }
    self.init(rows: rows, count: count, weights: conditional, targets: targets)
  }

  /// The sum of a matrix and its transpose; `weights` has `count` entries a row, in columns `targets`, which rise.
  private init(rows: Int, count: Int, weights: [Float], targets: [Int32]) {
    var ends = [Int](repeating: 0, count: rows + 1)
    for target in targets { ends[Int(target) + 1] += 1 }
    for row in 0..<rows { ends[row + 1] += ends[row] }
    // The transpose; rows are gone through in order, so its columns rise too.
    var next = ends
    var sources = [Int32](repeating: 0, count: targets.count)
    var turned = [Float](repeating: 0, count: targets.count)
    for row in 0..<rows {
      for at in row * count..<(row + 1) * count {
        let target = Int(targets[at])
        sources[next[target]] = Int32(row)
        turned[next[target]] = weights[at]
        next[target] += 1
      }
    }
    var starts = [0]
    var columns: [Int32] = []
    var values: [Float] = []
    columns.reserveCapacity(2 * targets.count)
    values.reserveCapacity(2 * targets.count)
    for row in 0..<rows {
      var (a, b) = (row * count, ends[row])
      while a < (row + 1) * count || b < ends[row + 1] {
        let left = a < (row + 1) * count ? targets[a] : .max
        let right = b < ends[row + 1] ? sources[b] : .max
        columns.append(min(left, right))
        values.append((left <= right ? weights[a] : 0) + (right <= left ? turned[b] : 0))
        if left <= right { a += 1 }
        if right <= left { b += 1 }
      }
      starts.append(columns.count)
    }
    (self.starts, self.columns, self.values) = (starts, columns, values)
  }

  /// Finds β by bisection on the entropy of the row.
  package static func conditional(_ squares: [Float], perplexity: Float) -> [Float] {
    let wanted = log(Double(perplexity))
    let least = Double(squares.min() ?? 0)
    var (low, high, beta) = (0.0, Double.infinity, 1.0)
    var weights = [Double](repeating: 0, count: squares.count)
    for _ in 0..<100 {
      var sum = 0.0
      var weighted = 0.0
      for (place, square) in squares.enumerated() {
        let distance = Double(square) - least
        weights[place] = exp(-beta * distance)
        sum += weights[place]
        weighted += distance * weights[place]
      }
      let entropy = log(sum) + beta * weighted / sum
      for place in weights.indices { weights[place] /= sum }
      if abs(entropy - wanted) < 1e-6 { break }
      if entropy > wanted {
        low = beta
        beta = high.isInfinite ? beta * 2 : (beta + high) / 2
      } else {
        high = beta
        beta = (beta + low) / 2
      }
      if !beta.isFinite { break }
    }
    return weights.map { Float($0) }
  }
}
