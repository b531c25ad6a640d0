import Analysis
import Foundation
import Tensors
import Testing

@Suite("Neighbours")
struct NeighboursTests {
  @Test("the same rows as a search of all pairs in double precision", arguments: Metric.allCases, [1, 3, 9])
  func exact(metric: Metric, columns: Int) throws {
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
    #expect(throws: InputError.self) { try neighbours(of: x, in: x, count: 0, run: Run()) }
    #expect(throws: InputError.self) { try neighbours(of: x, in: x, count: 11, run: Run()) }
    #expect(throws: InputError.self) {
      try neighbours(of: x, in: x, count: 10, leavingOutSelf: true, run: Run())
    }
    #expect(throws: InputError.self) {
      try neighbours(of: x, in: matrix(10, 5, seed: 1), count: 1, run: Run())
    }
  }
}

@Suite("Principal components")
struct PCATests {
  @Test(
    "orthonormal, falling variance, and all of them rebuild the rows",
    arguments: [(50, 8), (8, 50), (20, 20)])
  func complete(rows: Int, columns: Int) throws {
    let x = matrix(rows, columns, seed: 5)
    let count = min(rows - 1, columns)
    let pca = try PCA(of: x, components: count, run: Run())
    let y = try pca.project(x, run: Run())
    for a in 0..<count {
      for b in 0...a {
        let dot = (0..<columns).reduce(0.0) {
          $0 + Double(pca.components[a * columns + $1]) * Double(pca.components[b * columns + $1])
        }
        #expect(abs(dot - (a == b ? 1 : 0)) < 1e-4)
      }
    }
    #expect(zip(pca.explained, pca.explained.dropFirst()).allSatisfy { $0 >= $1 - 1e-9 })
    #expect(abs(pca.explained.reduce(0, +) - 1) < 1e-4)
    for i in 0..<rows {
      for c in 0..<columns {
        let back = (0..<count).reduce(Double(pca.mean[c])) {
          $0 + Double(y[i * count + $1]) * Double(pca.components[$1 * columns + c])
        }
        #expect(abs(back - Double(x[i * columns + c])) < 1e-3)
      }
    }
  }

  @Test("finds the direction that rows were stretched along")
  func direction() throws {
    let x = matrix(500, 3, seed: 6)
    for i in 0..<500 {
      let t = x[i * 3]
      x[i * 3] = 10 * t
      x[i * 3 + 1] = 10 * t + 0.1 * x[i * 3 + 1]
      x[i * 3 + 2] *= 0.1
    }
    let pca = try PCA(of: x, components: 1, run: Run())
    #expect(abs(pca.components[0] - Float(0.5).squareRoot()) < 1e-2)
    #expect(abs(pca.components[1] - Float(0.5).squareRoot()) < 1e-2)
    #expect(pca.explained[0] > 0.99)
  }

  @Test("more components than there are, or values that are not numbers, are refused")
  func refused() {
    let x = matrix(10, 4, seed: 1)
    #expect(throws: InputError.self) { try PCA(of: x, components: 5, run: Run()) }
    #expect(throws: InputError.self) { try PCA(of: x, components: 0, run: Run()) }
    x[3] = .nan
    #expect(throws: InputError.self) { try PCA(of: x, components: 1, run: Run()) }
  }
}

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
  func grid(count: Int, spread: Float) {
    let x = matrix(2, count, seed: 9)
    for i in 0..<2 * count { x[i] = x[i] * spread / 2.5 + 7 }
    let (xs, ys) = (x.pointer, x.pointer + count)
    let forces = Tensor([2, count])
    let sums = Tensor([count])
    let grid = GridRepulsion(count: count)
    for _ in 0..<2 {
      grid(xs: xs, ys: ys, forces: (forces.pointer, forces.pointer + count), sums: sums.pointer, run: Run())
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
    #expect(throws: InputError.self) { try tsne.map(matrix(50, 4, seed: 1), run: Run()) }
    #expect(throws: InputError.self) { try tsne.map(matrix(5, 4, seed: 1), run: Run()) }
    tsne.perplexity = 5
    tsne.dimensions = 4
    #expect(throws: InputError.self) { try tsne.map(matrix(50, 4, seed: 1), run: Run()) }
  }

  @Test("equal rows do not break the map")
  func equalRows() throws {
    var tsne = TSNE()
    tsne.perplexity = 5
    let map = try tsne.map(Tensor([30, 4], filledWith: 2), run: Run())
    #expect(map.points.isFinite)
  }
}
