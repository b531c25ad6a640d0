/// Products of matrices on one thread, by blocks of the result that stay in registers.
///
/// A block has some rows and two vectors of columns. Each term of its sums is one number of A for each row times two vectors of B,
/// so nothing is packed: A may lie in any order, B by rows (Goto and van de Geijn, "Anatomy of High-Performance Matrix
/// Multiplication", 2008, section 6, without the copies, for operands that are in a cache already).
///
/// Every number of the result is a sum over its terms in their order, `mostTerms` at a time: it does not depend on how a product is
/// cut into rows and columns.
package struct ProductKernel {
  let a: UnsafePointer<Float>
  /// Distance between numbers of A whose rows follow each other, and whose terms do.
  let rowStep: Int
  let termStep: Int
  let alpha: Float
  let beta: Float
  let c: UnsafeMutablePointer<Float>
  /// Distance between rows of C.
  let ldc: Int

  package init(
    a: UnsafePointer<Float>, rowStep: Int, termStep: Int, alpha: Float, beta: Float,
    c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    (self.a, self.rowStep, self.termStep) = (a, rowStep, termStep)
    (self.alpha, self.beta, self.c, self.ldc) = (alpha, beta, c, ldc)
  }

  /// A column of a block: of as many rows as leave registers for the two vectors of B and the number of A.
  private typealias FullBlock = InlineArray<6, Vector>
  @inline(__always)
  private static var rows: Int { FullBlock.count }
  /// Columns of a block.
  @inline(__always)
  private static var width: Int { 2 &* Vector.scalarCount }
  /// Terms that are added up in registers, before they are added to C: so many rows of two vectors of B stay in the L1 cache while all of
  /// A passes, and short sums round less.
  @inline(__always)
  private static var mostTerms: Int { 64 }

  /// Sets `[m, n]` of C, the sum over the rows of B from `b` on, `ldb` apart.
  package func run(m: Int, n: Int, k: Int, b: UnsafePointer<Float>, ldb: Int) {
    var first = 0
    repeat {
      let terms = min(ProductKernel.mostTerms, k &- first)
      let part = self.part(from: first, terms: terms)
      var column = 0
      while column < n {
        let width = min(ProductKernel.width, n &- column)
        part.fill(m, column, width, terms, b + (first &* ldb &+ column), ldb)
        column &+= width
      }
      first &+= terms
    } while first < k
  }

  /// The product of the terms from `first` on, added to that of the terms before.
  private func part(from first: Int, terms: Int) -> ProductKernel {
    ProductKernel(
      a: a + first &* termStep, rowStep: rowStep, termStep: termStep, alpha: alpha,
      beta: first == 0 ? beta : 1, c: c, ldc: ldc)
  }

  /// The columns from `column` on, no more than a block has.
  private func fill(
    _ m: Int, _ column: Int, _ columns: Int, _ terms: Int, _ b: UnsafePointer<Float>, _ ldb: Int
  ) {
    let lanes = Vector.scalarCount
    if columns == ProductKernel.width { return fillTwo(m, column, terms, b, ldb) }
    if columns < lanes { return fillFew(m, column, columns, terms, b, ldb) }
    fillOne(m, column, terms, b, ldb)
    if columns > lanes { fillFew(m, column &+ lanes, columns &- lanes, terms, b + lanes, ldb) }
  }

  private func fillTwo(_ m: Int, _ column: Int, _ terms: Int, _ b: UnsafePointer<Float>, _ ldb: Int) {
    forEachBlock(m) { row, rows in
      let (a, c) = (a + row &* rowStep, c + (row &* ldc &+ column))
      switch rows {
      case ProductKernel.rows: twoVectors(a, terms, b, ldb, c, FullBlock.self)
      case 4: twoVectors(a, terms, b, ldb, c, InlineArray<4, Vector>.self)
      case 2: twoVectors(a, terms, b, ldb, c, InlineArray<2, Vector>.self)
      default: twoVectors(a, terms, b, ldb, c, InlineArray<1, Vector>.self)
      }
    }
  }

  private func fillOne(_ m: Int, _ column: Int, _ terms: Int, _ b: UnsafePointer<Float>, _ ldb: Int) {
    forEachBlock(m) { row, rows in
      let (a, c) = (a + row &* rowStep, c + (row &* ldc &+ column))
      switch rows {
      case ProductKernel.rows: oneVector(a, terms, b, ldb, c, FullBlock.self)
      case 4: oneVector(a, terms, b, ldb, c, InlineArray<4, Vector>.self)
      case 2: oneVector(a, terms, b, ldb, c, InlineArray<2, Vector>.self)
      default: oneVector(a, terms, b, ldb, c, InlineArray<1, Vector>.self)
      }
    }
  }

  /// Columns that do not fill a vector, by way of copies that do.
  private func fillFew(
    _ m: Int, _ column: Int, _ columns: Int, _ terms: Int, _ b: UnsafePointer<Float>, _ ldb: Int
  ) {
    let lanes = Vector.scalarCount
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: terms + m) { room in
      let copies = UnsafeMutableRawPointer(room.baseAddress!).assumingMemoryBound(to: Float.self)
      copies.update(repeating: 0, count: lanes &* (terms &+ m))
      for term in 0..<terms {
        for offset in 0..<columns { copies[term &* lanes &+ offset] = b[term &* ldb &+ offset] }
      }
      let results = copies + lanes &* terms
      ProductKernel(
        a: a, rowStep: rowStep, termStep: termStep, alpha: alpha, beta: 0, c: results, ldc: lanes
      ).fillOne(m, 0, terms, copies, lanes)
      for row in 0..<m {
        let to = c + (row &* ldc &+ column)
        for offset in 0..<columns {
          let value = results[row &* lanes &+ offset]
          to[offset] = beta == 0 ? value : value.addingProduct(beta, to[offset])
        }
      }
    }
  }

  /// Calls `body` with the first row of each block, and how many it has.
  @inline(__always)
  private func forEachBlock(_ m: Int, _ body: (_ row: Int, _ rows: Int) -> Void) {
    var row = 0
    while row &+ ProductKernel.rows <= m {
      body(row, ProductKernel.rows)
      row &+= ProductKernel.rows
    }
    for rows in [4, 2, 1] where (m &- row) & rows != 0 {
      body(row, rows)
      row &+= rows
    }
  }

  /// A block of two vectors of columns.
  ///
  /// The steps of A are passed on as the number 1 where they are 1, so that the compiler makes a loop for each way that A lies, in which
  /// its addresses cost next to nothing: on a core whose other thread is busy, instructions are as short as multiply-adds.
  @inline(__always)
  private func twoVectors<let rows: Int>(
    _ a: UnsafePointer<Float>, _ terms: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
    _ c: UnsafeMutablePointer<Float>, _ block: InlineArray<rows, Vector>.Type
  ) {
    if termStep == 1 {
      twoVectors(Numbers(a, rowStep: rowStep, termStep: 1), terms, b, ldb, c, block)
    } else if rowStep == 1 {
      twoVectors(Numbers(a, rowStep: 1, termStep: termStep), terms, b, ldb, c, block)
    } else {
      twoVectors(Numbers(a, rowStep: rowStep, termStep: termStep), terms, b, ldb, c, block)
    }
  }

  @inline(__always)
  private func twoVectors<let rows: Int>(
    _ numbers: Numbers, _ terms: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
    _ c: UnsafeMutablePointer<Float>, _: InlineArray<rows, Vector>.Type
  ) {
    var left = InlineArray<rows, Vector>(repeating: Vector(repeating: 0))
    var right = left
    var (numbers, b, rest) = (numbers, b, terms)
    while rest >= 4 {
      add(numbers, term: 0, b, &left, &right)
      add(numbers, term: 1, b + ldb, &left, &right)
      add(numbers, term: 2, b + 2 &* ldb, &left, &right)
      add(numbers, term: 3, b + 3 &* ldb, &left, &right)
      numbers.advance(by: 4)
      b += 4 &* ldb
      rest &-= 4
    }
    for _ in 0..<rest {
      add(numbers, term: 0, b, &left, &right)
      numbers.advance(by: 1)
      b += ldb
    }
    for row in 0..<rows {
      put(left[row], c + row &* ldc)
      put(right[row], c + (row &* ldc &+ Vector.scalarCount))
    }
  }

  /// Adds a term to the sums of a block.
  @inline(__always)
  private func add<let rows: Int>(
    _ numbers: Numbers, term: Int, _ b: UnsafePointer<Float>, _ left: inout InlineArray<rows, Vector>,
    _ right: inout InlineArray<rows, Vector>
  ) {
    let (b0, b1) = (load(b), load(b + Vector.scalarCount))
    for row in 0..<rows {
      let value = Vector(repeating: numbers[row, term])
      left[row] = left[row].addingProduct(value, b0)
      right[row] = right[row].addingProduct(value, b1)
    }
  }

  /// The numbers of A that a block reads, by two addresses: the first row and the fourth.
  private struct Numbers {
    private var first: UnsafePointer<Float>
    private var fourth: UnsafePointer<Float>
    private let rowStep: Int
    private let termStep: Int

    @inline(__always)
    init(_ a: UnsafePointer<Float>, rowStep: Int, termStep: Int) {
      (first, fourth, self.rowStep, self.termStep) = (a, a + 3 &* rowStep, rowStep, termStep)
    }

    @inline(__always)
    subscript(row: Int, term: Int) -> Float {
      row < 3 ? first[row &* rowStep &+ term &* termStep] : fourth[(row &- 3) &* rowStep &+ term &* termStep]
    }

    @inline(__always)
    mutating func advance(by terms: Int) {
      first += terms &* termStep
      fourth += terms &* termStep
    }
  }

  /// A block of one vector of columns.
  @inline(__always)
  private func oneVector<let rows: Int>(
    _ a: UnsafePointer<Float>, _ terms: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
    _ c: UnsafeMutablePointer<Float>, _: InlineArray<rows, Vector>.Type
  ) {
    var sums = InlineArray<rows, Vector>(repeating: Vector(repeating: 0))
    var (from, b) = (a, b)
    for _ in 0..<terms {
      let b0 = load(b)
      for row in 0..<rows { sums[row] = sums[row].addingProduct(Vector(repeating: from[row &* rowStep]), b0) }
      from += termStep
      b += ldb
    }
    for row in 0..<rows { put(sums[row], c + row &* ldc) }
  }

  @inline(__always)
  private func put(_ sum: Vector, _ address: UnsafeMutablePointer<Float>) {
    var value = sum * alpha
    if beta != 0 { value = value.addingProduct(load(address), Vector(repeating: beta)) }
    UnsafeMutableRawPointer(address).storeBytes(of: value, as: Vector.self)
  }

  @inline(__always)
  private func load(_ address: UnsafePointer<Float>) -> Vector {
    UnsafeRawPointer(address).loadUnaligned(as: Vector.self)
  }
}
