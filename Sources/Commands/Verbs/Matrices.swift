import Base
import Language
import Learning
import Tensors

extension FormulaLines: OptionValue {}

/// Commands that make matrices and take them apart.
struct MakeMatrix {
  @Required var of: AnyValue

  static let command: Command<MakeMatrix> = Command(
    name: "matrix",
    summary: "A matrix of lists of numbers, a list for each row, or of the rows of an embedding.",
    details: """
      Matrices are calculated with as a whole: `+ - * / ^` and comparisons go element by element, `@` is the product. A number, a single \
      row or a single column is spread over the other matrix. A flat list is a single row. Small matrices are shown whole, large ones \
      by a corner; `plot heatmap m` draws them.
      """,
    gives: "matrix", group: "Matrices", defaults: MakeMatrix(),
    arguments: [Argument("of", \.$of, "Lists of numbers, an embedding or a matrix")],
    examples: [
      "m = matrix [[1, 2], [3, 4]]\nm @ (transpose m)",
      "m = matrix [[1, 2, 3], [4, 5, 6]]\nm - (mean m each=column)",
    ],
    showsValue: true, wordMayBeName: true, calculates: true
  ) { options, _ in
    let value = options.of.value
    if let list = value as? List { return MatrixValue(calculated: try grid(of: list)) }
    guard let operand = FormulaOperand(value) else {
      throw Problem(
        "a matrix is made of lists of numbers or of an embedding, and this is \(withArticle(value.typeName))",
        about: command.word(\.$of), advice: "write \(command.name) [[1, 2], [3, 4]]", kind: .wrongType)
    }
    if case .matrix = operand { return value }
    return MatrixValue(calculated: MatrixOperand(operand: operand, value: value).grid)
  }

  private static func grid(of list: List) throws -> Grid<Double> {
    let isFlat = list.values.allSatisfy { $0 is Number }
    let rows = isFlat ? [list] : list.values.compactMap { $0 as? List }
    guard rows.count == list.values.count || isFlat else {
      throw problem(list.values.first { !($0 is List) })
    }
    let width = rows.first?.values.count ?? 0
    var numbers: [Double] = []
    for (place, row) in rows.enumerated() {
      guard row.values.count == width else {
        throw Problem(
          "the rows of a matrix are equally long: row 0 has \(Format.counted(width, "number")), and row \(place) "
            + "\(Format.count(row.values.count))", about: command.word(\.$of), kind: .badValue)
      }
      for value in row.values {
        guard let number = value as? Number else { throw problem(value) }
        numbers.append(number.value)
      }
    }
    return Grid(FormulaShape(rows.count, width), numbers)
  }

  private static func problem(_ value: (any Value)?) -> Problem {
    Problem(
      "a matrix holds numbers, and this list holds \(value.map { withArticle($0.typeName) } ?? "none")",
      about: command.word(\.$of), advice: "write \(command.name) [[1, 2], [3, 4]]", kind: .wrongType)
  }
}

struct Identity {
  @Required var count: Int

  static let command: Command<Identity> = Command(
    name: "identity", summary: "The identity matrix: 1 on the diagonal and 0 elsewhere.",
    details: "`1 - (identity n)` is the mask of all pairs of different rows.",
    gives: "matrix", group: "Matrices", defaults: Identity(),
    arguments: [Argument("count", \.$count, "Number of rows, and of columns", in: 1...100_000)],
    examples: ["identity 3", "1 - (identity 4)"], showsValue: true, wordMayBeName: true, calculates: true
  ) { options, _ in
    let n = options.count
    if n == 1 { return Number(1) }
    try Calculation.askForRoom(command.name, FormulaShape(n, n))
    var values = [Double](repeating: 0, count: n * n)
    for i in 0..<n { values[i * (n + 1)] = 1 }
    return MatrixValue(rows: n, columns: n, values: values, label: "", isCalculated: true)
  }
}

struct WhereOptions {
  @Required var mask: MatrixOperand
  @Required var then: MatrixOperand
  @Required var otherwise: MatrixOperand

