import Tensors

/// `y = log x` by element, the natural logarithm, `∂x = ∂y/x`.
public struct Logarithm: FormulaOperation {
  public let name = "log"
  public let isByElement = true

  public init() {}

  public func shape(of operands: [FormulaShape]) -> FormulaShape { operands[0] }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    x[0].map { S.logarithm($0) }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    .spread(dy, x[0], over: dy.shape) { $0 / $1 }
  }
}
