import Base
import Language

struct PickRow {
  @Required var table: TableValue
  var cells = NamedValues()

  static let command = Command(
    name: "pick", summary: "The one row of a table that meets the conditions; its cells are members.",
    details: """
      A table of settings keeps what differs between runs in one place; s = pick settings scale="quick" takes the row of \
      one of them, and s.epochs is its cell. All conditions must hold, and in one row only; `filter` gives several.
      """,
    gives: "row", group: "Tables", defaults: PickRow(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [
      Option.others(
        "column", \.cells, "The value that the column of that name must have, or a list of allowed values")
    ],
    examples: [
      Example(
        code: "s = pick settings scale=\"quick\"\ns.epochs",
        setup: "settings = table scale=[\"quick\", \"paper\"] epochs=[2, 20] batch=[32, 10]")
    ]
  ) { options, _ in
    let table = options.table
    let conditions = try options.cells.pairs.map { try TableCondition($0, in: table) }
    let rows = table.rows
    let found = rows.indices.filter { row in conditions.allSatisfy { $0.holds(in: row) } }
    guard let row = found.first else { throw noRow(conditions, in: table) }
    guard found.count == 1 else { throw severalRows(found, conditions, in: table) }
    return RowValue(columns: table.columns, cells: rows[row])
  }

  private static func noRow(_ conditions: [TableCondition], in table: TableValue) -> Problem {
    let rows = table.rows
    guard !rows.isEmpty else { return Problem("the table has no rows yet", about: command.word(\.$table)) }
    // The condition that no row fulfils is the one at fault; else it is their meeting.
    guard let alone = conditions.first(where: { condition in !rows.indices.contains(where: condition.holds) })
    else {
      return Problem(
        "no row has \(asked(conditions)) at once",
        advice: "leave one of them out; \(FilterTable.command.name) shows the rows that remain")
    }
    // Text in quotes: 3 and "3" are two.
    let held = TableGroups([alone.cells], count: rows.count).keys.map { TableValue.value($0[0]).summary }
    return Problem(
      "no row has \(asked([alone]))", about: alone.column,
      advice: "the column \(alone.column) holds \(some(held))")
  }

  private static func severalRows(_ found: [Int], _ conditions: [TableCondition], in table: TableValue)
    -> Problem
  {
    // What these rows differ in.
    let others = table.columns.filter { column in
      let cells = table.column(column) ?? []
      return found.contains { cells[$0] != cells[found[0]] }
    }
    return Problem(
      "\(Format.counted(found.count, "row")) "
        + (conditions.isEmpty ? "are there, and one is to be picked" : "have \(asked(conditions))"),
      about: conditions.last?.column,
      advice: others.isEmpty
        ? "they are the same in every column" : "also ask for \(some(others, last: "or"))")
  }

  /// "scale=quick and batch=32".
  private static func asked(_ conditions: [TableCondition]) -> String {
    conditions.map { "\($0.column)=\(some($0.values.map(\.shown), last: "or"))" }.joined(separator: " and ")
  }

  /// The first of them, in words.
  private static func some(_ words: [String], last: String = "and") -> String {
    words.count > 8 ? firstFew(words, most: 8) : listed(words, last: last)
  }
}

/// A condition `column=value` on the rows of a table.
struct TableCondition {
  let column: String
  let cells: [TableValue.Cell]
  /// One of them must stand in the row.
  let values: [TableValue.Cell]
  /// The values as a set, for lookup: there may be as many as rows.
  private let wanted: Set<TableValue.Cell>

  init(_ asked: (name: String, value: any Value), in table: TableValue) throws {
    column = asked.name
    guard let cells = table.column(asked.name) else {
      throw Problem.noColumn(asked.name, in: table, about: asked.name, isArgument: true)
    }
    self.cells = cells
    values = try ((asked.value as? List)?.values ?? asked.value.elements ?? [asked.value]).map {
      try TableValue.cell(of: $0, named: asked.name)
    }
    // A cell that holds nothing is asked for by "".
    wanted = Set(values).union(values.contains(.text("")) ? [.missing] : [])
  }

  func holds(in row: Int) -> Bool { wanted.contains(cells[row]) }
}
