import Tensors

/// A mask by element: 1 where the comparison holds and 0 elsewhere. It is flat, so no gradient goes through it.
public struct Comparing: FormulaOperation {
  public enum Sign: String, Sendable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }

  private let sign: Sign
  public var name: String { sign.rawValue }
  public let isByElement = true

  public init(_ sign: Sign) { self.sign = sign }

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    try Grid<Float>.spreadShape(name, operands)
  }

  public func isFlat(in operand: Int) -> Bool { true }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    let (a, b) = (x[0], x[1])
    return switch sign {
    case .equal: .spread(a, b, over: shape) { $0 == $1 ? 1 : 0 }
    case .unequal: .spread(a, b, over: shape) { $0 != $1 ? 1 : 0 }
    case .less: .spread(a, b, over: shape) { $0 < $1 ? 1 : 0 }
    case .lessOrEqual: .spread(a, b, over: shape) { $0 <= $1 ? 1 : 0 }
    case .greater: .spread(a, b, over: shape) { $0 > $1 ? 1 : 0 }
    case .greaterOrEqual: .spread(a, b, over: shape) { $0 >= $1 ? 1 : 0 }
    }
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    Grid(x[operand].shape, filledWith: 0)
  }
}
