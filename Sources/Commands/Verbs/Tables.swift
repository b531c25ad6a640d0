import Language

enum MakeTable {
  static let command = Command(
    name: "table", summary: "A new, empty table, for results.", gives: "table", group: "Tables",
    examples: ["t = table\nadd t batch=64 accuracy=0.41\nt"]
  ) { _ in TableValue() }
}

struct AddRow {
  @Required var table: TableValue
  var cells = NamedValues()

  static let command = Command(
    name: "add", summary: "Add a row to a table, a value for each column.",
    details: "Columns that are new are made. Scores count as their accuracy.", group: "Tables",
    defaults: AddRow(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [Option.others("column", \.cells, "A cell, by the name of its column")],
    examples: [Example(code: "add t batch=64 accuracy=0.41", setup: "t = table")]
  ) { options, _ in
    guard !options.cells.pairs.isEmpty else {
      throw Problem(
        "a row needs at least one value", advice: "write them as name=value: add t batch=64 accuracy=0.41")
    }
    options.table.add(try options.cells.pairs.map { ($0.name, try cell(of: $0.value, named: $0.name)) })
    return nil
  }

  private static func cell(of value: any Value, named name: String) throws -> TableValue.Cell {
    switch value {
    case let number as Number: .number(number.value)
    case let text as Text: .text(text.text)
    case let word as Word: .text(word.text)
    case let truth as Truth: .text(truth.summary)
    case let scores as ScoresValue: .number(scores.accuracy)
    default:
      throw Problem(
        "a cell holds a number or text, and \(name) is \(value.typeName)", about: name,
        advice: "use one of its members, as in h.count")
    }
  }
}
