import Tensors

/// The largest number of all, of each row or of each column, or the smallest; `∂x = ∂y` there, in equal shares where several are.
public struct Extreme: FormulaOperation {
  public var name: String { isLargest ? "max" : "min" }
  private let isLargest: Bool
  private let lines: FormulaLines

  public init(isLargest: Bool, each lines: FormulaLines = .all) {
    (self.isLargest, self.lines) = (isLargest, lines)
  }

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    guard lines.of(operands[0]).length > 0 else { throw .operand(name, operands[0]) }
    return lines.reduced(operands[0])
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    let (count, length, stride, step) = lines.of(x[0].shape)
    let y = Grid<S>(uninitialized: shape)
    for line in 0..<count {
      let from = x[0].pointer + line * stride
      var found = from[0]
      for at in 1..<max(1, length) {
        let number = from[at &* step]
        found = isLargest ? max(found, number) : min(found, number)
      }
      y.pointer[line] = found
    }
    return y
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let (count, length, stride, step) = lines.of(x[0].shape)
    let dx = Grid<S>(uninitialized: x[0].shape)
    for line in 0..<count {
      let (from, to, found) = (x[0].pointer + line * stride, dx.pointer + line * stride, y.pointer[line])
      var equal = 0
      for at in 0..<length where from[at &* step] == found { equal += 1 }
      let share = dy.pointer[line] / S(max(1, equal))
      for at in 0..<length { to[at &* step] = from[at &* step] == found ? share : 0 }
    }
    return dx
  }
}
