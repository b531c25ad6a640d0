import Tensors

/// `Y = Xᵀ`, `∂X = ∂Yᵀ`.
public struct Transposition: FormulaOperation {
  public let name = "transpose"

  public init() {}

  public func shape(of operands: [FormulaShape]) -> FormulaShape {
    FormulaShape(operands[0].columns, operands[0].rows)
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    turned(x[0])
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    turned(dy)
  }

  private func turned<S: FormulaScalar>(_ x: Grid<S>) -> Grid<S> {
    let (rows, columns) = (x.shape.rows, x.shape.columns)
    let y = Grid<S>(uninitialized: FormulaShape(columns, rows))
    for row in 0..<rows {
      for column in 0..<columns { y.pointer[column * rows + row] = x.pointer[row * columns + column] }
    }
    return y
  }
}
