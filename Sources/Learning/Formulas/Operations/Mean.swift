import Tensors

/// `y = Σ x/n` over all n, over each row or over each column; `∂x = ∂y/n` of its line.
public struct Mean: FormulaOperation {
  public let name = "mean"
  private let lines: FormulaLines

  public init(each lines: FormulaLines = .all) { self.lines = lines }

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    guard lines.of(operands[0]).length > 0 else { throw .operand(name, operands[0]) }
    return lines.reduced(operands[0])
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    let (count, length, stride, step) = lines.of(x[0].shape)
    let y = Grid<S>(uninitialized: shape)
    for line in 0..<count {
      let from = x[0].pointer + line * stride
      var sum = 0.0
      for at in 0..<length { sum += Double(from[at &* step]) }
      y.pointer[line] = S(sum / Double(length))
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
      let share = dy.pointer[line] / S(length)
      for at in 0..<length { to[at &* step] = share }
    }
    return dx
  }
}
