import COpenBLAS

/// The singular values of a matrix, falling, in double precision: roots of the eigenvalues of its Gram matrix (LAPACK's
/// dsyevd). What rounding leaves of a value that is zero is zero.
///
/// Nil if they did not converge, as they may not for a matrix with values that are not finite, or after an interrupt.
public func singularValues(of x: Tensor, run: Run) -> [Double]? {
  precondition(x.shape.count == 2, "not a matrix: \(x.shape)")
  guard x.isFinite, x.count > 0 else { return nil }
  prepareBLAS()
  let side = min(x.shape[0], x.shape[1])
  let gram = UnsafeMutablePointer<Double>.allocate(capacity: side * side)
  defer { gram.deallocate() }
  gram.initialize(repeating: 0, count: side * side)
  addGram(of: x, side: side, into: gram, run: run)
  if run.interrupt.isRequested { return nil }
  guard let squares = eigenvalues(gram, side: side) else { return nil }
  let least = (squares.last ?? 0) * Double(side) * 0x1p-52
  return squares.reversed().map { $0 > least ? $0.squareRoot() : 0 }
}

/// The lower triangle of XᵀX, or of XXᵀ where there are fewer rows than columns.
private func addGram(of x: Tensor, side: Int, into gram: UnsafeMutablePointer<Double>, run: Run) {
  let (rows, columns) = (x.shape[0], x.shape[1])
  let length = max(rows, columns)
  // Doubles of a stretch at a time, `[stretch, side]`.
  let (stretch, tile) = (256, 128)
  let part = UnsafeMutablePointer<Double>.allocate(capacity: stretch * side)
  defer { part.deallocate() }
  for start in stride(from: 0, to: length, by: stretch) {
    let count = min(stretch, length - start)
    for line in 0..<count {
      for c in 0..<side {
        part[line * side + c] = Double(
          columns == side ? x.pointer[(start + line) * side + c] : x.pointer[c * columns + start + line])
      }
    }
    run.forEachRange(side, grain: tile) { down, _ in
      for across in stride(from: 0, through: down.lowerBound, by: tile) {
        cblas_dgemm(
          CblasRowMajor, CblasTrans, CblasNoTrans, blasint(down.count), blasint(min(tile, side - across)),
          blasint(count), 1, part + down.lowerBound, blasint(side), part + across, blasint(side), 1,
          gram + down.lowerBound * side + across, blasint(side))
      }
    }
  }
}

/// The eigenvalues of a symmetric matrix given by its lower triangle, rising; the matrix is spoilt.
private func eigenvalues(_ matrix: UnsafeMutablePointer<Double>, side: Int) -> [Double]? {
  var values = [Double](repeating: 0, count: side)
  var size = Int32(side)
  var lead = size
  var status: Int32 = 0
  var integerSize: Int32 = -1
  var bestInteger: Int32 = 0
  var workSize: Int32 = -1
  var bestWork = 0.0
  // Rows here are columns there, so the lower triangle is its upper one.
  dsyevd_(
    "N", "U", &size, matrix, &lead, &values, &bestWork, &workSize, &bestInteger, &integerSize, &status)
  var work = [Double](repeating: 0, count: max(1, Int(bestWork)))
  var integers = [Int32](repeating: 0, count: max(1, Int(bestInteger)))
  workSize = Int32(work.count)
  integerSize = Int32(integers.count)
  dsyevd_(
    "N", "U", &size, matrix, &lead, &values, &work, &workSize, &integers, &integerSize, &status)
  return status == 0 ? values : nil
}
