import Base
import Glibc
import Tensors

/// The share of each row's `count` nearest rows that are also among its `count` nearest points on the map, over all rows:
/// 1 where the map keeps every neighbourhood.
///
/// Shapes: map `[n, dimensions]`, rows `[n, width]`. `metric` is that of the rows; on the map distances are Euclidean.
/// Throws `RowsError`, `MapError` and `NeighboursError` for shapes, counts or values that do not fit, and `Interrupted`.
public func neighbourRecall(
  of map: Tensor, rows: Tensor, count: Int = 10, metric: Distance = .euclidean, run: Run
) throws -> Double {
  try checkMap(map, of: rows, for: .neighbourRecall)
  let there = try neighbours(
    of: rows, in: rows, count: count, metric: metric, leavingOutSelf: true, run: run)
  let here = try neighbours(
    of: map, in: map, count: count, metric: .euclidean, leavingOutSelf: true, run: run)
  let kept = zip(there.indices, here.indices).reduce(0) { $0 + Set($1.0).intersection($1.1).count }
  return Double(kept) / Double(rows.shape[0] * count)
}

/// Trustworthiness of a map, the absence of false neighbours: 1 − 2/(nk(2n − 3k − 1)) · Σ_i Σ_j max(0, r(i, j) − k),
/// over the k nearest points j of i on the map, r(i, j) the place of j among the rows by their distance from row i
/// (Venna and Kaski, 2001). 1 if every neighbour on the map is a neighbour in the data. scikit-learn's function of the same
/// name, with its default of 5 neighbours and Euclidean distances.
///
/// Ranks are those of exact distances: products in Float32 settle most, and double precision what they leave open.
/// Shapes: map `[n, dimensions]`, rows `[n, width]`.
/// Throws `NeighboursError` unless count < n/2, `RowsError` and `MapError` for shapes and values that do not fit, and `Interrupted`.
public func trustworthiness(of map: Tensor, rows: Tensor, count: Int = 5, run: Run) throws -> Double {
  try checkMap(map, of: rows, for: .trustworthiness)
  let n = rows.shape[0]
  guard count > 0, 2 * count < n else {
    throw NeighboursError.half(count, rows: n)
  }
  let near = try neighbours(
    of: map, in: map, count: count, metric: .euclidean, leavingOutSelf: true, run: run)
  let ranking = try Ranking(of: rows, run: run)
  let total = try sum(n, grain: Ranking.lines, run: run) { range in
    ranking.ranks(of: range, among: near.indices).reduce(0.0) { $0 + Double(max(0, $1 - count)) }
  }
  let (size, k) = (Double(n), Double(count))
  return 1 - 2 / (size * k * (2 * size - 3 * k - 1)) * total
}

private func checkMap(_ map: Tensor, of rows: Tensor, for task: RowsError.Task) throws {
  try checkRows(rows, atLeast: 2, for: task)
  try checkRows(map, atLeast: 2, for: task)
  guard map.shape[0] == rows.shape[0] else {
    throw MapError.compared(points: map.shape[0], rows: rows.shape[0])
  }
}

/// The places of chosen rows in the order of distance from one row.
private struct Ranking {
  /// Rows ranked at once.
  static let lines = 128
  private static let block = 512

  private let x: Tensor
  private let norms: Tensor
  private let longest: Double

  init(of rows: Tensor, run: Run) throws {
    // Rows about their mean: distances stay as they are, and their products lose less to rounding.
    x = try centred(rows, by: columnMeans(rows, run: run), run: run)
    norms = try squaredNorms(x, run: run)
    longest = Double(norms.elements.max() ?? 0).squareRoot()
  }

  /// For each i of `range` and each j of `chosen[i]`: 1 + how many rows other than i are nearer to i, of equally far ones those
  /// with a lower number.
  func ranks(of range: Range<Int>, among chosen: [[Int]]) -> [Int] {
    let (rows, width, block) = (x.shape[0], x.shape[1], Ranking.block)
    let tile = Tensor(uninitialized: [range.count, block])
    let exact = range.map { i in chosen[i].map { distance(i, $0) } }
    var ranks = range.map { i in chosen[i].map { _ in 1 } }
    for start in stride(from: 0, to: rows, by: block) {
      let length = min(block, rows - start)
      gemm(
        transposeB: true, m: range.count, n: length, k: width, x.pointer + range.lowerBound * width,
        lda: width, x.pointer + start * width, ldb: width, tile.pointer, ldc: block)
      for (line, i) in range.enumerated() {
        let scores = tile.pointer + line * block
        // ‖x_i − x_j‖² = ‖x_i‖² − score.
        for j in 0..<length { scores[j] = 2 * scores[j] - norms.pointer[start + j] }
        if start..<start + length ~= i { scores[i - start] = -.infinity }
        for (place, j) in chosen[i].enumerated() {
          ranks[line][place] += count(
            nearerTo: i, than: j, at: exact[line][place], scores, start..<start + length)
        }
      }
    }
    return Array(ranks.joined())
  }

  private func count(
    nearerTo i: Int, than j: Int, at distance: Double, _ scores: UnsafePointer<Float>, _ others: Range<Int>
  ) -> Int {
    let limit = Double(norms.pointer[i]) - distance
    guard longest < 1e18 else {
      // Squares of such numbers are none in Float32.
      return others.reduce(0) { sum, other in
        guard other != i else { return sum }
        let found = self.distance(i, other)
        return found < distance || (found == distance && other < j) ? sum + 1 : sum
      }
    }
    let error = rounding(i)
    let (sure, possible) = (Float(limit + error), Float(limit - error))
    var (certain, open) = (0, 0)
    for at in 0..<others.count {
      certain &+= scores[at] > sure ? 1 : 0
      open &+= scores[at] >= possible ? 1 : 0
    }
    guard open > certain else { return certain }
    for at in 0..<others.count where scores[at] >= possible && scores[at] <= sure {
      let other = others.lowerBound + at
      let found = self.distance(i, other)
      if found < distance || (found == distance && other < j) { certain += 1 }
    }
    return certain
  }

  /// Bound of the rounding error in Float32 of a score of row i: of its product, of the norm, and of their difference.
  private func rounding(_ i: Int) -> Double {
    let length = Double(norms.pointer[i]).squareRoot()
    return 0x1p-23 * (Double(x.shape[1] + 4) * length + 2 * longest) * longest
  }

  private func distance(_ i: Int, _ j: Int) -> Double {
    let width = x.shape[1]
    return squaredDistance(x.pointer + i * width, x.pointer + j * width, width)
  }
}
