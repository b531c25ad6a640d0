import Tensors

/// `y = |x|` by element, `∂x = ∂y·sign x`, 0 at 0.
public struct Absolute: FormulaOperation {
  public let name = "abs"
  public let isByElement = true

  public init() {}

  public func shape(of operands: [FormulaShape]) -> FormulaShape { operands[0] }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    x[0].map { Swift.abs($0) }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    .spread(dy, x[0], over: dy.shape) { $1 > 0 ? $0 : $1 < 0 ? -$0 : 0 }
  }
}
