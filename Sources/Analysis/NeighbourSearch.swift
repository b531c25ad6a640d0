import Base
import Glibc
import Tensors

/// A row and the square of its distance from a query; for cosines that of their directions, 2 − 2·similarity.
struct FoundRow {
  let distance: Double
  let index: Int

  static func isNearer(_ a: FoundRow, _ b: FoundRow) -> Bool {
    a.distance < b.distance || (a.distance == b.distance && a.index < b.index)
  }
}

/// Rows prepared for a search: about the mean of the base, so that their products lose least to rounding, and of length 1 before
/// that where directions are compared, whose order by distance is that by cosine.
struct NeighbourSearch {
  /// Queries that are searched for at once.
  static let lines = 128
  /// Rows of a tile of products, which stays in the L2 cache; a multiple of `side`.
  private static let block = 512
  private static let side = 64

  private let count: Int
  private let metric: Distance
  private let leavingOutSelf: Bool
  /// The rows as given.
  private let queries: Tensor
  private let base: Tensor
  private let queryLengths: [Double]
  private let baseLengths: [Double]
  /// The rows as they are multiplied.
  private let a: Tensor
  /// The base in panels of 64 rows, each turned: `[rows/64, width, 64]`.
  private let panels: Tensor
  private let aNorms: Tensor
  private let bNorms: Tensor
  private let longest: Double

  /// Throws `NeighboursError` and `RowsError` for widths, counts or values that do not fit.
  init(
    queries: Tensor, base: Tensor, count: Int, metric: Distance, leavingOutSelf: Bool, checking run: Run
  ) throws {
    guard queries.shape[1] == base.shape[1] else {
      throw NeighboursError.width(queries.shape[1], among: base.shape[1])
    }
    let available = base.shape[0] - (leavingOutSelf ? 1 : 0)
    guard count > 0, count <= available else {
      throw NeighboursError.count(count, available: available)
    }
    try checkRows(base, atLeast: 1, for: .neighbours(count))
    if queries.pointer != base.pointer { try checkRows(queries, atLeast: 0, for: .neighbours(count)) }
    let numbers = 3 * base.count + 2 * queries.count
    try checkMemory(
      MemoryLayout<Float>.stride * numbers + 40 * queries.shape[0] * count, rows: base.shape[0],
      for: .neighbours(count))
    (self.queries, self.base, self.count, self.metric) = (queries, base, count, metric)
    self.leavingOutSelf = leavingOutSelf
    let isSame = queries.pointer == base.pointer && queries.shape == base.shape
    func directed(_ x: Tensor) throws -> Tensor { metric == .cosine ? try unitRows(x, run: run) : x }
    func lengths(_ x: Tensor) -> [Double] {
      guard metric == .cosine else { return [] }
      let width = x.shape[1]
      return (0..<x.shape[0]).map {
        dot(x.pointer + $0 * width, x.pointer + $0 * width, width).squareRoot()
      }
    }
    let directions = try directed(base)
    let mean = try columnMeans(directions, run: run)
    let b = try centred(directions, by: mean, run: run)
    a = isSame ? b : try centred(directed(queries), by: mean, run: run)
    bNorms = try squaredNorms(b, run: run)
    aNorms = isSame ? bNorms : try squaredNorms(a, run: run)
    baseLengths = lengths(base)
    queryLengths = isSame ? baseLengths : lengths(queries)
    longest = Double(bNorms.elements.max() ?? 0).squareRoot()
    panels = try NeighbourSearch.panels(of: b, run: run)
  }

  private static func panels(of b: Tensor, run: Run) throws -> Tensor {
    let (rows, width) = (b.shape[0], b.shape[1])
    let panels = Tensor(uninitialized: [(rows + side - 1) / side, width, side])
    try run.forEach(panels.shape[0]) { panel, _ in
      let to = panels.pointer + panel * width * side
      for line in 0..<min(side, rows - panel * side) {
        let from = b.pointer + (panel * side + line) * width
        for c in 0..<width { to[c &* side &+ line] = from[c] }
      }
    }
    return panels
  }

  /// a·b of queries and rows of the base, which begin with a panel; `stride` is the distance between lines of `tile`. Products of
  /// 64×64×128, whose operands stay in the L1 cache, as in `multiply`.
  private func multiply(
    _ lines: Range<Int>, _ others: Range<Int>, into tile: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let (width, side) = (a.shape[1], NeighbourSearch.side)
    for first in Swift.stride(from: lines.lowerBound, to: lines.upperBound, by: side) {
      for row in Swift.stride(from: others.lowerBound, to: others.upperBound, by: side) {
        for start in Swift.stride(from: 0, to: width, by: 128) {
          gemm(
            m: min(side, lines.upperBound - first), n: min(side, others.upperBound - row),
            k: min(128, width - start), a.pointer + first * width + start, lda: width,
            panels.pointer + row * width + start * side, ldb: side, beta: start == 0 ? 0 : 1,
            tile + (first - lines.lowerBound) * stride + row - others.lowerBound, ldc: stride)
        }
      }
    }
  }

