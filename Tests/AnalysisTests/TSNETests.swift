import Analysis
import Base
import Foundation
import Synchronization
import Tensors
import Testing

@Suite("t-SNE")
struct TSNETests {
  @Test("affinities have the perplexity that was asked for", arguments: [2, 5, 20])
  func perplexity(_ wanted: Float) {
    var random = RandomStream(seed: 2)
    let squares = (0..<60).map { _ in random.uniform(0.1, 9) }
    let p = Affinities.conditional(squares, perplexity: wanted).map(Double.init)
    #expect(abs(p.reduce(0, +) - 1) < 1e-5)
    #expect(
      abs(exp(-p.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }) - Double(wanted)) < 0.01 * Double(wanted))
  }

  @Test(
    "repulsion through the grid is that of all pairs", arguments: [(50, 0.01), (700, 3), (6000, 40)])
  func grid(count: Int, spread: Float) throws {
    let x = matrix(2, count, seed: 9)
    for i in 0..<2 * count { x[i] = x[i] * spread / 2.5 + 7 }
    let (xs, ys) = (x.pointer, x.pointer + count)
    let forces = Tensor([2, count])
    let sums = Tensor([count])
    let grid = GridRepulsion(count: count)
    for _ in 0..<2 {
      try grid(
        xs: xs, ys: ys, forces: (forces.pointer, forces.pointer + count), sums: sums.pointer, run: Run())
    }
    var (worst, worstSum, size) = (0.0, 0.0, 0.0)
    for i in 0..<count {
      var (fx, fy, sum) = (0.0, 0.0, 0.0)
      for j in 0..<count where j != i {
        let (dx, dy) = (Double(xs[i]) - Double(xs[j]), Double(ys[i]) - Double(ys[j]))
        let q = 1 / (1 + dx * dx + dy * dy)
        sum += q
        fx += q * q * dx
        fy += q * q * dy
      }
      worst = max(worst, abs(fx - Double(forces[i])), abs(fy - Double(forces[count + i])))
      worstSum = max(worstSum, abs(sum - Double(sums[i])) / sum)
      size = max(size, abs(fx), abs(fy))
    }
    #expect(worst < 0.01 * size, "\(worst) of \(size)")
    #expect(worstSum < 0.01)
  }

  @Test("the affinities are symmetric and sum to 1")
  func symmetric() throws {
    let affinities = try Affinities(of: matrix(50, 4, seed: 3), perplexity: 5, run: Run())
    var dense = [[Float]](repeating: [Float](repeating: 0, count: 50), count: 50)
    for i in 0..<50 {
      for at in affinities.starts[i]..<affinities.starts[i + 1] {
        dense[i][Int(affinities.columns[at])] = affinities.values[at]
      }
    }
    #expect(abs(dense.joined().reduce(0, +) - 1) < 1e-4)
    for i in 0..<50 { for j in 0..<i { #expect(abs(dense[i][j] - dense[j][i]) < 1e-7) } }
  }

  @Test("groups that are far apart stay apart on the map", arguments: [2, 3])
  func groups(dimensions: Int) throws {
    let x = matrix(120, 10, seed: 7)
    let labels = (0..<120).map { $0 % 4 }
    for i in 0..<120 { x[i * 10 + labels[i]] += 20 }
    var tsne = TSNE()
    tsne.perplexity = 10
    tsne.dimensions = dimensions
    let map = try tsne.map(x, run: Run(seed: 1))
    let predictions = try knnPredictions(
      of: map.points, in: map.points, labels: labels, classes: 4, count: 5, metric: .euclidean,
      leavingOutSelf: true,
      run: Run())
    #expect(predictions == labels)
    #expect(map.divergence > 0 && map.divergence < 1)
    let again = try tsne.map(x, run: Run(seed: 1, workers: Workers(count: 3)))
    #expect(again.points.elements == map.points.elements)
  }

  @Test("a perplexity or a shape that does not fit is refused")
  func refused() {
    var tsne = TSNE()
    #expect(throws: MapError.perplexity(30, rows: 50)) { try tsne.map(matrix(50, 4, seed: 1), run: Run()) }
    #expect(throws: RowsError.few(.map, least: 8, rows: 5)) {
      try tsne.map(matrix(5, 4, seed: 1), run: Run())
    }
    tsne.perplexity = 5
    tsne.dimensions = 4
    #expect(throws: MapError.dimensions(4)) { try tsne.map(matrix(50, 4, seed: 1), run: Run()) }
  }

  @Test("equal rows do not break the map")
  func equalRows() throws {
    var tsne = TSNE()
    tsne.perplexity = 5
    let map = try tsne.map(Tensor([30, 4], filledWith: 2), run: Run())
    #expect(map.points.isFinite)
  }

  @Test("whoever watches sees the map form, and its divergence fall")
  func watching() throws {
    var tsne = TSNE()
    tsne.perplexity = 8
    tsne.iterations = 100
    var seen: [TSNE.Map] = []
    let map = try tsne.map(matrix(90, 5, seed: 1), every: 50, watching: { seen.append($0) }, run: Run())
    #expect(seen.map(\.iterations) == [50, 100, 150, 200, 250, 300])
    #expect(seen.allSatisfy { !$0.isComplete && $0.points.isFinite })
    #expect(map.isComplete && map.iterations == 350)
    #expect(map.divergence < seen[0].divergence)
    let unseen = try tsne.map(matrix(90, 5, seed: 1), run: Run())
    #expect(unseen.points.elements == map.points.elements)
  }

  @Test("progress ends on the divergence that the map has")
  func progress() throws {
    final class Told: Sendable {
      let last = Mutex<Base.Progress?>(nil)
    }
    let told = Told()
    var tsne = TSNE()
    (tsne.perplexity, tsne.iterations) = (5, 33)
    let map = try tsne.map(
      matrix(40, 3, seed: 1), run: Run(onProgress: { progress in told.last.withLock { $0 = progress } }))
    let last = try #require(told.last.withLock { $0 })
    #expect(last.completed == 283 && last.total == 283 && last.readings.map(\.value) == [map.divergence])
  }

  @Test("an interrupt keeps the map as far as it came")
  func interrupted() throws {
    var tsne = TSNE()
    tsne.perplexity = 8
    let interrupt = Interrupt()
    let run = Run(interrupt: interrupt)
    let map = try tsne.map(
      matrix(90, 5, seed: 1), every: 20,
      watching: { if $0.iterations == 40 { interrupt.request() } }, run: run)
    #expect(map.iterations == 40 && !map.isComplete)
    #expect(map.points.isFinite && map.divergence.isFinite)
    #expect(throws: Interrupted.self) { try tsne.map(matrix(90, 5, seed: 1), run: run) }
  }

  @Test("new rows are placed among their own, and the map stays", arguments: [2, 3])
  func placing(dimensions: Int) throws {
    let x = matrix(150, 10, seed: 7)
    let labels = (0..<150).map { $0 % 3 }
    for i in 0..<150 { x[i * 10 + labels[i]] += 20 }
    var tsne = TSNE()
    tsne.perplexity = 10
    tsne.dimensions = dimensions
    tsne.iterations = 200
    let map = try tsne.map(x.rows(0..<120), run: Run())
    let before = map.points.elements
    let placed = try tsne.place(x.rows(120..<150), into: map, of: x.rows(0..<120), run: Run())
    #expect(map.points.elements == before)
    #expect(placed.shape == [30, dimensions] && placed.isFinite)
    let found = try knnPredictions(
      of: placed, in: map.points, labels: Array(labels[0..<120]), classes: 3, count: 5, metric: .euclidean,
      run: Run())
    #expect(found == Array(labels[120...]))
    let alone = try tsne.place(
      x.rows(125..<126), into: map, of: x.rows(0..<120), run: Run(workers: Workers(count: 8)))
    #expect(alone.elements == placed.rows(5..<6).elements)
    let old = try tsne.place(x.rows(0..<10), into: map, of: x.rows(0..<120), run: Run())
    for i in 0..<10 { #expect(squaredDistance(old.row(i), map.points.row(i)) < 9, "row \(i)") }
    #expect(throws: MapError.self) {
      try tsne.place(matrix(3, 9, seed: 1), into: map, of: x.rows(0..<120), run: Run())
    }
    #expect(throws: MapError.self) { try tsne.place(x, into: map, of: x, run: Run()) }
  }

  @Test("settings that make no map are refused")
  func settings() {
    let x = matrix(60, 4, seed: 1)
    func refused(_ error: MapError?, _ change: (inout TSNE) -> Void) {
      var tsne = TSNE()
      tsne.perplexity = 5
      change(&tsne)
      #expect {
        try tsne.map(x, run: Run())
      } throws: { thrown in
        // What is no number equals nothing.
        error.map { thrown as? MapError == $0 } ?? (thrown is MapError)
      }
    }
    refused(.perplexity(20, rows: 60)) { $0.perplexity = 20 }
    refused(nil) { $0.perplexity = .nan }
    refused(.exaggeration(0)) { $0.exaggeration = 0 }
    refused(.rate(-1)) { $0.rate = -1 }
    refused(.diverged(rate: 50)) { $0.rate = 1e30 }
    refused(.noIterations) { ($0.earlyIterations, $0.iterations) = (0, 0) }
  }

  @Test("a random start makes a map too, another for another seed")
  func randomStart() throws {
    var tsne = TSNE()
    tsne.perplexity = 5
    tsne.start = .random
    tsne.iterations = 50
    let one = try tsne.map(matrix(40, 3, seed: 1), run: Run(seed: 1))
    let two = try tsne.map(matrix(40, 3, seed: 1), run: Run(seed: 2))
    #expect(one.points.isFinite && one.points.elements != two.points.elements)
  }
}

