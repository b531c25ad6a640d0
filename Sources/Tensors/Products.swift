import COpenBLAS

/// OpenBLAS with its own threads off: the workers are ours, and each calls it for a block of its own.
private let singleThreaded: Void = openblas_set_num_threads(1)

/// `C = alpha·op(A)·op(B) + beta·C` on the calling thread, row-major.
/// Shapes: op(A) `[m, k]`, op(B) `[k, n]`, C `[m, n]`; `ld` is the distance between rows as they are stored.
@inline(__always)
public func gemm(
  transposeA: Bool = false, transposeB: Bool = false, m: Int, n: Int, k: Int, alpha: Float = 1,
  _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int, beta: Float = 0,
  _ c: UnsafeMutablePointer<Float>, ldc: Int
) {
  prepareBLAS()
  cblas_sgemm(
    CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
    blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
}

/// Call before any other routine of BLAS or LAPACK.
public func prepareBLAS() { _ = singleThreaded }

/// `C = alpha·op(A)·op(B) + beta·C` on all workers, for matrices `[rows, columns]`.
///
/// The blocks depend on the shapes alone, so the result does not depend on the number of workers.
public func multiply(
  _ a: Tensor, transposeA: Bool = false, _ b: Tensor, transposeB: Bool = false, alpha: Float = 1,
  into c: Tensor, beta: Float = 0, run: Run
) {
  let (m, k) = transposeA ? (a.shape[1], a.shape[0]) : (a.shape[0], a.shape[1])
  let n = transposeB ? b.shape[0] : b.shape[1]
  precondition((transposeB ? b.shape[1] : b.shape[0]) == k, "\(a.shape) times \(b.shape) does not fit")
  precondition(c.shape == [m, n], "the product is [\(m), \(n)], not \(c.shape)")
  let lda = a.shape[1]
  let ldb = b.shape[1]
  let byRows = m >= n
  let grain = blockLength(byRows ? m : n, work: m * n * k)
  run.forEachRange(byRows ? m : n, grain: grain) { range, _ in
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

/// `op(A)·op(B)` as a new matrix.
public func product(
  _ a: Tensor, transposeA: Bool = false, _ b: Tensor, transposeB: Bool = false, run: Run
) -> Tensor {
  let c = Tensor(uninitialized: [a.shape[transposeA ? 1 : 0], b.shape[transposeB ? 0 : 1]])
  multiply(a, transposeA: transposeA, b, transposeB: transposeB, into: c, run: run)
  return c
}

/// About eight blocks, each large enough to be worth a thread's while and a multiple of BLAS's own block.
private func blockLength(_ length: Int, work: Int) -> Int {
  guard work > 1 << 18 else { return max(1, length) }
  let eighth = (length + 7) / 8
  return max(16, (eighth + 15) / 16 * 16)
}

/// Which BLAS does the products, and for which CPU it was chosen: "OpenBLAS 0.3.21 … SkylakeX".
public var blasDescription: String {
  String(cString: openblas_get_config())
}
