import Tensors

/// `y = Σ x` over all, over each row or over each column; `∂x = ∂y` of its line.
public struct Sum: FormulaOperation {
  public let name = "sum"
  private let lines: FormulaLines

  public init(each lines: FormulaLines = .all) { self.lines = lines }

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    lines.reduced(operands[0])
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    let (count, length, stride, step) = lines.of(x[0].shape)
    let y = Grid<S>(uninitialized: shape)
    for line in 0..<count {
      let from = x[0].pointer + line * stride
      var sum = 0.0
      for at in 0..<length { sum += Double(from[at &* step]) }
      y.pointer[line] = S(sum)
    }
    return y
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let (count, length, stride, step) = lines.of(x[0].shape)
    let dx = Grid<S>(uninitialized: x[0].shape)
    for line in 0..<count {
      let to = dx.pointer + line * stride
      let share = dy.pointer[line]
      for at in 0..<length { to[at &* step] = share }
    }
    return dx
  }
}