/// `kinds` rows drawn at random, `copies` of each, in the order of `place`.
private func copies(_ kinds: Int, _ copies: Int, width: Int = 12) -> (rows: Tensor, kinds: [Int]) {
  let order = (0..<kinds * copies).map { $0 / copies }
  return (matrix(kinds, width, seed: 4).rows(order), order)
}

@Suite("Equal rows on a map")
struct EqualRowTests {
  private func map(_ x: Tensor, seed: UInt64 = 1, _ change: (inout TSNE) -> Void = { _ in }) throws
    -> TSNE.Map
  {
    var tsne = TSNE()
    tsne.iterations = 250
    change(&tsne)
    return try tsne.map(x, run: Run(seed: seed))
  }

  @Test(
    "are one point, and rows that differ are not",
    arguments: [(2, 60), (4, 50), (8, 15), (1, 100), (60, 2), (3, 200)], [2, 3])
  func onePoint(_ shape: (kinds: Int, copies: Int), dimensions: Int) throws {
    let (x, kinds) = copies(shape.kinds, shape.copies)
    let map = try map(x) { $0.dimensions = dimensions }
    #expect(map.points.isFinite && map.divergence.isFinite && map.divergence > -1e-6)
    for i in 0..<kinds.count {
      #expect(map.points.row(i) == map.points.row(i / shape.copies * shape.copies))
      if i % shape.copies == 0, i > 0 {
        #expect(squaredDistance(map.points.row(i), map.points.row(i - 1)) > 1e-3, "rows \(i - 1) and \(i)")
      }
    }
  }