  /// `count` rows for each query of `range`, nearest first.
  /// With `ties`, also all other rows that are as near as the last of them.
  func nearest(to range: Range<Int>, ties: Bool = false) -> [[FoundRow]] {
    let (rows, block) = (base.shape[0], NeighbourSearch.block)
    // Numbers so large that their squares are none in Float32.
    guard longest < 1e18, range.allSatisfy({ aNorms.pointer[$0] < 1e36 }) else {
      return range.map { i in
        first(of: sorted((0..<rows).filter { !(leavingOutSelf && $0 == i) }, from: i), ties)
      }
    }
    // A few more than are wanted: what rounding may have put in the wrong order.
    let kept = min(count + max(8, count / 4), rows - (leavingOutSelf ? 1 : 0))
    let tile = Tensor(uninitialized: [range.count, block])
    var best = [Best](repeating: Best(count: kept), count: range.count)
    for start in stride(from: 0, to: rows, by: block) {
      let length = min(block, rows - start)
      multiply(range, start..<start + length, into: tile.pointer, stride: block)
      for (line, i) in range.enumerated() {
        let scores = tile.pointer + line * block
        finish(scores, of: i, start..<start + length)
        best[line].offer(scores, length, from: start)
      }
    }
    return zip(range, best).map { i, best in
      let exact = sorted(best.indices, from: i)
      let worst = Double(aNorms.pointer[i]) - Double(best.worst)
      // What was not kept is at least as far as the worst that was, but for rounding.
      let isCertain =
        exact.count == rows - (leavingOutSelf ? 1 : 0)
        || exact[count - 1].distance < worst - rounding(i)
        || (!ties && exact[count - 1].distance == worst - rounding(i))
      return first(of: isCertain ? exact : searchAgain(i, within: exact[count - 1].distance), ties)
    }
  }

  private func first(of found: [FoundRow], _ ties: Bool) -> [FoundRow] {
    let last = found[count - 1].distance
    return Array(ties ? found.prefix { $0.distance <= last } : found.prefix(count))
  }

  /// 2a·b − ‖b‖², which falls with the distance, of products a·b.
  private func finish(_ scores: UnsafeMutablePointer<Float>, of i: Int, _ others: Range<Int>) {
    let norms = bNorms.pointer + others.lowerBound
    for j in 0..<others.count { scores[j] = 2 * scores[j] - norms[j] }
    if leavingOutSelf, others ~= i { scores[i - others.lowerBound] = -.infinity }
  }

  /// All rows that may be as near as `distance`, nearest first.
  private func searchAgain(_ i: Int, within distance: Double) -> [FoundRow] {
    let rows = base.shape[0]
    let scores = Tensor(uninitialized: [rows])
    multiply(i..<i + 1, 0..<rows, into: scores.pointer, stride: rows)
    finish(scores.pointer, of: i, 0..<rows)
    let least = Float(Double(aNorms.pointer[i]) - distance - 2 * rounding(i)).nextDown
    return sorted(
      (0..<rows).filter { scores.pointer[$0] >= least && !(leavingOutSelf && $0 == i) }, from: i)
  }

  /// Nearest first.
  private func sorted(_ others: [Int], from i: Int) -> [FoundRow] {
    others.map { FoundRow(distance: distance(i, $0), index: $0) }.sorted(by: FoundRow.isNearer)
  }

  /// Bound of the rounding error in Float32 of a squared distance of query i: of its product, of both norms, and of their difference.
  private func rounding(_ i: Int) -> Double {
    let length = Double(aNorms.pointer[i]).squareRoot()
    return 0x1p-23 * (Double(base.shape[1] + 4) * length * longest + longest * longest + length * length)
  }

  /// Similarity or distance, as the metric says.
  func value(_ found: FoundRow) -> Float {
    metric == .cosine ? Float(1 - found.distance / 2) : Float(found.distance.squareRoot())
  }

  private func distance(_ i: Int, _ j: Int) -> Double {
    let width = base.shape[1]
    let (x, y) = (queries.pointer + i * width, base.pointer + j * width)
    guard metric == .cosine else { return squaredDistance(x, y, width) }
    let lengths = queryLengths[i] * baseLengths[j]
    return 2 - 2 * (lengths > 0 ? dot(x, y, width) / lengths : 0)
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

  var indices: [Int] { heap.map(\.index) }
  /// The lowest score that was kept.
  var worst: Float { heap.first?.score ?? -.infinity }

  private static func isWorse(_ a: (score: Float, index: Int), _ b: (score: Float, index: Int)) -> Bool {
    a.score < b.score || (a.score == b.score && a.index > b.index)
  }

  /// Offers the scores of `length` rows that begin with row `start`, eight at a look: most are worse than all that are kept.
  mutating func offer(_ scores: UnsafePointer<Float>, _ length: Int, from start: Int) {
    var j = 0
    while j + 8 <= length {
      let eight = load8(scores + j)
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
    // −∞ is the query itself, which is left out.
    guard score > -.infinity else { return }
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
}
