import Tensors

/// Matrices below or beside one another; the gradient of each is its part of ∂y.
public struct Joined: FormulaOperation {
  public let name = "join"
  private let areBeside: Bool

  public init(areBeside: Bool) { self.areBeside = areBeside }

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    let first = operands[0]
    guard operands.allSatisfy({ areBeside ? $0.rows == first.rows : $0.columns == first.columns }) else {
      throw .shapes(name, operands)
    }
    return areBeside
      ? FormulaShape(first.rows, operands.reduce(0) { $0 + $1.columns })
      : FormulaShape(operands.reduce(0) { $0 + $1.rows }, first.columns)
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    let y = Grid<S>(uninitialized: shape)
    for (operand, part) in x.enumerated() {
      copy(part.shape, at: start(of: operand, x.map(\.shape)), in: shape) { part, whole, count in
        (y.pointer + whole).update(from: x[operand].pointer + part, count: count)
      }
    }
    return y
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let dx = Grid<S>(uninitialized: x[operand].shape)
    copy(dx.shape, at: start(of: operand, x.map(\.shape)), in: dy.shape) { part, whole, count in
      (dx.pointer + part).update(from: dy.pointer + whole, count: count)
    }
    return dx
  }

  /// Position of an operand's first number in the whole.
  private func start(of operand: Int, _ shapes: [FormulaShape]) -> Int {
    shapes[..<operand].reduce(0) { $0 + (areBeside ? $1.columns : $1.count) }
  }

  /// Calls `body` with the positions of each stretch in the part and in the whole, and its length.
  private func copy(
    _ part: FormulaShape, at start: Int, in whole: FormulaShape, _ body: (Int, Int, Int) -> Void
  ) {
    guard areBeside else { return body(0, start, part.count) }
    for row in 0..<part.rows { body(row * part.columns, start + row * whole.columns, part.columns) }
  }
}
