import Analysis
import Base
import Foundation
import Tensors
import Testing

@Suite("Measures")
struct MeasuresTests {
  let rows: Tensor
  let others: Tensor
  let map: Tensor
  let expected: [String: Double]

  init() throws {
    rows = try NumPyFile("measures_rows").tensor
    others = try NumPyFile("measures_others").tensor
    map = try NumPyFile("measures_map").tensor
    expected = try numbers("measures")
  }

  @Test("each measure is that of its formula in double precision")
  func reference() throws {
    let run = Run()
    let ranks = try positives(rows, others, run: run)
    let found = [
      "alignment": try alignment(rows, others, run: run), "uniformity": try uniformity(rows, run: run),
      "spread": try spread(rows), "effective rank": try effectiveRank(rows, run: run),
      "top1": ranks.top1, "top5": ranks.top5, "mean rank": ranks.meanRank,
    ]
    for (name, value) in found {
      let wanted = try #require(expected[name])
      #expect(abs(value - wanted) < 1e-5 * max(1, abs(wanted)), "\(name): \(value), not \(wanted)")
    }
    #expect(ranks.candidates == 599)
  }

  @Test("trustworthiness is scikit-learn's", arguments: [1, 5, 10, 60])
  func trust(count: Int) throws {
    let value = try trustworthiness(of: map, rows: rows, count: count, run: Run())
    let wanted = try #require(expected["trustworthiness \(count)"])
    #expect(abs(value - wanted) < 1e-5, "\(value), not \(wanted)")
  }

  @Test("recall is that of scikit-learn's neighbours", arguments: Distance.allCases, [3, 10, 40])
  func recall(metric: Distance, count: Int) throws {
    let value = try neighbourRecall(of: map, rows: rows, count: count, metric: metric, run: Run())
    let wanted = try #require(expected["recall \(metric) \(count)"])
    #expect(abs(value - wanted) < 1e-5, "\(value), not \(wanted)")
  }

  @Test("the same to the bit with any number of workers")
  func workers() throws {
    func all(_ count: Int) throws -> [Double] {
      let run = Run(workers: Workers(count: count))
      let ranks = try positives(rows, others, run: run)
      return [
        try alignment(rows, others, run: run), try uniformity(rows, run: run),
        try effectiveRank(rows, run: run), ranks.top1, ranks.top5, ranks.meanRank,
        try trustworthiness(of: map, rows: rows, run: run),
        try neighbourRecall(of: map, rows: rows, run: run),
      ]
    }
    let alone = try all(1)
    #expect(try all(2) == alone)
    #expect(try all(8) == alone)
  }

  @Test("a collapsed representation is told by every measure")
  func collapse() throws {
    let x = Tensor([40, 8], filledWith: 0.3)
    #expect(try alignment(x, x, run: Run()) < 1e-10)
    #expect(abs(try uniformity(x, run: Run())) < 1e-5)
    #expect(try spread(x) < 1e-6)
    #expect(abs(try effectiveRank(x, run: Run()) - 1) < 1e-4)
    let ranks = try positives(x, x, run: Run())
    // Chance: one of 79 and five of 79, and the middle of 1 to 79.
    #expect(abs(ranks.top1 - 1.0 / 79) < 1e-6)
    #expect(abs(ranks.top5 - 5.0 / 79) < 1e-6)
    #expect(ranks.meanRank == 40)
  }

  @Test("rows spread evenly over the sphere")
  func even() throws {
    let x = matrix(4000, 64, seed: 3)
    #expect(abs(try spread(x) - 1) < 0.01)
    #expect(try uniformity(x, run: Run()) < -3.8)
    let rank = try effectiveRank(x, run: Run())
    #expect(rank > 63 && rank < 64.01)
    #expect(abs(try alignment(x, matrix(4000, 64, seed: 4), run: Run()) - 2) < 0.05)
  }

  @Test("few rows of many columns, and rows of few dimensions")
  func rank() throws {
    #expect(abs(try effectiveRank(matrix(2, 50, seed: 1), run: Run()) - 2) < 0.1)
    let basis = matrix(3, 30, seed: 2)
    let flat = try product(matrix(100, 3, seed: 3), basis, run: Run())
    let value = try effectiveRank(flat, run: Run())
    #expect(value > 2.5 && value < 3.01)
    #expect(try effectiveRank(Tensor([5, 4]), run: Run()) == 1)
  }

  @Test("a perfect map, and a row of zeros")
  func perfect() throws {
    #expect(try trustworthiness(of: map, rows: map, run: Run()) == 1)
    #expect(try neighbourRecall(of: map, rows: map, run: Run()) == 1)
    let zeros = rows.copy()
    for c in 0..<zeros.shape[1] { zeros[c] = 0 }
    #expect(try uniformity(zeros, run: Run()).isFinite)
    #expect(try spread(zeros).isFinite)
    #expect(try alignment(zeros, others, run: Run()).isFinite)
  }

