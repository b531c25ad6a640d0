import Base
import Language

struct MakeTable {
  var columns = NamedValues()

  static let command = Command(
    name: "table", summary: "A new table: empty, to add results to, or with lists as its columns.",
    gives: "table", group: "Tables", defaults: MakeTable(),
    options: [Option.others("column", \.columns, "The list of values for the column of that name")],
    examples: ["t = table\nadd t batch=64 accuracy=0.41\nt", "table epoch=[1, 2, 3] loss=[4.8, 3.9, 3.6]"]
  ) { options, _ in
    let columns = try options.columns.pairs.map { name, value in
      let values = (value as? List)?.values ?? value.elements ?? [value]
      return (name: name, cells: try values.map { try TableValue.cell(of: $0, named: name) })
    }
    let rows = columns.first?.cells.count ?? 0
    if let other = columns.first(where: { $0.cells.count != rows }) {
      throw Problem(
        "`\(columns[0].name)` has \(Format.counted(rows, "cell")) and `\(other.name)` has \(other.cells.count)",
        about: other.name, advice: "give lists of one length")
    }
    return TableValue(
      columns: columns.map(\.name), rows: (0..<rows).map { row in columns.map { $0.cells[row] } })
  }
}

struct AddRow {
  @Required var table: GrowingTable
  var cells = NamedValues()

  static let command: Command<AddRow> = Command(
    name: "add", summary: "Add a row to a table, a value for each column.",
    details: "New columns are added. Scores count as their accuracy.", group: "Tables",
    defaults: AddRow(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [Option.others("column", \.cells, "The value for the column of that name")],
    examples: [Example(code: "add t batch=64 accuracy=0.41", setup: "t = table")]
  ) { options, _ in
    guard !options.cells.pairs.isEmpty else {
      throw Problem(
        "a row needs at least one value",
        advice: "write them as name=value: \(command.name) t batch=64 accuracy=0.41")
    }
    options.table.table.add(
      try options.cells.pairs.map { ($0.name, try TableValue.cell(of: $0.value, named: $0.name)) })
    return nil
  }
}

extension TableValue {
  /// Cell of a table for a value.
  static func cell(of value: any Value, named name: String) throws -> Cell {
    switch value {
    case let number as Number: .number(number.value)
    case let text as Text: .text(text.text)
    case let word as Word: .text(word.text)
    case let truth as Truth: .text(truth.summary)
    case is Missing: .missing
    case let scores as ScoresValue: .number(scores.accuracy)
    default:
      throw Problem(
        "a cell holds a number or text, and `\(name)` is \(withArticle(value.typeName))", about: name,
        advice: "use one of its members, as in h.count")
    }
  }

  /// A column, or an error that names those there are.
  func cells(_ column: ColumnName, about option: String) throws -> [Cell] {
    guard let cells = self.column(column.name) else {
      throw Problem.noColumn(column.name, in: self, about: option)
    }
    return cells
  }

  /// A column as numbers; missing cells are NaN.
  func numbers(_ column: ColumnName, about option: String) throws -> [Double] {
    let cells = try cells(column, about: option)
    return try cells.map { cell in
      switch cell {
      case .number(let value): return value
      case .missing: return .nan
      case .text(let text): throw Problem.text(in: cells, of: column, found: text, about: option)
      }
    }
  }
}

extension Problem {
  /// Names the cell at fault: in a column of text, one that does not read as a number, if there is one.
  fileprivate static func text(
    in cells: [TableValue.Cell], of column: ColumnName, found: String, about option: String
  ) -> Problem {
    let fault = cells.firstIndex {
      if case .text(let text) = $0 { CSVColumn.number(text) == nil } else { false }
    }
    let place = fault.map { ": its cell in row [\($0)] is \(Text(cells[$0].shown).summary)" }
    return Problem(
      "the column \(column.name) holds text, and numbers are needed\(place ?? ", as \(Text(found).summary)")",
      about: option,
      advice: fault == nil ? nil : "correct it; a cell of nothing, or NA, counts as missing")
  }

  /// `isArgument`: the column is the name of an argument, as in `pick t batch=32`.
  static func noColumn(
    _ name: String, in table: TableValue, about option: String, isArgument: Bool = false
  ) -> Problem {
    let known =
      table.columns.isEmpty ? "the table is empty" : "it has \(table.columns.joined(separator: ", "))"
    let example = isArgument ? "\(table.columns.first ?? "")=…" : "\(option)=\(table.columns.first ?? "")"
    var problem = Problem(
      name.isEmpty
        ? "`\(option)` needs a column of the table: \(known)" : "the table has no column \(name): \(known)",
      about: option,
      advice: table.columns.isEmpty
        ? "first: \(AddRow.command.name) t name=value"
        : nearestWord(to: name, among: table.columns).map { "Did you mean `\($0)`?" } ?? "try \(example)")
    problem.isAboutItsName = isArgument
    return problem
  }
}
