import COpenBLAS

/// Replaces a symmetric matrix by its eigenvectors, one a row, and returns the eigenvalues, both rising (LAPACK's
/// ssyevd: divide and conquer). Nil if it did not converge, as it may not for a matrix with values that are not finite.
public func replaceByEigenvectors(_ matrix: Tensor) -> Tensor? {
  precondition(matrix.shape.count == 2 && matrix.shape[0] == matrix.shape[1], "not a square: \(matrix.shape)")
  guard matrix.isFinite else { return nil }
  prepareBLAS()
  let values = Tensor([matrix.shape[0]])
  var side = Int32(matrix.shape[0])
  var lead = max(1, side)
  var status: Int32 = 0

  func solve(
    _ work: UnsafeMutablePointer<Float>, _ workSize: Int, _ integers: UnsafeMutablePointer<Int32>,
    _ integerSize: Int
  ) {
    var workSize = Int32(workSize)
    var integerSize = Int32(integerSize)
    ssyevd_(
      "V", "L", &side, matrix.pointer, &lead, values.pointer, work, &workSize, integers, &integerSize, &status
    )
  }

  var bestWork: Float = 0
  var bestInteger: Int32 = 0
  solve(&bestWork, -1, &bestInteger, -1)
  // The size comes back as a Float32, which may have been rounded down.
  var work = [Float](repeating: 0, count: Int(bestWork.nextUp) + 64)
  var integers = [Int32](repeating: 0, count: max(1, Int(bestInteger)))
  solve(&work, work.count, &integers, integers.count)
  return status == 0 ? values : nil
}