  @Test("small shapes agree with double precision", arguments: 0..<30 as Range<UInt64>)
  func small(seed: UInt64) throws {
    var random = RandomStream(seed: 100 + seed)
    let (n, width) = (4 + random.integer(below: 40), 1 + random.integer(below: 20))
    let x = matrix(n, width, seed: seed)
    let map = matrix(n, 1 + random.integer(below: 3), seed: seed + 50)
    // Rows that are equal, and a map whose points are.
    for c in 0..<width { x[c] = x[width * 2 + c] }
    if seed % 3 == 0 { for c in 0..<map.shape[1] { map[c] = map[map.shape[1] + c] } }
    let k = 1 + random.integer(below: (n - 1) / 2)
    func order(_ t: Tensor, _ i: Int) -> [Int] {
      let distance = (0..<n).map { squaredDistance(t.row(i), t.row($0)) }
      return (0..<n).filter { $0 != i }.sorted { (distance[$0], $0) < (distance[$1], $1) }
    }
    var excess = 0
    for i in 0..<n {
      let truth = order(x, i)
      for j in order(map, i).prefix(k) { excess += max(0, truth.firstIndex(of: j)! + 1 - k) }
    }
    let wanted = 1 - 2 / Double(n * k * (2 * n - 3 * k - 1)) * Double(excess)
    let found = try trustworthiness(of: map, rows: x, count: k, run: Run())
    #expect(abs(found - wanted) < 1e-12, "n \(n), k \(k)")
    let recall = (0..<n).reduce(0) {
      $0 + Set(order(x, $1).prefix(k)).intersection(order(map, $1).prefix(k)).count
    }
    let foundRecall = try neighbourRecall(of: map, rows: x, count: k, run: Run())
    #expect(abs(foundRecall - Double(recall) / Double(n * k)) < 1e-12)
    let closeness = (0..<n).flatMap { i in
      (0..<i).map { exp(-4 + 4 * cosine(x.row(i), x.row($0))) }
    }
    let uniform = log(closeness.reduce(0, +) / Double(closeness.count))
    #expect(abs(try uniformity(x, run: Run()) - uniform) < 1e-5)
  }

  @Test("what cannot be measured is refused")
  func refused() {
    let run = Run()
    let bad = rows.copy()
    bad[17] = .nan
    let few = rows.rows(0..<1)
    #expect(throws: RowsError.notFinite) { try alignment(rows, bad, run: run) }
    #expect(throws: RowsError.differ(.alignment, rows.shape, [10, rows.shape[1]])) {
      try alignment(rows, rows.rows(0..<10), run: run)
    }
    #expect(throws: RowsError.differ(.alignment, rows.shape, map.shape)) {
      try alignment(rows, map, run: run)
    }
    #expect(throws: RowsError.notFinite) { try uniformity(bad, run: run) }
    #expect(throws: RowsError.few(.uniformity, least: 2, rows: 1)) { try uniformity(few, run: run) }
    #expect(throws: RowsError.few(.spread, least: 2, rows: 1)) { try spread(few) }
    #expect(throws: RowsError.notFinite) { try spread(bad) }
    #expect(throws: RowsError.notFinite) { try effectiveRank(bad, run: run) }
    #expect(throws: RowsError.few(.effectiveRank, least: 2, rows: 0)) {
      try effectiveRank(Tensor([0, 4]), run: run)
    }
    #expect(throws: RowsError.differ(.positives, rows.shape, map.shape)) {
      try positives(rows, map, run: run)
    }
    #expect(throws: RowsError.few(.trustworthiness, least: 2, rows: 1)) {
      try trustworthiness(of: map, rows: few, run: run)
    }
    #expect(throws: RowsError.notFinite) { try trustworthiness(of: map, rows: bad, run: run) }
    for count in [0, 150, 300] {
      #expect(throws: NeighboursError.half(count, rows: 300)) {
        try trustworthiness(of: map, rows: rows, count: count, run: run)
      }
    }
    #expect(throws: NeighboursError.count(300, available: 299)) {
      try neighbourRecall(of: map, rows: rows, count: 300, run: run)
    }
    #expect(throws: RowsError.few(.neighbourRecall, least: 2, rows: 1)) {
      try neighbourRecall(of: map, rows: few, run: run)
    }
  }

  @Test("an interrupt stops them")
  func interrupted() {
    let interrupt = Interrupt()
    interrupt.request()
    let run = Run(interrupt: interrupt)
    #expect(throws: Interrupted.self) { try uniformity(rows, run: run) }
    #expect(throws: Interrupted.self) { try effectiveRank(rows, run: run) }
    #expect(throws: Interrupted.self) { try positives(rows, others, run: run) }
    #expect(throws: Interrupted.self) { try trustworthiness(of: map, rows: rows, run: run) }
  }
}
