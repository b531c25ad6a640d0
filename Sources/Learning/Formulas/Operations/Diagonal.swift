import Tensors

/// `y_i = X_ii`, a column; `∂X_ii = ∂y_i`, 0 elsewhere.
public struct Diagonal: FormulaOperation {
  public let name = "diagonal"

  public init() {}

  public func shape(of operands: [FormulaShape]) -> FormulaShape {
    FormulaShape(min(operands[0].rows, operands[0].columns), 1)
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    let y = Grid<S>(uninitialized: shape)
    for i in 0..<shape.rows { y.pointer[i] = x[0].pointer[i * (x[0].shape.columns + 1)] }
    return y
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let dx = Grid<S>(x[0].shape, filledWith: 0)
    for i in 0..<dy.shape.rows { dx.pointer[i * (dx.shape.columns + 1)] = dy.pointer[i] }
    return dx
  }
}
