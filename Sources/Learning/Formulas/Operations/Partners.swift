import Tensors

/// Rows with their halves exchanged, `y_i = x_{(i + N) mod 2N}`: the other view of each image. The gradient is exchanged the same way.
public struct Partners: FormulaOperation {
  public let name = "partners"

  public init() {}

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    guard operands[0].rows % 2 == 0 else { throw .operand(name, operands[0]) }
    return operands[0]
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    exchanged(x[0])
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    exchanged(dy)
  }

  private func exchanged<S: FormulaScalar>(_ x: Grid<S>) -> Grid<S> {
    let y = Grid<S>(uninitialized: x.shape)
    let half = x.shape.count / 2
    y.pointer.update(from: x.pointer + half, count: half)
    (y.pointer + half).update(from: x.pointer, count: half)
    return y
  }
}
