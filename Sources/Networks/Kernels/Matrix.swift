import Tensors

/// Rows of numbers in a tensor's memory: what kernels read and write. It is valid for as long as the tensor is.
///
/// Builds without optimisation check every access, others none.
package struct Matrix {
  package let rows: Int
  package let columns: Int
  /// From one row to the next.
  let step: Int
  private let start: UnsafeMutablePointer<Float>

  /// All of `tensor`, its last axis or `columns` numbers a row.
  package init(_ tensor: Tensor, columns: Int? = nil) {
    self.columns = columns ?? tensor.shape.last ?? 1
    rows = self.columns == 0 ? 0 : tensor.count / self.columns
    step = self.columns
    start = tensor.pointer
    precondition(rows * self.columns == tensor.count, "\(tensor.shape) is no rows of \(self.columns)")
  }

  /// Memory that somebody else knows the bounds of: `rows` of `columns` numbers, `step` from one to the next.
  @inline(__always)
  init(start: UnsafeMutablePointer<Float>, rows: Int, columns: Int, step: Int) {
    (self.start, self.rows, self.columns, self.step) = (start, rows, columns, step)
  }

  /// The same memory, of which these rows are seen.
  func part(rows: Range<Int>) -> Matrix { part(rows: rows, columns: 0..<columns) }

  /// One row of the same memory.
  func row(_ row: Int) -> Matrix { part(rows: row..<row + 1) }

  /// The same memory, of which these rows and columns are seen.
  func part(rows: Range<Int>, columns: Range<Int>) -> Matrix {
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= self.rows && columns.lowerBound >= 0
        && columns.upperBound <= self.columns, "\(rows) × \(columns) of \(self.rows) × \(self.columns)")
    return Matrix(
      start: start + rows.lowerBound * step + columns.lowerBound, rows: rows.count, columns: columns.count,
      step: step)
  }

  /// The beginning of the same memory under another shape, its rows without gaps; where this has none either.
  func packed(rows: Int, columns: Int) -> Matrix {
    precondition(
      step == self.columns && rows * columns <= self.rows * self.columns,
      "\(rows) × \(columns) in \(self.rows) × \(self.columns)")
    return Matrix(start: start, rows: rows, columns: columns, step: columns)
  }

  /// Rows `step` apart from `place` on, where the rows of this lie without gaps.
  @inline(__always)
  func window(at place: Int, rows: Int, columns: Int, step: Int) -> Matrix {
    precondition(
      self.step == self.columns && place >= 0 && columns <= step
        && (rows == 0 || place &+ (rows &- 1) &* step &+ columns <= self.rows &* self.columns),
      "\(rows) × \(columns) from \(place) on, \(step) apart, of \(self.rows) × \(self.columns)")
    return Matrix(start: start + place, rows: rows, columns: columns, step: step)
  }

  /// A number by its place among all, where no gap is between the rows.
  @inline(__always)
  subscript(place: Int) -> Float {
    get {
      assert(step == columns && place >= 0 && place < rows * columns)
      return start[place]
    }
    nonmutating set {
      assert(step == columns && place >= 0 && place < rows * columns)
      start[place] = newValue
    }
  }

  @inline(__always)
  package subscript(row: Int, column: Int) -> Float {
    get { address(row, column, 1).pointee }
    nonmutating set { address(row, column, 1).pointee = newValue }
  }

  /// `lanes` numbers of a row, the rest of the vector 0.
  @inline(__always)
  subscript(row: Int, column: Int, lanes lanes: Int) -> Vector {
    get { load(address(row, column, lanes), lanes) }
    nonmutating set { store(newValue, address(row, column, lanes), lanes) }
  }

  /// `lanes` numbers by the place of the first.
  @inline(__always)
  subscript(place: Int, lanes lanes: Int) -> Vector {
    get {
      assert(step == columns && place >= 0 && place + lanes <= rows * columns)
      return load(start + place, lanes)
    }
    nonmutating set {
      assert(step == columns && place >= 0 && place + lanes <= rows * columns)
      store(newValue, start + place, lanes)
    }
  }

  @inline(__always)
  private func address(_ row: Int, _ column: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
    assert(row >= 0 && row < rows && column >= 0 && column + count <= columns)
    return start + (row &* step &+ column)
  }

  /// Copies `other`, which has the same rows and columns. Both may share memory if no row of `other` is copied over before its turn.
  func copy(_ other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "another shape")
    if step == columns && other.step == columns {
      return start.update(from: other.start, count: rows * columns)
    }
    for row in 0..<rows {
      (start + row &* step).update(from: other.start + row &* other.step, count: columns)
    }
  }

  /// Copies `count` numbers of `other`, whose rows lie without gaps, from `place` among all on, to `row` from `column` on.
  @inline(__always)
  func copy(_ count: Int, of other: Matrix, from place: Int, toRow row: Int, column: Int) {
    assert(other.step == other.columns && place >= 0 && place + count <= other.rows * other.columns)
    address(row, column, count).update(from: other.start + place, count: count)
  }

  /// Sets all of these rows to `value`.
  func fill(rows: Range<Int>, with value: Float) {
    let part = part(rows: rows)
    for row in 0..<part.rows { (part.start + row * step).update(repeating: value, count: columns) }
  }

  /// Sets `count` numbers of `row` from `column` on to `value`.
  @inline(__always)
  func fill(_ count: Int, ofRow row: Int, from column: Int, with value: Float) {
    address(row, column, count).update(repeating: value, count: count)
  }

  /// `alpha·op(A)·op(B)` in its place, or added to what is there, on the calling thread.
  func set(
    to a: Matrix, transposeA: Bool = false, times b: Matrix, transposeB: Bool = false, alpha: Float = 1,
    isAdding: Bool = false
  ) {
    let (m, k) = transposeA ? (a.columns, a.rows) : (a.rows, a.columns)
    let (inner, n) = transposeB ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(m == rows && n == columns && k == inner, "such matrices have no product of that shape")
    gemm(
      transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: alpha, a.start, lda: a.step,
      b.start, ldb: b.step, beta: isAdding ? 1 : 0, start, ldc: step)
  }
}

/// Kernels once more, as plain loops in double precision: slow, and short enough to be compared with a formula by reading. Tests hold
/// the fast ones against them.
package enum Reference {}
