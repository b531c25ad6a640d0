import Tensors
import Testing

/// Our own kernel, whatever the machine prefers.
private func multiply(
  transposeA: Bool = false, m: Int, n: Int, k: Int, alpha: Float = 1, _ a: UnsafePointer<Float>, lda: Int,
  _ b: UnsafePointer<Float>, ldb: Int, beta: Float = 0, _ c: UnsafeMutablePointer<Float>, ldc: Int
) {
  ProductKernel(
    a: a, rowStep: transposeA ? 1 : lda, termStep: transposeA ? lda : 1, alpha: alpha, beta: beta, c: c,
    ldc: ldc
  ).run(m: m, n: n, k: k, b: b, ldb: ldb)
}

@Suite("Products on one thread")
struct ProductKernelTests {
  /// A product of random matrices within larger ones, whose other numbers must stay.
  private struct Case {
    let (m, n, k): (Int, Int, Int)
    let transposeA: Bool
    let (lda, ldb, ldc): (Int, Int, Int)
    let (alpha, beta): (Float, Float)
    let (a, b, c): ([Float], [Float], [Float])

    init(from random: inout RandomStream, most: Int) {
      func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(random.next() % UInt64(range.count))
      }
      func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in random.normal() } }
      (m, n, k) = (whole(1...most), whole(1...most), whole(1...3 * most))
      transposeA = whole(0...1) == 0
      lda = (transposeA ? m : k) + whole(0...5)
      ldb = n + whole(0...5)
      ldc = n + whole(0...5)
      (alpha, beta) = ([1, -0.5][whole(0...1)], [0, 1, 0.25][whole(0...2)])
      (a, b) = (numbers((transposeA ? k : m) * lda), numbers(k * ldb))
      c = numbers(m * ldc)
    }

    func run() -> [Float] {
      var result = c
      result.withUnsafeMutableBufferPointer { c in
        multiply(
          transposeA: transposeA, m: m, n: n, k: k, alpha: alpha, a, lda: lda, b, ldb: ldb, beta: beta,
          c.baseAddress!, ldc: ldc)
      }
      return result
    }

    func expected(_ i: Int, _ j: Int) -> Double {
      let sum = (0..<k).reduce(0.0) { sum, term in
        sum + Double(a[transposeA ? term * lda + i : i * lda + term])
          * Double(b[term * ldb + j])
      }
      return Double(alpha) * sum + Double(beta) * Double(c[i * ldc + j])
    }
  }

  @Test(
    "agree with sums in double precision at any shape, and leave what lies beside them", arguments: 0..<40)
  func anyShape(group: Int) {
    var random = RandomStream(seed: UInt64(group))
    for _ in 0..<10 {
      let item = Case(from: &random, most: group < 20 ? 20 : 100)
      let result = item.run()
      for i in 0..<item.m {
        for j in 0..<item.ldc {
          let found = result[i * item.ldc + j]
          if j >= item.n {
            #expect(found == item.c[i * item.ldc + j], "\(item.m)×\(item.n)×\(item.k)")
          } else {
            let error = abs(Double(found) - item.expected(i, j))
            #expect(error < 4e-6 * Double(item.k + 1).squareRoot(), "\(item.m)×\(item.n)×\(item.k)")
          }
        }
      }
    }
  }

  @Test("a number does not depend on how the product is cut")
  func cuts() {
    var random = RandomStream(seed: 9)
    let (m, n, k) = (45, 70, 300)
    let a = (0..<m * k).map { _ in random.normal() as Float }
    let b = (0..<k * n).map { _ in random.normal() as Float }
    var whole = [Float](repeating: 0, count: m * n)
    multiply(m: m, n: n, k: k, a, lda: k, b, ldb: n, &whole, ldc: n)
    for (rows, columns) in [(1, 1), (7, 16), (6, 9), (11, 33), (45, 8)] {
      var parts = [Float](repeating: .nan, count: m * n)
      parts.withUnsafeMutableBufferPointer { c in
        for row in stride(from: 0, to: m, by: rows) {
          for column in stride(from: 0, to: n, by: columns) {
            a.withUnsafeBufferPointer { a in
              b.withUnsafeBufferPointer { b in
                multiply(
                  m: min(rows, m - row), n: min(columns, n - column), k: k, a.baseAddress! + row * k, lda: k,
                  b.baseAddress! + column, ldb: n, c.baseAddress! + (row * n + column), ldc: n)
              }
            }
          }
        }
      }
      #expect(parts == whole, "\(rows)×\(columns)")
    }
  }

  @Test("no terms are a sum of nothing, no rows or columns nothing at all")
  func empty() {
    var c: [Float] = [.nan, 2, 3, 4]
    multiply(m: 2, n: 2, k: 0, [0], lda: 1, [0], ldb: 2, &c, ldc: 2)
    #expect(c == [0, 0, 0, 0])
    c = [1, 2, 3, 4]
    multiply(m: 2, n: 2, k: 0, [0], lda: 1, [0], ldb: 2, beta: 2, &c, ldc: 2)
    #expect(c == [2, 4, 6, 8])
    multiply(m: 0, n: 2, k: 3, [0], lda: 3, [0], ldb: 2, &c, ldc: 2)
    multiply(m: 2, n: 0, k: 3, [0], lda: 3, [0], ldb: 0, &c, ldc: 2)
    #expect(c == [2, 4, 6, 8])
  }
}
