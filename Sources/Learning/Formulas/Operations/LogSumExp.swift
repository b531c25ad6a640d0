import Tensors

/// `y = log Σ e^x` over all, each row or each column, without the powers becoming too large; `∂x = ∂y·e^(x − y)`.
public struct LogSumExp: FormulaOperation {
  public let name = "logsumexp"
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
      var largest = from[0]
      for at in 1..<max(1, length) { largest = max(largest, from[at &* step]) }
      var sum = 0.0
      for at in 0..<length { sum += Double(S.exponential(from[at &* step] - largest)) }
      y.pointer[line] = largest + S(Double.logarithm(sum))
    }
    return y
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let (count, length, stride, step) = lines.of(x[0].shape)
    let dx = Grid<S>(uninitialized: x[0].shape)
    for line in 0..<count {
      let (from, to) = (x[0].pointer + line * stride, dx.pointer + line * stride)
      let (slope, whole) = (dy.pointer[line], y.pointer[line])
      for at in 0..<length { to[at &* step] = slope * S.exponential(from[at &* step] - whole) }
    }
    return dx
  }
}