  @Test("coincide whatever the order of the rows", arguments: [false, true])
  func permuted(usesGrid: Bool) throws {
    let (x, kinds) = copies(5, 24)
    var random = RandomStream(seed: 8)
    let order = random.permutation(kinds.count)
    let map = try map(x.rows(order)) { if usesGrid { $0.mostPairwise = 2 } }
    for i in order.indices {
      for j in 0..<i {
        let areEqual = map.points.row(i) == map.points.row(j)
        #expect(areEqual == (kinds[order[i]] == kinds[order[j]]))
      }
    }
  }

  @Test("are moved as they would be one by one: a row's gradient is that of all rows")
  func sameGradient() throws {
    // Two of each of 30 rows, once as pairs and once hardly apart, which no method takes for equal.
    let (x, _) = copies(30, 2)
    let apart = x.copy()
    for row in stride(from: 1, to: 60, by: 2) { apart[row * 12] += 1e-4 }
    let firsts = Array(stride(from: 0, to: 60, by: 2))
    let start = matrix(30, 2, seed: 6)
    let merged = Layout(
      start: start,
      affinities: try Affinities(
        of: x.rows(firsts), counts: Array(repeating: 2, count: 30), perplexity: 9, run: Run()),
      usesGrid: false)
    let whole = Layout(
      start: start.rows((0..<60).map { $0 / 2 }),
      affinities: try Affinities(of: apart, perplexity: 9, run: Run()),
      usesGrid: false)
    try merged.repel(run: Run())
    try whole.repel(run: Run())
    let divergences = (try merged.divergence(run: Run()), try whole.divergence(run: Run()))
    #expect(abs(divergences.0 - divergences.1) < 1e-3)
    let (a, b) = (try merged.gradient(run: Run()), try whole.gradient(run: Run()))
    let largest = b.elements.map(abs).max()!
    for row in 0..<30 {
      for c in 0..<2 { #expect(abs(a[2 * row + c] - b[4 * row + c]) < 5e-3 * largest, "row \(row)") }
    }
  }

  @Test("keep the perplexity: several kinds within it share it, and one of more than it has it alone")
  func affinities() throws {
    let x = matrix(20, 4, seed: 3)
    for counts in [Array(repeating: 3, count: 20), (0..<20).map { 1 + $0 * 3 }] {
      let all = Float(counts.reduce(0, +))
      let found = try Affinities(of: x, counts: counts, perplexity: 6, run: Run())
      var total: Float = 0
      for i in 0..<20 {
        let range = found.starts[i]..<found.starts[i + 1]
        total += Float(counts[i]) * (found.values[range].reduce(0, +) + found.own[i])
        if counts[i] > 19 { #expect(abs(found.own[i] * all - 1) < 1e-4) }
      }
      #expect(abs(total - 1) < 1e-4)
    }
  }
}
