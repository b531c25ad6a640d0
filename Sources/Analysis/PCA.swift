import Base
import Glibc
import Tensors

/// Principal components: the directions along which rows vary most (Pearson, 1901).
///
/// Exact from the eigenvectors of the covariance in double precision (of the rows' Gram matrix where there are fewer rows than
/// columns), or, where few components of much data are asked for, by a randomised method (`RandomisedComponents`).
/// Each component's sign makes its largest loading positive, so that the result is unique.
public struct PCA: Sendable {
  /// Method that computes the components.
  public enum Solver: String, Sendable, CaseIterable {
    /// Randomised where that is estimated to be the faster, exact otherwise.
    case automatic
    case exact
    case randomised
  }

  /// `[columns]`.
  public let mean: Tensor
  /// `[components, columns]`, orthonormal rows, most variance first.
  public let components: Tensor
  /// Variance along each component, over n − 1.
  public let variances: [Double]
  /// Share of the whole variance along each component.
  public let explained: [Double]
  /// The method that computed them: `exact` or `randomised`.
  public let solver: Solver

  /// Shape: x `[rows, columns]`. The randomised solver draws from the stream "principal components" of `run`.
  ///
  /// Throws `PCAError` where the rows do not hold that many components, `RowsError` where a value is not finite, and `Interrupted`.
  public init(of x: Tensor, components count: Int, solver: Solver = .automatic, run: Run) throws {
    let (rows, columns) = (x.shape[0], x.shape[1])
    guard count > 0, count <= min(rows, columns) else {
      throw PCAError.count(count, rows: rows, columns: columns)
    }
    try checkRows(x, atLeast: 1, for: .components(count))
    let randomised = solver == .randomised || (solver == .automatic && PCA.randomisedPays(x.shape, count))
    try checkMemory(
      PCA.bytes(x.shape, count, randomised: randomised), rows: rows, for: .components(count))
    mean = try columnMeans(x, run: run)
    let centred = try centred(x, by: mean, run: run)
    let total = try sum(rows, grain: 64, run: run) { range in
      let start = centred.pointer + range.lowerBound * columns
      return dot(start, start, range.count * columns)
    }
    // Rows that fill fewer directions than are asked for leave the randomised method without a basis.
    let quick = randomised ? try RandomisedComponents(of: centred, count: count, run: run) : nil
    let squares: [Double]
    if let quick {
      (components, squares, self.solver) = (quick.components, quick.squares, .randomised)
    } else {
      (components, squares) = try PCA.exact(centred, count: count, run: run)
      self.solver = .exact
    }
    variances = squares.map { $0 / Double(max(1, rows - 1)) }
    explained = squares.map { total > 0 ? min(1, $0 / total) : 0 }
    let least = (squares.first ?? 0) * 1e-13
    for k in 0..<count {
      if squares[k] <= least { PCA.fill(k, of: components) }
      PCA.orient(components.pointer + k * columns, columns)
    }
  }

  /// Coordinates of rows along the components, `[n, components]`: rows that the components were found from, or others as wide.
  public func project(_ x: Tensor, run: Run) throws -> Tensor {
    let columns = mean.count
    guard x.shape[1] == columns else {
      throw PCAError.width(columns, rows: x.shape[1])
    }
    let result = try product(centred(x, by: mean, run: run), components, transposeB: true, run: run)
    // A product's last digits depend on the place of a row.
    try EqualRows(of: x, run: run).level(result)
    return result
  }

  /// The centred rows, and what either method keeps beside them: a Gram matrix in double precision and LAPACK's room of twice its
  /// size, or all blocks and the rows along them.
  private static func bytes(_ shape: [Int], _ count: Int, randomised: Bool) -> Int {
    let (rows, columns) = (shape[0], shape[1])
    let width = RandomisedComponents.width(count)
    let side = randomised ? min(width, rows, columns) : min(rows, columns)
    let blocks = randomised ? 2 * width * (rows + columns) : count * columns
    return MemoryLayout<Float>.stride * (rows * columns + blocks + 6 * side * side)
  }

  /// Seconds on one machine stand in for the work: both methods' products, and the eigenvectors of the exact one, which one core
  /// computes. Measured on two cores of an EPYC 9004; the choice depends on shapes alone, so that results do not vary.
  private static func randomisedPays(_ shape: [Int], _ count: Int) -> Bool {
    let (short, long) = (Double(min(shape[0], shape[1])), Double(max(shape[0], shape[1])))
    let width = Double(RandomisedComponents.width(count))
    guard width < 0.8 * short else { return false }
    let exact = long * short * short / 85e9 + short * short * short / 5e9
    let randomised =
      4 * long * short * width / 170e9 + long * width * width / 40e9 + width * width * width / 5e9
    return randomised < exact
  }

  private static func exact(_ centred: Tensor, count: Int, run: Run) throws -> (Tensor, [Double]) {
    let byColumns = centred.shape[1] <= centred.shape[0]
    let gram = try GramMatrix(of: centred, byColumns ? .columns : .rows, run: run)
    guard let values = gram.replaceByEigenvectors() else {
      throw PCAError.eigenvectorsDiverge
    }
    try run.checkInterrupt()
    // Eigenvalues rise, so the vectors that are wanted are the last rows, in reverse.
    let wanted = (0..<count).map { gram.side - 1 - $0 }
    let vectors = gram.rows(wanted)
    return (
      byColumns ? vectors : try product(vectors, centred, run: run), wanted.map { max(0, values[$0]) }
    )
  }

  /// Puts a direction without variance at right angles to those before it, where rounding has left none (Gram and Schmidt).
  private static func fill(_ k: Int, of components: Tensor) {
    let columns = components.shape[1]
    let vector = components.pointer + k * columns
    for axis in 0..<columns {
      for c in 0..<columns { vector[c] = c == axis ? 1 : 0 }
      for _ in 0..<2 {
        for before in 0..<k {
          let other = components.pointer + before * columns
          let share = Float(dot(vector, other, columns))
          for c in 0..<columns { vector[c] -= share * other[c] }
        }
      }
      // Of any basis some axis keeps at least 1/columns of its square.
      if dot(vector, vector, columns) * Double(2 * columns) > Double(columns - k) / Double(columns) { return }
    }
  }

  /// Length 1, largest entry positive.
  private static func orient(_ vector: UnsafeMutablePointer<Float>, _ count: Int) {
    var largest: Float = 0
    for c in 0..<count where abs(vector[c]) > abs(largest) { largest = vector[c] }
    let sum = dot(vector, vector, count)
    guard sum > 0 else { return }
    let scale = Float((largest < 0 ? -1 : 1) / sum.squareRoot())
    for c in 0..<count { vector[c] *= scale }
  }
}
