import COpenBLAS

/// XᵀX or XXᵀ in double precision, and its eigenvalues and eigenvectors.
///
/// Double precision because it squares the rows' condition: in Float32 every eigenvalue below 1e-7 of the largest would be noise.
/// Only the lower triangle is computed.
public final class GramMatrix {
  public enum Kind: Sendable {
    /// XᵀX, `[columns, columns]`.
    case columns
    /// XXᵀ, `[rows, rows]`.
    case rows
  }

  public let side: Int
  private let numbers: UnsafeMutablePointer<Double>

  public init(of x: Tensor, _ kind: Kind, run: Run) throws {
    precondition(x.shape.count == 2, "not a matrix: \(x.shape)")
    side = kind == .columns ? x.shape[1] : x.shape[0]
    numbers = .allocate(capacity: max(1, side * side))
    numbers.initialize(repeating: 0, count: max(1, side * side))
    try add(x, kind, run: run)
  }

  deinit { numbers.deallocate() }

  /// Element of the lower triangle, `column ≤ row`.
  public subscript(row: Int, column: Int) -> Double {
    precondition(column >= 0 && column <= row && row < side)
    return numbers[row * side + column]
  }

  /// Σ of the diagonal: the sum of the eigenvalues.
  public var trace: Double { (0..<side).reduce(0) { $0 + numbers[$1 * side + $1] } }

  private func add(_ x: Tensor, _ kind: Kind, run: Run) throws {
    prepareBLAS()
    let (columns, side) = (x.shape[1], side)
    let length = kind == .columns ? x.shape[0] : columns
    // Doubles of a stretch at a time, `[stretch, side]`, and the tiles that each product fills.
    let (stretch, tile) = (128, 256)
    let part = UnsafeMutablePointer<Double>.allocate(capacity: stretch * side)
    defer { part.deallocate() }
    let tiles = (0..<(side + tile - 1) / tile).flatMap { down in (0...down).map { (down * tile, $0 * tile) } }
    for start in stride(from: 0, to: length, by: stretch) {
      let count = min(stretch, length - start)
      try run.forEachRange(count, grain: 8) { lines, _ in
        for line in lines where kind == .columns {
          for c in 0..<side { part[line * side + c] = Double(x.pointer[(start + line) * columns + c]) }
        }
        guard kind == .rows else { return }
        for c in 0..<side {
          for line in lines { part[line * side + c] = Double(x.pointer[c * columns + start + line]) }
        }
      }
      try run.forEach(tiles.count) { item, _ in
        let (down, across) = tiles[item]
        cblas_dgemm(
          CblasRowMajor, CblasTrans, CblasNoTrans, blasint(min(tile, side - down)),
          blasint(min(tile, side - across)), blasint(count), 1, part + down, blasint(side), part + across,
          blasint(side), 1, numbers + down * side + across, blasint(side))
      }
    }
  }

  /// Rising eigenvalues. Nil if they did not converge, as they may not for values that are not finite. The matrix is spoilt.
  public func eigenvalues() -> [Double]? { solve(vectors: false) }

  /// Rising eigenvalues; the matrix becomes their eigenvectors, one a row. Nil as above.
  public func replaceByEigenvectors() -> [Double]? { solve(vectors: true) }

  /// Rows of the matrix, `[rows, side]`.
  public func rows(_ rows: [Int]) -> Tensor {
    let result = Tensor(uninitialized: [rows.count, side])
    for (place, row) in rows.enumerated() {
      precondition(row >= 0 && row < side)
      for c in 0..<side { result.pointer[place * side + c] = Float(numbers[row * side + c]) }
    }
    return result
  }

  /// LAPACK's dsyevd: divide and conquer.
  private func solve(vectors: Bool) -> [Double]? {
    guard side > 0, (0..<side).allSatisfy({ numbers[$0 * side + $0].isFinite }) else { return nil }
    prepareBLAS()
    var values = [Double](repeating: 0, count: side)
    var size = Int32(side)
    var lead = size
    var status: Int32 = 0
    func call(_ work: inout [Double], _ integers: inout [Int32], asking: Bool) {
      var workSize = Int32(asking ? -1 : work.count)
      var integerSize = Int32(asking ? -1 : integers.count)
      // Rows here are columns there, so the lower triangle is its upper one.
      dsyevd_(
        vectors ? "V" : "N", "U", &size, numbers, &lead, &values, &work, &workSize, &integers, &integerSize,
        &status)
    }
    var (work, integers) = ([0.0], [Int32(0)])
    call(&work, &integers, asking: true)
    work = [Double](repeating: 0, count: max(1, Int(work[0])))
    integers = [Int32](repeating: 0, count: max(1, Int(integers[0])))
    call(&work, &integers, asking: false)
    return status == 0 ? values : nil
  }

  /// R⁻¹ of G = RᵀR, upper triangular (Cholesky), in Float32. Nil unless every pivot is above `least` times the largest element
  /// of the diagonal: the vectors that G was made of then do not depend on each other. The matrix is spoilt.
  public func inverseCholesky(least: Double = 1e-12) -> Tensor? {
    let most = (0..<side).map { numbers[$0 * side + $0] }.max() ?? 0
    // L of G = LLᵀ, row by row, in the lower triangle.
    for i in 0..<side {
      let row = numbers + i * side
      for j in 0...i {
        let other = numbers + j * side
        let rest = row[j] - dot(row, other, j)
        if j < i {
          row[j] = rest / other[j]
        } else {
          guard rest > least * most else { return nil }
          row[i] = rest.squareRoot()
        }
      }
    }
    // L⁻¹, row by row: row i is (e_i − Σ_{j<i} L_ij · row j) / L_ii. R⁻¹ is its transpose.
    let inverse = Tensor([side, side])
    let lines = UnsafeMutablePointer<Double>.allocate(capacity: max(1, side * side))
    defer { lines.deallocate() }
    lines.initialize(repeating: 0, count: side * side)
    for i in 0..<side {
      let (row, to) = (numbers + i * side, lines + i * side)
      for j in 0..<i {
        let (factor, from) = (row[j], lines + j * side)
        for c in 0...j { to[c] -= factor * from[c] }
      }
      to[i] += 1
      for c in 0...i {
        to[c] /= row[i]
        inverse.pointer[c * side + i] = Float(to[c])
      }
    }
    return inverse
  }
}

@inline(__always)
private func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
  var lanes = SIMD8<Double>()
  var at = 0
  while at &+ 8 <= count {
    lanes +=
      UnsafeRawPointer(a + at).loadUnaligned(as: SIMD8<Double>.self)
      * UnsafeRawPointer(b + at).loadUnaligned(as: SIMD8<Double>.self)
    at &+= 8
  }
  var sum = lanes.sum()
  while at < count {
    sum += a[at] * b[at]
    at &+= 1
  }
  return sum
}

/// The singular values of a matrix, falling, in double precision: roots of the eigenvalues of its Gram matrix. What rounding
/// leaves of a value that is zero is zero.
///
/// Nil if they did not converge, as they may not for a matrix with values that are not finite.
public func singularValues(of x: Tensor, run: Run) throws -> [Double]? {
  guard x.isFinite, x.count > 0 else { return nil }
  let gram = try GramMatrix(of: x, x.shape[1] <= x.shape[0] ? .columns : .rows, run: run)
  guard let squares = gram.eigenvalues() else { return nil }
  let least = (squares.last ?? 0) * Double(gram.side) * 0x1p-52
  return squares.reversed().map { $0 > least ? $0.squareRoot() : 0 }
}
