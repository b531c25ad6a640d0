import Tensors

/// `y = e^x/Σ e^x` along each row or each column; `∂x = y·(∂y − Σ ∂y·y)`.
public struct Softmax: FormulaOperation {
  public let name = "softmax"
  private let lines: FormulaLines

  public init(each lines: FormulaLines = .row) { self.lines = lines }

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    operands[0]
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    let (count, length, stride, step) = lines.of(shape)
    let y = Grid<S>(uninitialized: shape)
    for line in 0..<count {
      let (from, to) = (x[0].pointer + line * stride, y.pointer + line * stride)
      var largest = -S.infinity
      for at in 0..<length { largest = max(largest, from[at &* step]) }
      var sum = 0.0
      for at in 0..<length {
        let power = S.exponential(from[at &* step] - largest)
        to[at &* step] = power
        sum += Double(power)
      }
      for at in 0..<length { to[at &* step] /= S(sum) }
    }
    return y
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let (count, length, stride, step) = lines.of(y.shape)
    let dx = Grid<S>(uninitialized: y.shape)
    for line in 0..<count {
      let (share, slope) = (y.pointer + line * stride, dy.pointer + line * stride)
      let to = dx.pointer + line * stride
      var sum = 0.0
      for at in 0..<length { sum += Double(share[at &* step] * slope[at &* step]) }
      for at in 0..<length { to[at &* step] = share[at &* step] * (slope[at &* step] - S(sum)) }
    }
    return dx
  }
}
