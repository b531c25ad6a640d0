import Glibc
import Tensors

/// The symmetric neighbour probabilities P of t-SNE as a sparse matrix, rows one after another.
///
/// Where rows stand for several equal ones, `counts` of each: an entry is the probability that one of the first kind has all
/// of the second, `Σ_j p_ij`, so that each of equal rows is drawn as much, whatever its number.
package struct Affinities {
  /// Start of each row in the two arrays below, and their end: one value more than there are rows.
  package let starts: [Int]
  package let columns: [Int32]
  package let values: [Float]
  /// Number of rows that each row represents; nil if each represents itself.
  let counts: [Int]?
  /// Probability that one of several equal rows has all others.
  package let own: [Float]

  /// p(j|i) ∝ exp(−β_i·‖x_i − x_j‖²), with β_i such that the entropy is log(perplexity); P = (p(j|i) + p(i|j)) / 2n.
  /// The sums run over the 3·perplexity nearest rows.
  package init(of x: Tensor, counts: [Int]? = nil, perplexity: Float, run: Run) throws {
    let rows = x.shape[0]
    let all = counts?.reduce(0, +) ?? rows
    let count = min(rows - 1, Int(3 * perplexity))
    try checkMemory(32 * rows * count, rows: all, for: .map)
    let near =
      count > 0
      ? try neighbours(of: x, in: x, count: count, metric: .euclidean, leavingOutSelf: true, run: run)
      : Neighbours(
        count: 0, indices: Array(repeating: [], count: rows), values: Array(repeating: [], count: rows))
    let own = Tensor([rows])
    let most = min(all - 1, Int(3 * perplexity))
    // p(j|i), `count` a row, by rising column.
    var conditional = [Float](repeating: 0, count: rows * count)
    var targets = [Int32](repeating: 0, count: rows * count)
    try conditional.withUnsafeMutableBufferPointer { conditional in
      try targets.withUnsafeMutableBufferPointer { targets in
        let (conditional, targets) = (conditional.baseAddress!, targets.baseAddress!)
        try run.forEachRange(rows, grain: 64) { range, _ in
          for i in range {
            let squares = near.values[i].map { $0 * $0 }
            var weights: [Float]
            if let counts {
              weights = Affinities.shares(
                squares, counts: near.indices[i].map { counts[$0] }, own: counts[i] - 1, most: most,
                perplexity)
              own.pointer[i] = weights.removeFirst() / Float(all)
            } else {
              weights = Affinities.conditional(squares, perplexity: perplexity)
            }
            let order = (0..<count).sorted { near.indices[i][$0] < near.indices[i][$1] }
            for (place, from) in order.enumerated() {
              conditional[i * count + place] = weights[from] / Float(2 * all)
              targets[i * count + place] = Int32(near.indices[i][from])
            }
          }
        }
      }
    }
    self.init(
      rows: rows, count: count, weights: conditional, targets: targets, counts: counts, own: own.elements)
  }

  /// The share that each of the nearest kinds has in a row's probability, after that of the `own` rows that equal it: kinds of
  /// `counts` rows, of which the nearest `most` rows are looked at. The last kind counts in part, each of its rows alike.
  private static func shares(
    _ squares: [Float], counts: [Int], own: Int, most: Int, _ perplexity: Float
  ) -> [Float] {
    var left = most - min(own, most)
    let parts = counts.map { count in
      defer { left -= min(count, left) }
      return min(count, left)
    }
    let present = parts.indices.filter { parts[$0] > 0 }
    let shares = conditional(
      (own > 0 ? [0] : []) + present.map { squares[$0] },
      counts: (own > 0 ? [own] : []) + present.map { parts[$0] }, perplexity: perplexity)
    var result = [Float](repeating: 0, count: 1 + squares.count)
    if own > 0 { result[0] = shares[0] }
    for (kind, share) in zip(present, shares.suffix(present.count)) { result[1 + kind] = share }
    return result
  }

  /// The sum of a matrix and its transpose; `weights` has `count` entries a row, in columns `targets`, which rise.
  private init(
    rows: Int, count: Int, weights: [Float], targets: [Int32], counts: [Int]?, own: [Float]
  ) {
    (self.counts, self.own) = (counts, own)
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
        // Seen from one row of the target's kind.
        turned[next[target]] = weights[at] * (counts.map { Float($0[row]) / Float($0[target]) } ?? 1)
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

  /// Finds β by bisection on the entropy of the row. With `counts`, each square is that of so many rows, and its probability
  /// that of all of them.
  package static func conditional(_ squares: [Float], counts: [Int]? = nil, perplexity: Float) -> [Float] {
    let wanted = log(Double(perplexity))
    let least = Double(squares.min() ?? 0)
    var (low, high, beta) = (0.0, Double.infinity, 1.0)
    var weights = [Double](repeating: 0, count: squares.count)
    for _ in 0..<100 {
      var sum = 0.0
      var weighted = 0.0
      for (place, square) in squares.enumerated() {
        let distance = Double(square) - least
        weights[place] = exp(-beta * distance) * (counts.map { Double($0[place]) } ?? 1)
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
