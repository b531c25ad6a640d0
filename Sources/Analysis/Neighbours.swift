import Glibc
import Tensors

/// How far apart two rows are.
public enum Metric: String, Sendable, CaseIterable { case cosine, euclidean }

/// The nearest rows of each query, nearest first.
public struct Neighbours: Sendable {
  public let count: Int
  /// `count` row numbers per query.
  public let indices: [[Int]]
  /// Cosine similarities (falling) or Euclidean distances (rising), as the metric says.
  public let values: [[Float]]
}

/// The `count` rows of `base` nearest to each row of `queries`, found exactly, in tiles of products.
///
/// With `leavingOutSelf`, queries and base are the same rows and a row is no neighbour of itself. Ties go to the lower
/// row number. Throws `InputError` for widths or counts that do not fit, and `Interrupted`.
public func neighbours(
  of queries: Tensor, in base: Tensor, count: Int, metric: Metric = .cosine, leavingOutSelf: Bool = false,
  run: Run
) throws -> Neighbours {
  guard queries.shape[1] == base.shape[1] else {
    throw InputError("rows of \(queries.shape[1]) numbers cannot be compared with rows of \(base.shape[1])")
  }
  let available = base.shape[0] - (leavingOutSelf ? 1 : 0)
  guard count > 0, count <= available else {
    throw InputError(
      "k is \(count), and there are \(available) rows to choose from", option: "k",
      advice: "use k between 1 and \(available)")
  }
  // About the base's mean distances stay as they are, and their products lose less to rounding.
  let mean = metric == .cosine ? nil : columnMeans(base, run: run)
  let prepare = { (x: Tensor) in mean.map { centred(x, by: $0, run: run) } ?? unitRows(x, run: run) }
  let b = prepare(base)
  let a = queries.pointer == base.pointer ? b : prepare(queries)
  let baseNorms = squaredNorms(b, run: run)
  let queryNorms = squaredNorms(a, run: run)
  let found = Tensor(uninitialized: [queries.shape[0], count, 2])
  let width = base.shape[1]
  let rows = base.shape[0]
  // A tile of similarities that stays in the L2 cache.
  let block = 512
  run.forEachRange(queries.shape[0], grain: 128) { range, _ in
    let tile = Tensor(uninitialized: [range.count, block])
    var best = [Best](repeating: Best(count: count), count: range.count)
    for start in stride(from: 0, to: rows, by: block) {
      let length = min(block, rows - start)
      gemm(
        transposeB: true, m: range.count, n: length, k: width, a.pointer + range.lowerBound * width,
        lda: width,
        b.pointer + start * width, ldb: width, tile.pointer, ldc: block)
      for (line, i) in range.enumerated() {
        let scores = tile.pointer + line * block
        if metric == .euclidean {
          for j in 0..<length { scores[j] = 2 * scores[j] - baseNorms.pointer[start + j] }
        }
        if leavingOutSelf, start..<start + length ~= i { scores[i - start] = -.infinity }
        best[line].offer(scores, length, from: start)
      }
    }
    for (line, i) in range.enumerated() {
      for (place, item) in best[line].sorted().enumerated() {
        let slot = found.pointer + (i * count + place) * 2
        // Row numbers travel as bit patterns: a Float32 holds no integer above 2²⁴ exactly.
        slot[0] = Float(bitPattern: UInt32(item.index))
        slot[1] = metric == .cosine ? item.score : max(0, queryNorms.pointer[i] - item.score).squareRoot()
      }
    }
  }
  try run.checkInterrupt()
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
/// Each of the `count` neighbours votes with its cosine similarity (plus 1) or the inverse of its distance, so ties are rare.
/// Throws `InputError` as `neighbours` does, and `Interrupted`.
public func knnVotes(
  of queries: Tensor, in base: Tensor, labels: [Int], classes: Int, count: Int, metric: Metric = .cosine,
  leavingOutSelf: Bool = false, run: Run
) throws -> Tensor {
  precondition(labels.count == base.shape[0], "\(labels.count) labels for \(base.shape[0]) rows")
  let near = try neighbours(
    of: queries, in: base, count: count, metric: metric, leavingOutSelf: leavingOutSelf, run: run)
  let votes = Tensor([queries.shape[0], classes], filledWith: -.infinity)
  for (row, (indices, values)) in zip(near.indices, near.values).enumerated() {
    for (index, value) in zip(indices, values) {
      let place = row * classes + labels[index]
      votes.pointer[place] =
        max(0, votes.pointer[place]) + (metric == .cosine ? 1 + value : 1 / (1e-6 + value))
    }
  }
  return votes
}

/// The class with most votes for each of `queries`; of equal votes the lower class wins. See `knnVotes`.
public func knnPredictions(
  of queries: Tensor, in base: Tensor, labels: [Int], classes: Int, count: Int, metric: Metric = .cosine,
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

/// The highest few of many scores: a heap with the worst of them on top.
private struct Best {
  private var heap: [(score: Float, index: Int)] = []
  private let count: Int

  init(count: Int) {
    self.count = count
    heap.reserveCapacity(count)
  }

  private static func isWorse(_ a: (score: Float, index: Int), _ b: (score: Float, index: Int)) -> Bool {
    a.score < b.score || (a.score == b.score && a.index > b.index)
  }

  /// Offers the scores of `length` rows that begin with row `start`, eight at a look: most are worse than all that are kept.
  mutating func offer(_ scores: UnsafePointer<Float>, _ length: Int, from start: Int) {
    var j = 0
    while j + 8 <= length {
      let eight = UnsafeRawPointer(scores + j).loadUnaligned(as: SIMD8<Float>.self)
      if heap.count < count || any(eight .> heap[0].score) {
        for lane in 0..<8 { offer(eight[lane], start + j + lane) }
      }
      j += 8
    }
    while j < length {
      offer(scores[j], start + j)
      j += 1
    }
  }

  @inline(__always)
  private mutating func offer(_ score: Float, _ index: Int) {
    if heap.count < count {
      heap.append((score, index))
      siftUp()
    } else if score > heap[0].score {
      heap[0] = (score, index)
      siftDown()
    }
  }

  private mutating func siftUp() {
    var child = heap.count - 1
    while child > 0, Best.isWorse(heap[child], heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var worst = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if Best.isWorse(heap[child], heap[worst]) { worst = child }
      }
      if worst == parent { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }

  func sorted() -> [(score: Float, index: Int)] { heap.sorted { Best.isWorse($1, $0) } }
}