  static let command = Command(
    name: "where", summary: "Numbers of one matrix where a mask holds, and of another elsewhere.",
    details: """
      A comparison gives a mask, `m > 0`: 1 where it holds and 0 elsewhere. `where (m > 0) m 0` leaves what is above 0, which is how hinges \
      and margins are written. In a loss, gradients go to the side that was taken.
      """,
    gives: "matrix", group: "Matrices", defaults: WhereOptions(),
    arguments: [
      Argument("mask", \.$mask, "Where it is not 0, numbers come from the next"),
      Argument("then", \.$then, "Matrix or number"), Argument("otherwise", \.$otherwise, "Matrix or number"),
    ],
    examples: ["m = matrix [[1, -2], [-3, 4]]\nwhere (m > 0) m 0"], showsValue: true, wordMayBeName: true,
    calculates: true
  ) { options, context in
    try Calculation.value(
      of: Where(), [options.mask.operand, options.then.operand, options.otherwise.operand],
      like: [options.mask.value, options.then.value, options.otherwise.value], at: context.range)
  }
}

struct JoinMatrices {
  enum Direction: String, CaseIterable, OptionValue { case rows, columns }

  var matrices: [MatrixOperand] = []
  var direction = Direction.rows

  static let command: Command<JoinMatrices> = Command(
    name: "join", summary: "Matrices joined to one: below one another, or side by side.",
    gives: "matrix", group: "Matrices", defaults: JoinMatrices(),
    arguments: [.rest("matrices", \.matrices, "The matrices", isRequired: true)],
    options: [Option("as", \.direction, "Whether they join as more rows or as more columns")],
    examples: [
      "m = matrix [[1, 2], [3, 4]]\njoin m (2 * m)", "m = matrix [[1, 2], [3, 4]]\njoin m m as=columns",
    ],
    showsValue: true, wordMayBeName: true, calculates: true
  ) { options, context in
    try Calculation.value(
      of: Joined(areBeside: options.direction == .columns), options.matrices.map(\.operand), at: context.range
    )
  }
}

struct ChooseColumns {
  @Required var of: MatrixOperand
  @Required var positions: [Int]

  static let command: Command<ChooseColumns> = Command(
    name: "columns", summary: "Some columns of a matrix, by a range or a list of positions.",
    details: "Rows are taken by an index: `m[0..<5]`. Positions begin at 0, and -1 is the last.",
    gives: "matrix", group: "Matrices", defaults: ChooseColumns(),
    arguments: [
      Argument("of", \.$of, "A matrix or an embedding"),
      Argument("positions", \.$positions, "The positions: 0..<3, or [0, 2]"),
    ],
    examples: ["m = matrix [[1, 2, 3], [4, 5, 6]]\ncolumns m 0..<2"], showsValue: true, wordMayBeName: true,
    calculates: true
  ) { options, context in
    let positions = try IndexValue.positions(options.positions).positions(
      in: options.of.operand.shape.columns, of: "column")
    return try Calculation.value(of: ChosenColumns(positions), [options.of.operand], at: context.range)
  }
}

/// Commands of one matrix.
private struct OfMatrix {
  @Required var of: MatrixOperand

  static func command(
    _ name: String, _ summary: String, details: String = "", examples: [Example],
    _ operation: @escaping @Sendable () -> any FormulaOperation
  ) -> any AnyCommand {
    Command(
      name: name, summary: summary, details: details, gives: "matrix", group: "Matrices",
      defaults: OfMatrix(),
      arguments: [Argument("of", \.$of, "A matrix or an embedding")], examples: examples, showsValue: true,
      wordMayBeName: true, calculates: true
    ) { options, context in
      try Calculation.value(
        of: operation(), [options.of.operand], like: [options.of.value], at: context.range)
    }
  }
}

/// Commands that go along the rows or columns of a matrix.
private struct Along {
  @Required var of: MatrixOperand
  var each = FormulaLines.row

  static func command(
    _ name: String, _ summary: String, details: String, examples: [Example],
    _ operation: @escaping @Sendable (FormulaLines) -> any FormulaOperation
  ) -> any AnyCommand {
    Command(
      name: name, summary: summary, details: details, gives: "matrix", group: "Matrices", defaults: Along(),
      arguments: [Argument("of", \.$of, "A matrix or an embedding")],
      options: [Option("each", \.each, "What is taken by itself: all numbers, each row or each column")],
      examples: examples, showsValue: true, wordMayBeName: true, calculates: true
    ) { options, context in
      try Calculation.value(
        of: operation(options.each), [options.of.operand], like: [options.of.value], at: context.range)
    }
  }
}

/// Commands that make one number of many.
private struct Reducing {
  static let argument = "of"
  @Required var of: AnyValue
  var each = FormulaLines.all

