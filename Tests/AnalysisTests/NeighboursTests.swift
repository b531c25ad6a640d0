import Analysis
import Base
import Foundation
import Tensors
import Testing

@Suite("Neighbours")
struct NeighboursTests {
  @Test(
    "the same rows as a search of all pairs in double precision", arguments: Distance.allCases, [1, 3, 9])
  func exact(metric: Distance, columns: Int) throws {
    let base = matrix(70, columns, seed: 1)
    let queries = matrix(11, columns, seed: 2)
    let found = try neighbours(of: queries, in: base, count: 8, metric: metric, run: Run())
    for q in 0..<11 {
      func row(_ t: Tensor, _ i: Int) -> [Double] { (0..<columns).map { Double(t[i * columns + $0]) } }
      func score(_ j: Int) -> Double {
        let (a, b) = (row(queries, q), row(base, j))
        if metric == .euclidean {
          return -zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        }
        let dot = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
        return dot / (a.reduce(0) { $0 + $1 * $1 } * b.reduce(0) { $0 + $1 * $1 }).squareRoot()
      }
      let expected = (0..<70).sorted { score($0) > score($1) }.prefix(8)
      // Scores rather than row numbers: with one column, cosine similarities are all 1 or −1.
      for (place, (mine, theirs)) in zip(found.indices[q], expected).enumerated() {
        #expect(abs(score(mine) - score(theirs)) < 1e-4, "place \(place)")
      }
      let value = metric == .cosine ? score(found.indices[q][0]) : -score(found.indices[q][0])
      #expect(abs(Double(found.values[q][0]) - value) < 1e-3)
    }
  }

  @Test("a row is no neighbour of itself when it is left out, and its nearest when it is not")
  func itself() throws {
    let x = matrix(40, 6, seed: 3)
    let with = try neighbours(of: x, in: x, count: 3, run: Run())
    let without = try neighbours(of: x, in: x, count: 3, leavingOutSelf: true, run: Run())
    for i in 0..<40 {
      #expect(with.indices[i][0] == i)
      #expect(!without.indices[i].contains(i))
      #expect(Array(with.indices[i].dropFirst()) == Array(without.indices[i].dropLast()))
    }
  }

  @Test("groups far apart are classified without an error")
  func votes() throws {
    let x = matrix(60, 5, seed: 8)
    let labels = (0..<60).map { $0 % 3 }
    for i in 0..<60 { x[i * 5 + labels[i]] += 12 }
    let predictions = try knnPredictions(
      of: x, in: x, labels: labels, classes: 3, count: 5, leavingOutSelf: true, run: Run())
    #expect(predictions == labels)
  }

