import Tensors

/// `y = a` where the mask is not 0 and `b` elsewhere; `∂a = ∂y` there, `∂b = ∂y` elsewhere. Operands: mask, a, b.
public struct Where: FormulaOperation {
  public let name = "where"

  public init() {}

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    try Grid<Float>.spreadShape(name, operands)
  }

  public func isFlat(in operand: Int) -> Bool { operand == 0 }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    .spread(x[0], x[1], x[2], over: shape) { $0 != 0 ? $1 : $2 }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let isFirst = operand == 1
    return Grid.spread(dy, x[0], over: dy.shape) { ($1 != 0) == isFirst ? $0 : 0 }.summed(
      to: x[operand].shape)
  }
}
