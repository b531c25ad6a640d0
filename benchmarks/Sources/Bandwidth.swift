import Tensors

/// What `workers` move between memory and registers in GB/s, with arrays of 256 MB, which no cache holds.
///
/// Counted as in STREAM (McCalpin, 1995): what the program reads and writes, not what a cache reads before it writes.
struct Bandwidth {
  /// `a ← b` by the C library, 8 bytes a number.
  let copy: Double
  /// `a ← b + s·c`, 12 bytes a number.
  let triad: Double

  init(_ workers: Workers) {
    let (count, piece) = (1 << 26, 1 << 18)
    let (a, b, c) = (Tensor([count]), Tensor([count], filledWith: 1), Tensor([count], filledWith: 2))
    let (x, y, z) = (a.pointer, b.pointer, c.pointer)
    let copying = bestSeconds {
      workers.forEach(count / piece) { item, _ in
        (x + item * piece).update(from: y + item * piece, count: piece)
      }
    }
    let adding = bestSeconds {
      workers.forEach(count / piece) { item, _ in
        for at in item &* piece..<(item &+ 1) &* piece { x[at] = y[at] + 3 * z[at] }
      }
    }
    copy = Double(8 * count) / copying / 1e9
    triad = Double(12 * count) / adding / 1e9
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
