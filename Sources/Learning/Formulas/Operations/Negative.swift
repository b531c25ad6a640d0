import Tensors

/// `y = −x`, `∂x = −∂y`.
public struct Negative: FormulaOperation {
  public let name = "-"
  public let isByElement = true

  public init() {}

  public func shape(of operands: [FormulaShape]) -> FormulaShape { operands[0] }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    x[0].map { -$0 }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    dy.map { -$0 }
  }
}
