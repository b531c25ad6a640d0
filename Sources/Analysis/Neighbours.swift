import Base
import Glibc
import Tensors

/// Measure of distance or similarity of two rows.
public enum Distance: String, Sendable, CaseIterable { case cosine, euclidean }

/// The nearest rows of each query, nearest first.
public struct Neighbours: Sendable {
  public let count: Int
  /// `count` row numbers per query.
  public let indices: [[Int]]
  /// Cosine similarities (falling) or Euclidean distances (rising), as the metric says.
  public let values: [[Float]]
}

/// The `count` rows of `base` nearest to each row of `queries`, found exactly.
///
/// Products in Float32, in tiles, choose candidates; their order, and which of them are the nearest, is decided by distances in
/// double precision (`Candidates`). With `leavingOutSelf`, queries and base are the same rows and a row is not a neighbour of itself.
/// Ties go to the lower row number. A row of zeros has similarity 0 to all.
/// Throws `NeighboursError` and `RowsError` for widths, counts or values that do not fit, and `Interrupted`.
public func neighbours(
  of queries: Tensor, in base: Tensor, count: Int, metric: Distance = .cosine, leavingOutSelf: Bool = false,
  run: Run
) throws -> Neighbours {
  let search = try NeighbourSearch(
    queries: queries, base: base, count: count, metric: metric, leavingOutSelf: leavingOutSelf, checking: run)
  let found = Tensor(uninitialized: [queries.shape[0], count, 2])
  try run.forEachRange(queries.shape[0], grain: NeighbourSearch.lines) { range, _ in
    for (i, nearest) in zip(range, search.nearest(to: range)) {
      for (place, item) in nearest.enumerated() {
        let slot = found.pointer + (i * count + place) * 2
        // Row numbers travel as bit patterns: a Float32 holds no integer above 2²⁴ exactly.
        slot[0] = Float(bitPattern: UInt32(item.index))
        slot[1] = search.value(item)
      }
    }
  }
  let places = 0..<count
  return Neighbours(
    count: count,
    indices: (0..<queries.shape[0]).map { i in
      places.map { Int(found.pointer[(i * count + $0) * 2].bitPattern) }
    },
    values: (0..<queries.shape[0]).map { i in places.map { found.pointer[(i * count + $0) * 2 + 1] } })
}

/// The votes of the nearest rows of `base` for each class, `[queries, classes]`; −∞ for a class that none of them has.
///
/// Each of the `count` neighbours votes with its cosine similarity (plus 1) or the inverse of its distance, so ties are rare. Rows
/// that are all as near as the last of them share the votes that are left, so that no row counts for its number.
/// Throws the errors of `neighbours`.
public func knnVotes(
  of queries: Tensor, in base: Tensor, labels: [Int], classes: Int, count: Int, metric: Distance = .cosine,
  leavingOutSelf: Bool = false, run: Run
) throws -> Tensor {
  precondition(labels.count == base.shape[0], "\(labels.count) labels for \(base.shape[0]) rows")
  let search = try NeighbourSearch(
    queries: queries, base: base, count: count, metric: metric, leavingOutSelf: leavingOutSelf, checking: run)
  let votes = Tensor([queries.shape[0], classes], filledWith: -.infinity)
  try run.forEachRange(queries.shape[0], grain: NeighbourSearch.lines) { range, _ in
    for (row, nearest) in zip(range, search.nearest(to: range, ties: true)) {
      let last = nearest[count - 1].distance
      let nearer = nearest.prefix { $0.distance < last }.count
      let share = Float(count - nearer) / Float(nearest.count - nearer)
      for found in nearest {
        let place = row * classes + labels[found.index]
        let value = search.value(found)
        let vote = metric == .cosine ? 1 + value : 1 / (1e-6 + value)
        votes.pointer[place] = max(0, votes.pointer[place]) + vote * (found.distance < last ? 1 : share)
      }
    }
  }
  return votes
}

/// The class with most votes for each of `queries`; of equal votes the lower class wins. See `knnVotes`.
public func knnPredictions(
  of queries: Tensor, in base: Tensor, labels: [Int], classes: Int, count: Int, metric: Distance = .cosine,
  leavingOutSelf: Bool = false, run: Run
) throws -> [Int] {
  let votes = try knnVotes(
    of: queries, in: base, labels: labels, classes: classes, count: count, metric: metric,
    leavingOutSelf: leavingOutSelf, run: run)
  return (0..<queries.shape[0]).map { row in
    let line = UnsafeBufferPointer(start: votes.pointer + row * classes, count: classes)
    return line.indices.max { line[$0] < line[$1] } ?? 0
  }
}
