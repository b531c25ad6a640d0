import Tensors

/// `u = x/‖x‖` for each row or each column; `∂x = (∂u − u·⟨u, ∂u⟩)/‖x‖`. Lengths are at least 1e-12, so that zeros stay zeros.
public struct UnitLines: FormulaOperation {
  public let name = "normalise"
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
      let size = self.size(from, length, step)
      for at in 0..<length { to[at &* step] = from[at &* step] / size }
    }
    return y
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    let (count, length, stride, step) = lines.of(y.shape)
    let dx = Grid<S>(uninitialized: y.shape)
    for line in 0..<count {
      let (unit, slope) = (y.pointer + line * stride, dy.pointer + line * stride)
      let to = dx.pointer + line * stride
      let size = self.size(x[0].pointer + line * stride, length, step)
      var along = 0.0
      for at in 0..<length { along += Double(unit[at &* step] * slope[at &* step]) }
      for at in 0..<length {
        to[at &* step] = (slope[at &* step] - unit[at &* step] * S(along)) / size
      }
    }
    return dx
  }

  private func size<S: FormulaScalar>(_ from: UnsafeMutablePointer<S>, _ length: Int, _ step: Int) -> S {
    var sum = 0.0
    for at in 0..<length { sum += Double(from[at &* step]) * Double(from[at &* step]) }
    return S(max(sum.squareRoot(), 1e-12))
  }
}
