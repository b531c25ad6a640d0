import Tensors

/// `y = √x` by element, `∂x = ∂y/(2·√x)`.
public struct SquareRoot: FormulaOperation {
  public let name = "sqrt"
  public let isByElement = true

  public init() {}

  public func shape(of operands: [FormulaShape]) -> FormulaShape { operands[0] }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    x[0].map { $0.squareRoot() }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    .spread(dy, y, over: dy.shape) { $0 / (2 * $1) }
  }
}
