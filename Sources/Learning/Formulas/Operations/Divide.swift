import Tensors

/// `y = a/b` by element, `∂a = ∂y/b`, `∂b = −∂y·a/b²`.
public struct Divide: FormulaOperation {
  public let name = "/"
  public let isByElement = true

  public init() {}

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    try Grid<Float>.spreadShape(name, operands)
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    .spread(x[0], x[1], over: shape) { $0 / $1 }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    if operand == 0 {
      return Grid.spread(dy, x[1], over: dy.shape) { $0 / $1 }.summed(to: x[0].shape)
    }
    return Grid.spread(dy, x[0], x[1], over: dy.shape) { -$0 * ($1 / $2) / $2 }.summed(to: x[1].shape)
  }
}
