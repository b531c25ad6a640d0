import COpenBLAS

/// OpenBLAS with its own threads off: the workers are ours, and each calls it for a block of its own. How many threads may: the
/// workers, and two that run beside them.
private let callers: Int = {
  openblas_set_num_threads(1)
  return AddressSpace.takePackingBuffers(threads: Workers.defaultCount + 2)
}()

/// Whether OpenBLAS has kernels with AVX-512 for small products here, which read the operands as they lie. Those for AVX2 copy them
/// first: on blocks as a training step has them they reach half the peak of multiply-adds, and `ProductKernel` more than nine tenths.
private let isOpenBLASFaster: Bool = {
  prepareBLAS()
  return ["SkylakeX", "Cooperlake", "SapphireRapids"].contains(String(cString: openblas_get_corename()))
}()

/// `C = alpha·op(A)·op(B) + beta·C` on the calling thread, row-major.
/// Shapes: op(A) `[m, k]`, op(B) `[k, n]`, C `[m, n]`; `ld` is the distance between rows as they are stored.
///
/// By `ProductKernel` where that is faster: not for Bᵀ, whose columns it would have to copy.
public func gemm(
  transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int, alpha: Float = 1,
  _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int, beta: Float = 0,
  _ c: UnsafeMutablePointer<Float>, ldc: Int
) {
  if transposeB || isOpenBLASFaster {
    prepareBLAS()
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  } else {
    ProductKernel(
      a: a, rowStep: transposeA ? 1 : lda, termStep: transposeA ? lda : 1, alpha: alpha, beta: beta, c: c,
      ldc: ldc
    ).run(m: m, n: n, k: k, b: b, ldb: ldb)
  }
}

/// `C = op(A)·op(B)` in double precision, on the calling thread, row-major; shapes as above.
public func gemm(
  transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int,
  _ a: UnsafePointer<Double>, lda: Int, _ b: UnsafePointer<Double>, ldb: Int,
  _ c: UnsafeMutablePointer<Double>, ldc: Int
) {
  prepareBLAS()
  cblas_dgemm(
    CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
    blasint(m), blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), 0, c, blasint(ldc))
}

/// Call before any other routine of BLAS or LAPACK.
public func prepareBLAS() { _ = callers }

/// Number of threads that may call BLAS at the same time.
var mostBLASCallers: Int { callers }

/// `C = alpha·op(A)·op(B) + beta·C` on all workers, for matrices `[rows, columns]`.
///
/// The blocks depend on the shapes alone, so the result does not depend on the number of workers.
public func multiply(
  _ a: Tensor, transposeA: Bool = false, _ b: Tensor, transposeB: Bool = false, alpha: Float = 1,
  into c: Tensor, beta: Float = 0, pass: Pass
) {
  let (m, k) = transposeA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
  let n = transposeB ? b.shape[0] : b.shape[1]
  precondition((transposeB ? b.shape[1] : b.shape[0]) == k, "\(a.shape) times \(b.shape) does not fit")
  precondition(c.shape == [m, n], "the product is [\(m), \(n)], not \(c.shape)")
  let lda = a.shape[1]
  let ldb = b.shape[1]
  if min(n, k) >= 128, m >= 512, !transposeA {
    return multiplyByPanels(a, b, transposeB: transposeB, alpha: alpha, into: c, beta: beta, pass: pass)
  }
  if min(m, n) >= 128, k >= 512, transposeA, !transposeB {
    return multiplyByTiles(transposing: a, b, alpha: alpha, into: c, beta: beta, pass: pass)
  }
  let byRows = m >= n
  let grain = blockLength(byRows ? m : n, work: m * n * k)
  pass.forEachRange(byRows ? m : n, grain: grain) { range, _ in
    let start = range.lowerBound
    if byRows {
      gemm(
        transposeA: transposeA, transposeB: transposeB, m: range.count, n: n, k: k, alpha: alpha,
        a.pointer + (transposeA ? start : start * lda), lda: lda, b.pointer, ldb: ldb, beta: beta,
        c.pointer + start * n, ldc: n)
    } else {
      gemm(
        transposeA: transposeA, transposeB: transposeB, m: m, n: range.count, k: k, alpha: alpha,
        a.pointer, lda: lda, b.pointer + (transposeB ? start * ldb : start), ldb: ldb, beta: beta,
        c.pointer + start, ldc: n)
    }
  }
}