  @Test("counts and widths that do not fit are refused")
  func refused() {
    let x = matrix(10, 4, seed: 1)
    #expect(throws: NeighboursError.count(0, available: 10)) {
      try neighbours(of: x, in: x, count: 0, run: Run())
    }
    #expect(throws: NeighboursError.count(11, available: 10)) {
      try neighbours(of: x, in: x, count: 11, run: Run())
    }
    #expect(throws: NeighboursError.count(10, available: 9)) {
      try neighbours(of: x, in: x, count: 10, leavingOutSelf: true, run: Run())
    }
    #expect(throws: NeighboursError.width(4, among: 5)) {
      try neighbours(of: x, in: matrix(10, 5, seed: 1), count: 1, run: Run())
    }
  }

  @Test("small shapes agree with double precision in every place", arguments: 0..<60 as Range<UInt64>)
  func small(seed: UInt64) throws {
    var random = RandomStream(seed: 500 + seed)
    let (n, m) = (2 + random.integer(below: 90), 1 + random.integer(below: 20))
    let width = 1 + random.integer(below: 30)
    let base = matrix(n, width, seed: seed)
    let queries = matrix(m, width, seed: seed + 1000)
    // A third of the rows many times over, and far from the origin; whole numbers, so that ties are exact.
    if seed % 3 == 0 {
      for row in n / 3..<n {
        for c in 0..<width { base[row * width + c] = base[row % max(1, n / 3) * width + c] }
      }
    }
    if seed % 2 == 0 { for at in 0..<base.count { base[at] = (base[at] * 3).rounded() + 4 } }
    if seed % 5 == 0 { for at in 0..<base.count { base[at] *= 1e25 } }
    if seed % 7 == 0 { for at in 0..<base.count { base[at] *= 1e-25 } }
    let self_ = seed % 4 == 0
    let asked = self_ ? base : queries
    let count = 1 + random.integer(below: n - 1)
    for metric in Distance.allCases {
      let found = try neighbours(
        of: asked, in: base, count: count, metric: metric, leavingOutSelf: self_, run: Run())
      for i in 0..<asked.shape[0] {
        let far = (0..<n).map { j -> Double in
          if metric == .euclidean { return squaredDistance(asked.row(i), base.row(j)) }
          let similar = cosine(asked.row(i), base.row(j))
          return similar.isNaN ? 0 : -similar
        }
        let wanted = (0..<n).filter { !(self_ && $0 == i) }.sorted { (far[$0], $0) < (far[$1], $1) }
        // Distances rather than numbers: the order of double precision's own sums decides some ties.
        for (place, (a, b)) in zip(found.indices[i], wanted.prefix(count)).enumerated() {
          #expect(
            abs(far[a] - far[b]) <= 1e-13 * max(abs(far[a]), metric == .cosine ? 1 : 0), "place \(place)")
        }
        #expect(Set(found.indices[i]).count == count)
      }
    }
  }

  @Test("the same with any number of workers, and lower numbers first where rows are equal")
  func workers() throws {
    let x = matrix(700, 40, seed: 2)
    for at in 350 * 40..<700 * 40 { x[at] = x[at - 350 * 40] }
    let alone = try neighbours(of: x, in: x, count: 9, run: Run(workers: Workers(count: 1)))
    for i in 350..<700 { #expect(alone.indices[i].prefix(2) == [i - 350, i]) }
    for count in [2, 8] {
      let found = try neighbours(of: x, in: x, count: 9, run: Run(workers: Workers(count: count)))
      #expect(found.indices == alone.indices && found.values == alone.values)
    }
  }

  @Test("many equal rows are found by number")
  func equal() throws {
    let found = try neighbours(
      of: Tensor([300, 5], filledWith: 2), in: Tensor([300, 5], filledWith: 2), count: 4, run: Run())
    #expect(found.indices.allSatisfy { $0 == [0, 1, 2, 3] })
  }

  @Test("values that are not numbers are refused")
  func notFinite() {
    let x = matrix(10, 4, seed: 1)
    let bad = x.copy()
    bad[5] = .infinity
    #expect(throws: RowsError.notFinite) { try neighbours(of: x, in: bad, count: 1, run: Run()) }
    #expect(throws: RowsError.notFinite) { try neighbours(of: bad, in: x, count: 1, run: Run()) }
  }
}

@Suite("Neighbours that are equally near")
struct TiedNeighbourTests {
  @Test("share their votes, whatever the order of the rows", arguments: [Distance.cosine, .euclidean])
  func shared(metric: Distance) throws {
    // The same picture in two classes, 60 times and 20 times, and another one in a third.
    let pictures = matrix(2, 8, seed: 2)
    let labels =
      Array(repeating: 0, count: 60) + Array(repeating: 1, count: 20) + Array(repeating: 2, count: 30)
    let base = pictures.rows(labels.map { $0 == 2 ? 1 : 0 })
    var random = RandomStream(seed: 3)
    let query = pictures.rows(0..<1)
    let votes = try (0..<3).map { turn in
      let order = turn == 0 ? Array(0..<110) : random.permutation(110)
      return try knnVotes(
        of: query, in: base.rows(order), labels: order.map { labels[$0] }, classes: 3, count: 10,
        metric: metric, run: Run()
      ).elements
    }
    #expect(abs(votes[0][0] / votes[0][1] - 3) < 1e-4 && votes[0][2] == -.infinity)
    for other in votes.dropFirst() {
      for c in 0..<2 { #expect(abs(other[c] / votes[0][c] - 1) < 1e-5) }
    }
    // With more than the ties: those vote whole, and the others share what is left.
    let more = try knnVotes(
      of: query, in: base, labels: labels, classes: 3, count: 95, metric: metric, run: Run())
    #expect(abs(more[0] / more[1] - 3) < 1e-4 && more[2] > 0)
  }

  @Test("a row without equals votes as before")
  func single() throws {
    let base = matrix(300, 6, seed: 5)
    let labels = (0..<300).map { $0 % 4 }
    let near = try neighbours(of: base, in: base, count: 7, leavingOutSelf: true, run: Run())
    let votes = try knnVotes(
      of: base, in: base, labels: labels, classes: 4, count: 7, leavingOutSelf: true, run: Run())
    for row in 0..<300 {
      var wanted = [Float](repeating: -.infinity, count: 4)
      for (index, value) in zip(near.indices[row], near.values[row]) {
        wanted[labels[index]] = max(0, wanted[labels[index]]) + (1 + value)
      }
      #expect(Array(votes.elements[row * 4..<row * 4 + 4]) == wanted)
    }
  }
}
