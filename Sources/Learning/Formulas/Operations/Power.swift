import Tensors

/// `y = a^b` by element, `∂a = ∂y·b·a^(b − 1)`, `∂b = ∂y·a^b·log a`.
public struct Power: FormulaOperation {
  public let name = "^"
  public let isByElement = true

  public init() {}

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    try Grid<Float>.spreadShape(name, operands)
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    // Squares are by far the most common.
    if x[1].shape.count == 1, x[1].pointer[0] == 2 { return x[0].map { $0 * $0 } }
    return .spread(x[0], x[1], over: shape) { S.power($0, $1) }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    if operand == 0 {
      if x[1].shape.count == 1, x[1].pointer[0] == 2 {
        return .spread(dy, x[0], over: dy.shape) { 2 * $0 * $1 }
      }
      return Grid.spread(dy, x[0], x[1], over: dy.shape) { dy, a, b in
        b == 0 ? 0 : dy * b * S.power(a, b - 1)
      }.summed(to: x[0].shape)
    }
    return Grid.spread(dy, x[0], y, over: dy.shape) { dy, a, y in
      y == 0 ? 0 : dy * y * S.logarithm(a)
    }.summed(to: x[1].shape)
  }
}
