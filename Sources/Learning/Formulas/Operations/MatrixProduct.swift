import Tensors

/// `Y = A·B`, `∂A = ∂Y·Bᵀ`, `∂B = Aᵀ·∂Y`.
public struct MatrixProduct: FormulaOperation {
  public let name = "@"

  public init() {}

  public func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape {
    guard operands[0].columns == operands[1].rows else { throw .shapes(name, operands) }
    return FormulaShape(operands[0].rows, operands[1].columns)
  }

  public func value<S: FormulaScalar>(_ x: [Grid<S>], shape: FormulaShape, pass: Pass) -> Grid<S> {
    guard shape.count > 0, x[0].shape.columns > 0 else { return Grid(shape, filledWith: 0) }
    return S.product(x[0], transposeA: false, x[1], transposeB: false, pass: pass)
  }

  public func gradient<S: FormulaScalar>(
    of operand: Int, _ dy: Grid<S>, at x: [Grid<S>], value y: Grid<S>, pass: Pass
  ) -> Grid<S> {
    guard x[operand].shape.count > 0, dy.shape.count > 0 else {
      return Grid(x[operand].shape, filledWith: 0)
    }
    return operand == 0
      ? S.product(dy, transposeA: false, x[1], transposeB: true, pass: pass)
      : S.product(x[0], transposeA: true, dy, transposeB: false, pass: pass)
  }
}
