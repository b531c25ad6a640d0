import Tensors

/// Rows at some positions, in that order: `y_k = x_{i(k)}`, `∂x_i = Σ ∂y_k` over the k with i(k) = i.
public struct ChosenRows: FormulaOperation {
  public let name = "rows"
  private let positions: [Int]

  /// The positions lie in every matrix that this is applied to.
  public init(_ positions: [Int]) { self.positions = positions }

  public func shape(of operands: [FormulaShape]) -> FormulaShape {
    FormulaShape(positions.count, operands[0].columns)
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    let y = Grid<S>(uninitialized: shape)
    let width = shape.columns
    for (row, position) in positions.enumerated() {
      (y.pointer + row * width).update(from: x[0].pointer + position * width, count: width)
    }
    return y
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let dx = Grid<S>(x[0].shape, filledWith: 0)
    let width = dy.shape.columns
    for (row, position) in positions.enumerated() {
      let (from, to) = (dy.pointer + row * width, dx.pointer + position * width)
      for column in 0..<width { to[column] += from[column] }
    }
    return dx
  }
}

/// Columns at some positions, in that order; the gradient as that of rows.
public struct ChosenColumns: FormulaOperation {
  public let name = "columns"
  private let positions: [Int]

  /// The positions lie in every matrix that this is applied to.
  public init(_ positions: [Int]) { self.positions = positions }

  public func shape(of operands: [FormulaShape]) -> FormulaShape {
    FormulaShape(operands[0].rows, positions.count)
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    let y = Grid<S>(uninitialized: shape)
    for row in 0..<shape.rows {
      let (from, to) = (x[0].pointer + row * x[0].shape.columns, y.pointer + row * shape.columns)
      for (column, position) in positions.enumerated() { to[column] = from[position] }
    }
    return y
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let dx = Grid<S>(x[0].shape, filledWith: 0)
    for row in 0..<dy.shape.rows {
      let (from, to) = (dy.pointer + row * dy.shape.columns, dx.pointer + row * dx.shape.columns)
      for (column, position) in positions.enumerated() { to[position] += from[column] }
    }
    return dx
  }
}
