import Base
import Language
import Learning
import Tensors

/// A matrix that depends on the outputs z of a loss that is being evaluated. It exists within the block of a loss alone.
struct FormulaValue: MatrixLike {
  static let typeName = "matrix"
  let matrix: any FormulaMatrix

  init(_ matrix: any FormulaMatrix) { self.matrix = matrix }

  var summary: String { "matrix: \(matrix.shape.text)" }

  var memberNames: [String] { ["rows", "columns"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "rows": Number(matrix.shape.rows)
    case "columns": Number(matrix.shape.columns)
    default: nil
    }
  }

  /// Rows, as a matrix: a single one too.
  func element(at index: IndexValue) throws -> any Value {
    let positions = try index.positions(in: matrix.shape.rows, of: "row")
    return try Calculation.value(of: ChosenRows(positions), [.matrix(matrix)])
  }
}

/// A value that is calculated with as a matrix: operators go element by element, but for `@`.
protocol MatrixLike: CalculatingValue {}

extension MatrixLike {
  func result(
    of sign: OperatorSign, _ left: any Value, _ right: any Value, at range: SourceRange
  ) throws -> any Value {
    guard let operation = Calculation.operation(of: sign) else {
      throw Problem(
        "`\(sign.rawValue)` takes numbers, and this is \(withArticle(typeName)).", kind: .wrongType)
    }
    let operands = try [left, right].map { value in
      guard let operand = FormulaOperand(value) else {
        throw Problem(
          "`\(sign.rawValue)` takes matrices and numbers here, and this is \(withArticle(value.typeName)).",
          advice: value is List
            ? "`\(MakeMatrix.command.name) [[1, 2], [3, 4]]` makes a matrix of lists." : nil,
          kind: .wrongType)
      }
      return operand
    }
    return try Calculation.value(of: operation, operands, like: [left, right], at: range)
  }

  func negated(at range: SourceRange) throws -> any Value {
    guard let operand = FormulaOperand(self) else { return self }
    return try Calculation.value(of: Negative(), [operand], like: [self], at: range)
  }
}

extension MatrixValue: MatrixLike {}
extension EmbeddingValue: MatrixLike {}

extension FormulaOperand {
  /// The operand that a value is; nil where no calculation takes it.
  init?(_ value: any Value) {
    switch value {
    case let number as Number: self = .number(number.value)
    case let matrix as MatrixValue: self = .constant(matrix.grid)
    case let embedding as EmbeddingValue: self = .constant(Grid(embedding.rows))
    case let formula as FormulaValue: self = .matrix(formula.matrix)
    default: return nil
    }
  }
}

extension FormulaShape {
  /// "256×128"
  var text: String { "\(Format.count(rows))×\(Format.count(columns))" }
}

extension MatrixValue {
  var grid: Grid<Double> { Grid(FormulaShape(rows, columns), values) }

  /// A matrix that was calculated: it is shown by its numbers.
  init(calculated grid: Grid<Double>, rowNames: [String] = [], columnNames: [String] = []) {
    self.init(
      rows: grid.shape.rows, columns: grid.shape.columns, values: grid.numbers, rowNames: rowNames,
      columnNames: columnNames, label: "", isCalculated: true)
  }
}

/// Anything that a calculation takes as a matrix: a number is one of 1×1.
struct MatrixOperand: OptionValue {
  static let typeName = "matrix"
  let operand: FormulaOperand
  let value: any Value

  static func read(_ value: any Value) throws -> MatrixOperand {
    guard let operand = FormulaOperand(value) else {
      throw Mismatch(expected: "matrix, embedding or number", found: value)
    }
    return MatrixOperand(operand: operand, value: value)
  }

  var written: String { "" }

  /// The numbers, of what is not a part of a loss that is being evaluated.
  var grid: Grid<Double> {
    switch operand {
    case .number(let number): Grid(FormulaShape(1, 1), [number])
    case .constant(let grid): grid
    case .matrix(let matrix): Grid(matrix.shape, matrix.numbers)
    }
  }
}

enum Calculation {
  /// The value of an operation: of plain matrices a matrix, or a number where it is one of 1×1; else a part of the loss.
  ///
  /// - Parameter values: operands whose names the result takes over where it is as large.
  static func value(
    of operation: any FormulaOperation, _ operands: [FormulaOperand], like values: [any Value] = [],
    at range: SourceRange = SourceRange(0, 0)
  ) throws -> any Value {
    let shape = try operation.shape(of: operands.map(\.shape))
    try askForRoom(operation.name, shape)
    for case .matrix(let matrix) in operands {
      return FormulaValue(
        try matrix.applying(operation, to: operands, at: range.lower..<range.upper))
    }
    let x = operands.map { operand -> Grid<Double> in
      switch operand {
      case .number(let number): Grid(FormulaShape(1, 1), [number])
      case .constant(let grid): grid
      case .matrix(let matrix): Grid(matrix.shape, matrix.numbers)
      }
    }
    let result = try Learning.value(of: operation, x, pass: Pass())
    if shape.count == 1 { return Number(result.numbers[0]) }
    guard operation.isByElement else { return MatrixValue(calculated: result) }
    let named = values.lazy.compactMap { $0 as? MatrixValue }.first {
      $0.rows == shape.rows && $0.columns == shape.columns
    }
    return MatrixValue(
      calculated: result, rowNames: named?.rowNames ?? [], columnNames: named?.columnNames ?? [])
  }

  /// Throws `InputError` where there is no room for a result.
  static func askForRoom(_ name: String, _ shape: FormulaShape) throws {
    guard shape.count > 1 << 20 else { return }
    try MachineMemory.ask(for: 24 * shape.count) { memory in
      InputError(
        "a matrix of \(shape.text), by `\(name)`,", lacks: memory, advice: "take fewer rows: h[0..<500]")
    }
  }

  static func operation(of sign: OperatorSign) -> (any FormulaOperation)? {
    switch sign {
    case .plus: Plus()
    case .minus: Minus()
    case .times: Times()
    case .divide: Divide()
    case .power: Power()
    case .product: MatrixProduct()
    case .remainder: nil
    case .equal, .unequal, .less, .lessOrEqual, .greater, .greaterOrEqual:
      Comparing.Sign(rawValue: sign.rawValue).map { Comparing($0) }
    }
  }
}
