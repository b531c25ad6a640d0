import Analysis
import Base
import Foundation
import Tensors
import Testing

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
    for count in [5, 0] {
      #expect(throws: PCAError.count(count, rows: 10, columns: 4)) {
        try PCA(of: x, components: count, run: Run())
      }
    }
    x[3] = .nan
    #expect(throws: RowsError.notFinite) { try PCA(of: x, components: 1, run: Run()) }
  }

  @Test("the randomised method finds what the exact one does, the same for any number of workers")
  func randomised() throws {
    let x = matrix(900, 300, seed: 4)
    for row in 0..<900 { for c in 0..<300 { x[row * 300 + c] *= 10 / Float(1 + c) } }
    let exact = try PCA(of: x, components: 20, solver: .exact, run: Run())
    let quick = try PCA(of: x, components: 20, solver: .randomised, run: Run(seed: 3))
    #expect(quick.solver == .randomised)
    for k in 0..<20 {
      #expect(abs(quick.variances[k] / exact.variances[k] - 1) < 1e-3, "component \(k)")
      // The share of each exact component that lies in the subspace.
      let inside = (0..<20).reduce(0.0) { sum, j in
        let share = (0..<300).reduce(0.0) { $0 + exact.components.row(k)[$1] * quick.components.row(j)[$1] }
        return sum + share * share
      }
      #expect(inside > (k < 15 ? 0.999 : 0.9), "component \(k): \(inside)")
    }
    let again = try PCA(
      of: x, components: 20, solver: .randomised, run: Run(seed: 3, workers: Workers(count: 8)))
    #expect(again.components.elements == quick.components.elements)
  }

  @Test("rows without as many directions as are asked for are solved exactly, with orthonormal components")
  func degenerate() throws {
    let flat = try product(matrix(400, 5, seed: 1), matrix(5, 200, seed: 2), run: Run())
    for x in [flat, Tensor([300, 250], filledWith: 3), matrix(6, 90, seed: 3)] {
      let count = min(20, x.shape[0])
      let pca = try PCA(of: x, components: count, solver: .randomised, run: Run())
      for a in 0..<count {
        for b in 0...a {
          let dot = zip(pca.components.row(a), pca.components.row(b)).reduce(0) { $0 + $1.0 * $1.1 }
          #expect(abs(dot - (a == b ? 1 : 0)) < 1e-4, "\(a), \(b)")
        }
      }
      #expect(pca.explained.allSatisfy { $0.isFinite && $0 >= 0 && $0 <= 1 })
    }
  }

  @Test("rows that were not there are projected like those that were")
  func projection() throws {
    let x = matrix(60, 7, seed: 2)
    let pca = try PCA(of: x, components: 3, run: Run())
    let all = try pca.project(x, run: Run())
    #expect(try pca.project(x.rows(10..<20), run: Run()).elements == all.rows(10..<20).elements)
    #expect(throws: PCAError.self) { try pca.project(matrix(5, 6, seed: 1), run: Run()) }
  }
}