  static func command(
    _ name: String, aliases: [String] = [], _ summary: String, details: String = "", examples: [Example],
    _ operation: @escaping @Sendable (FormulaLines) -> any FormulaOperation
  ) -> any AnyCommand {
    Command(
      name: name, aliases: aliases, summary: summary, details: details, gives: "number or matrix",
      group: "Matrices", defaults: Reducing(),
      arguments: [Argument(argument, \.$of, "A matrix, an embedding or a list of numbers")],
      options: [
        Option(
          "each", \.each, "One number for all, one for each row (a column), or one for each column (a row)")
      ],
      examples: examples, showsValue: true, wordMayBeName: true, calculates: true
    ) { options, context in
      let value = options.of.value
      if let list = value as? List, options.each == .all {
        if let known = list.member(name) { return known }
        if let problem = list.problem(ofMember: name) { throw problem }
      }
      let grid = (value as? List).flatMap { list -> FormulaOperand? in
        let numbers = list.values.compactMap { ($0 as? Number)?.value }
        guard numbers.count == list.values.count else { return nil }
        return .constant(Grid(FormulaShape(1, numbers.count), numbers))
      }
      guard let operand = grid ?? FormulaOperand(value) else {
        throw Problem(
          "`\(name)` takes a matrix or a list of numbers, and this is \(withArticle(value.typeName))",
          about: Reducing.argument, advice: "Write `\(name) [1, 2, 3]`.", kind: .wrongType)
      }
      return try Calculation.value(of: operation(options.each), [operand], at: context.range)
    }
  }
}

enum Matrices {
  private static let m = "m = matrix [[1, 2, 3], [4, 5, 6]]\n"

  static let transpose = OfMatrix.command(
    "transpose", "A matrix with rows and columns exchanged.",
    details: "`u @ (transpose u)` holds the products of all rows with one another.",
    examples: [Example(code: m + "m @ (transpose m)")]
  ) { Transposition() }

  static let diagonal = OfMatrix.command(
    "diagonal", "The numbers on the diagonal of a matrix, as a column.",
    examples: ["diagonal (matrix [[1, 2], [3, 4]])"]
  ) { Diagonal() }

  static let partners = OfMatrix.command(
    "partners", "The rows of the other views: row i + N in place of row i, and the other way round.",
    details: """
      A loss sees the outputs of 2N views, first those of all first views and then those of all second ones, so that rows i and i + N are \
      partners. `sum (u * (partners u)) each=row` is the similarity of each view to its partner.
      """,
    examples: ["partners (matrix [[1, 1], [2, 2], [3, 3], [4, 4]])"]
  ) { Partners() }

  static let normalise = Along.command(
    "normalise", "Each row of a matrix divided by its length, so that it has length 1.",
    details: "Products of such rows are cosine similarities. Rows of zeros stay so.",
    examples: [Example(code: m + "u = normalise m\nu @ (transpose u)")]
  ) { UnitLines(each: $0) }

  static let softmax = Along.command(
    "softmax", "Shares of each row: e^x divided by the sum of e^x over the row.",
    details: "They are above 0, and sum to 1.", examples: [Example(code: m + "softmax m")]
  ) { Softmax(each: $0) }

  static let sum = Reducing.command(
    "sum", "The sum of all numbers of a matrix or a list, or of each row or column.",
    examples: ["sum [1, 2, 3]", Example(code: m + "sum m each=row")]
  ) { Sum(each: $0) }

  static let mean = Reducing.command(
    "mean", "The mean of all numbers of a matrix or a list, or of each row or column.",
    examples: ["mean [1, 2, 3]", Example(code: m + "m - (mean m each=column)")]
  ) { Mean(each: $0) }

  static let max = Reducing.command(
    "max", "The largest of all numbers of a matrix or a list, or of each row or column.",
    examples: ["max [1, 3, 2]", Example(code: m + "max m each=row")]
  ) { Extreme(isLargest: true, each: $0) }

  static let min = Reducing.command(
    "min", aliases: ["least"], "The smallest of all numbers of a matrix or a list, or of each row or column.",
    examples: ["min [1, 3, 2]", Example(code: m + "min m each=column")]
  ) { Extreme(isLargest: false, each: $0) }

  static let logSumExp = Reducing.command(
    "logsumexp", "The logarithm of the sum of e^x, over all numbers, each row or each column.",
    details:
      "The largest is taken out first, so that no power becomes too large: `logsumexp [1000, 1000]` has a value.",
    examples: ["logsumexp [1000, 1000]", Example(code: m + "logsumexp m each=row")]
  ) { LogSumExp(each: $0) }
}
