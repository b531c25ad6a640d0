import Tensors

/// What `workers` move between memory and registers in GB/s, with three arrays of 85 MB, which no cache holds.
///
/// Counted as in STREAM (McCalpin, 1995): what the program reads and writes, not what a cache reads before it writes. It
/// depends on the size of the arrays too: a kernel whose arrays are smaller may go beyond it.
struct Bandwidth {
  /// `a ← b` by the C library, 8 bytes a number.
  let copy: Double
  /// `a ← b + s·c`, 12 bytes a number.
  let triad: Double
  /// `a ← s·a + b`, 12 bytes a number, all of which a cache must move.
  let update: Double

  var best: Double { max(copy, triad, update) }

  init(_ workers: Workers) {
    let piece = 1 << 18
    let pieces = 85
    let (a, b) = (Tensor([pieces * piece]), Tensor([pieces * piece], filledWith: 1))
    let c = Tensor([pieces * piece], filledWith: 2)
    let (x, y, z) = (a.pointer, b.pointer, c.pointer)
    func rate(_ bytes: Int, _ body: (_ start: Int) -> Void) -> Double {
      let time = bestSeconds { workers.forEach(pieces) { item, _ in body(item * piece) } }
      return Double(bytes * pieces * piece) / time / 1e9
    }
    copy = rate(8) { start in (x + start).update(from: y + start, count: piece) }
    triad = rate(12) { start in for at in start..<start &+ piece { x[at] = y[at] + 3 * z[at] } }
    update = rate(12) { start in for at in start..<start &+ piece { x[at] = 0.5 * x[at] + y[at] } }
  }
}

/// What OpenBLAS reaches with a product of two square matrices of `side`, one for each worker, in GFLOP/s.
func productPeak(_ workers: Workers, side: Int = 1536) -> Double {
  let matrices = (0..<workers.count).map { _ in
    (0..<3).map { _ in Tensor([side, side], filledWith: 0.5) }
  }
  let time = bestSeconds {
    workers.forEach(workers.count) { item, _ in
      let (a, b, c) = (matrices[item][0], matrices[item][1], matrices[item][2])
      gemm(m: side, n: side, k: side, a.pointer, lda: side, b.pointer, ldb: side, c.pointer, ldc: side)
    }
  }
  return 2 * Double(workers.count * side * side * side) / time / 1e9
}
