import Tensors

/// Principal components: the directions along which rows vary most (Pearson, 1901).
///
/// Found exactly, from the eigenvectors of the covariance, or of the rows' Gram matrix where there are fewer rows than
/// columns. Each component's sign makes its largest loading positive, so that the result is unique.
public struct PCA: Sendable {
  /// `[columns]`.
  public let mean: Tensor
  /// `[components, columns]`, orthonormal rows, most variance first.
  public let components: Tensor
  /// Share of the whole variance along each component.
  public let explained: [Double]

  /// Throws `InputError` where the rows do not hold that many components, and `Interrupted`.
  public init(of x: Tensor, components count: Int, run: Run) throws {
    let (rows, columns) = (x.shape[0], x.shape[1])
    guard count > 0, count <= min(rows, columns) else {
      throw InputError(
        "\(count) components cannot be had from \(rows) rows of \(columns) numbers", option: "components",
        advice: "use components between 1 and \(min(rows, columns))")
    }
    guard x.isFinite else { throw InputError("the rows hold a value that is infinite or not a number") }
    mean = columnMeans(x, run: run)
    let centred = centred(x, by: mean, run: run)
    let byColumns = columns <= rows
    let gram =
      byColumns
      ? product(centred, transposeA: true, centred, run: run)
      : product(centred, centred, transposeB: true, run: run)
    try run.checkInterrupt()
    let side = gram.shape[0]
    guard let values = replaceByEigenvectors(gram) else {
      throw InputError("the eigenvectors did not converge")
    }
    try run.checkInterrupt()
    let total = (0..<side).reduce(0.0) { $0 + max(0, Double(values[$1])) }
    explained = (0..<count).map { total > 0 ? max(0, Double(values[side - 1 - $0])) / total : 0 }
    // Eigenvalues rise, so the vectors that are wanted are the last rows, in reverse.
    let vectors = gram.rows((0..<count).map { side - 1 - $0 })
    components = byColumns ? vectors : product(vectors, centred, run: run)
    for k in 0..<count { PCA.orient(components.pointer + k * columns, columns) }
  }

  /// Coordinates of rows along the components, `[n, components]`.
  public func project(_ x: Tensor, run: Run) throws -> Tensor {
    let columns = mean.count
    guard x.shape[1] == columns else {
      throw InputError("the components are of rows of \(columns) numbers, and these have \(x.shape[1])")
    }
    let result = product(x, components, transposeB: true, run: run)
    let shift = product(mean.reshaped([1, columns]), components, transposeB: true, run: run)
    for row in 0..<result.shape[0] {
      for k in 0..<shift.count { result.pointer[row * shift.count + k] -= shift.pointer[k] }
    }
    try run.checkInterrupt()
    return result
  }

  /// Length 1, largest entry positive.
  private static func orient(_ vector: UnsafeMutablePointer<Float>, _ count: Int) {
    var sum = 0.0
    var largest: Float = 0
    for c in 0..<count {
      sum += Double(vector[c]) * Double(vector[c])
      if abs(vector[c]) > abs(largest) { largest = vector[c] }
    }
    guard sum > 0 else { return }
    let scale = Float((largest < 0 ? -1 : 1) / sum.squareRoot())
    for c in 0..<count { vector[c] *= scale }
  }
}
