import Tensors

/// An operation on matrices with its gradient: one file each in `Operations`.
///
/// `L` is the loss, `x` are the operands and `y` the value. Values and gradients are generic methods that serve both requirements, so
/// that the compiler makes code for each kind of number.
public protocol FormulaOperation: Sendable {
  /// The sign or the verb in cells.
  var name: String { get }

  /// The shape of the value. Throws `FormulaError` where operands do not go together.
  func shape(of operands: [FormulaShape]) throws(FormulaError) -> FormulaShape

  /// Whether the value is flat in an operand, so that no gradient goes there.
  func isFlat(in operand: Int) -> Bool

  /// Whether each number of the value follows from the numbers at the same place of the operands.
  var isByElement: Bool { get }

  func value(_ x: [Grid<Float>], shape: FormulaShape, pass: Pass) -> Grid<Float>
  func value(_ x: [Grid<Double>], shape: FormulaShape, pass: Pass) -> Grid<Double>

  /// ∂L/∂x of one operand, from ∂L/∂y.
  func gradient(
    of operand: Int, _ dy: Grid<Float>, at x: [Grid<Float>], value y: Grid<Float>, pass: Pass
  ) -> Grid<Float>
  func gradient(
    of operand: Int, _ dy: Grid<Double>, at x: [Grid<Double>], value y: Grid<Double>, pass: Pass
  ) -> Grid<Double>
}

extension FormulaOperation {
  public func isFlat(in operand: Int) -> Bool { false }
  public var isByElement: Bool { false }
}

/// Reasons why a formula has no value or no gradient.
public enum FormulaError: Error, Equatable {
  /// Operands that do not go together.
  case shapes(String, [FormulaShape])
  /// An operand that the operation cannot take: of no numbers, or of an odd number of rows.
  case operand(String, FormulaShape)
  /// The first value that is infinite or NaN, the numbers that it was made of where there are some, and its place.
  case notFinite(String, of: [Double], row: Int, column: Int)
  /// A gradient that is infinite or NaN.
  case gradient(String)
  /// z itself is infinite or NaN.
  case outputs
  /// The last value of a loss is a matrix, or does not depend on z.
  case matrix(FormulaShape)
  case independent
  /// A file's loss that has not been read.
  case unread
}

/// Lines of a matrix whose numbers an operation joins.
public enum FormulaLines: String, Sendable, CaseIterable {
  case all, row, column

  /// Number of lines of a matrix, their length, and the way from one to the next and from number to number.
  func of(_ shape: FormulaShape) -> (count: Int, length: Int, stride: Int, step: Int) {
    switch self {
    case .all: (1, shape.count, 0, 1)
    case .row: (shape.rows, shape.columns, shape.columns, 1)
    case .column: (shape.columns, shape.rows, 1, shape.columns)
    }
  }

  /// The shape that holds a number for each line.
  func reduced(_ shape: FormulaShape) -> FormulaShape {
    switch self {
    case .all: FormulaShape(1, 1)
    case .row: FormulaShape(shape.rows, 1)
    case .column: FormulaShape(1, shape.columns)
    }
  }
}
