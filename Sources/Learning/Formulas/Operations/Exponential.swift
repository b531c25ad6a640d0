import Tensors

/// `y = e^x` by element, `∂x = ∂y·y`.
public struct Exponential: FormulaOperation {
  public let name = "exp"
  public let isByElement = true

  public init() {}

  public func shape(of operands: [FormulaShape]) -> FormulaShape { operands[0] }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    x[0].map { S.exponential($0) }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    .spread(dy, y, over: dy.shape) { $0 * $1 }
  }
}
