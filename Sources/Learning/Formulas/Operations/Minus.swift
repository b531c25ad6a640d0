import Tensors

/// `y = a − b`, `∂a = ∂y`, `∂b = −∂y`.
public struct Minus: FormulaOperation {
  public let name = "-"
  public let isByElement = true

  public init() {}

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    try Grid<Float>.spreadShape(name, operands)
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    .spread(x[0], x[1], over: shape) { $0 - $1 }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    if operand == 0 {
      return dy.summed(to: x[0].shape)
    }
    return dy.map { -$0 }.summed(to: x[1].shape)
  }
}