// A large product as many small ones, whose operands stay in the L1 cache: OpenBLAS does products of less than a million
// multiplications without packing. At [1536, 768]·[768, 768] one core with AVX-512 (Zen 4) makes 101 GFLOP/s in one call, 112
// in blocks of 64×64×128 with the second matrix in panels, 107 for the first matrix transposed, and 118 at most.
private let side = 64
private let depth = 128

/// `C = alpha·A·op(B) + beta·C`, op(B) first copied to panels of 64 columns: `[n/64, k, 64]`.
private func multiplyByPanels(
  _ a: Tensor, _ b: Tensor, transposeB: Bool, alpha: Float, into c: Tensor, beta: Float, pass: Pass
) {
  let (m, k, n) = (a.shape[0], a.shape[1], c.shape[1])
  let count = (n + side - 1) / side
  let panels = Tensor(uninitialized: [count, k, side])
  pass.forEach(count) { panel, _ in
    let columns = panel * side..<min(n, (panel + 1) * side)
    let to = panels.pointer + panel * k * side
    for row in 0..<k where !transposeB {
      (to + row * side).update(from: b.pointer + row * n + columns.lowerBound, count: columns.count)
    }
    guard transposeB else { return }
    // Sixteen rows of the target at a time stay in the cache.
    for start in stride(from: 0, to: k, by: 16) {
      for column in 0..<columns.count {
        let from = b.pointer + (columns.lowerBound + column) * k
        for row in start..<min(k, start + 16) { to[row &* side &+ column] = from[row] }
      }
    }
  }
  pass.forEachRange(m, grain: side) { rows, _ in
    for panel in 0..<count {
      for start in stride(from: 0, to: k, by: depth) {
        gemm(
          m: rows.count, n: min(side, n - panel * side), k: min(depth, k - start), alpha: alpha,
          a.pointer + rows.lowerBound * k + start, lda: k, panels.pointer + (panel * k + start) * side,
          ldb: side,
          beta: start == 0 ? beta : 1, c.pointer + rows.lowerBound * n + panel * side, ldc: n)
      }
    }
  }
}

/// `C = alpha·Aᵀ·B + beta·C`, the sum over the rows of both in short stretches.
private func multiplyByTiles(
  transposing a: Tensor, _ b: Tensor, alpha: Float, into c: Tensor, beta: Float, pass: Pass
) {
  let (k, m, n) = (a.shape[0], a.shape[1], b.shape[1])
  pass.forEachRange(m, grain: side) { rows, _ in
    for start in stride(from: 0, to: k, by: depth) {
      for column in stride(from: 0, to: n, by: side) {
        gemm(
          transposeA: true, m: rows.count, n: min(side, n - column), k: min(depth, k - start), alpha: alpha,
          a.pointer + start * m + rows.lowerBound, lda: m, b.pointer + start * n + column, ldb: n,
          beta: start == 0 ? beta : 1, c.pointer + rows.lowerBound * n + column, ldc: n)
      }
    }
  }
}

/// `op(A)·op(B)` as a new matrix.
public func product(
  _ a: Tensor, transposeA: Bool = false, _ b: Tensor, transposeB: Bool = false, pass: Pass
) -> Tensor {
  let c = Tensor(uninitialized: [a.shape[transposeA ? 1 : 0], b.shape[transposeB ? 0 : 1]])
  multiply(a, transposeA: transposeA, b, transposeB: transposeB, into: c, pass: pass)
  return c
}

/// About eight blocks, each large enough to be worth a thread's while and a multiple of BLAS's own block.
private func blockLength(_ length: Int, work: Int) -> Int {
  guard work > 1 << 18 else { return max(1, length) }
  let eighth = (length + 7) / 8
  return max(16, (eighth + 15) / 16 * 16)
}

/// Name of the BLAS and the CPU it was chosen for: "OpenBLAS 0.3.21 … SkylakeX".
public var blasDescription: String {
  String(cString: openblas_get_config())
}

/// `op(a)·op(b)`, made in a pass of its own. Throws `Interrupted` if an interrupt came.
public func product(
  _ a: Tensor, transposeA: Bool = false, _ b: Tensor, transposeB: Bool = false, run: Run
) throws -> Tensor {
  try run.pass { product(a, transposeA: transposeA, b, transposeB: transposeB, pass: $0) }
}
