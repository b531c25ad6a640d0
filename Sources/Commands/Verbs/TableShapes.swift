import Language

struct SortTable {
  @Required var table: TableValue
  @Required var by: [ColumnName]
  var descending = false

  static let command: Command<SortTable> = Command(
    name: "sort", summary: "The rows of a table in the order of one or more columns: a new table.",
    details: "Numbers come before text, and missing cells last. Equal rows keep their order.",
    gives: "table", group: "Tables", defaults: SortTable(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [
      Option("by", \.$by, "The column to sort by, or a list of columns in order of priority"),
      Option("descending", \.descending, "Sort from the largest to the smallest"),
    ],
    examples: [
      Example(
        code: "sort t by=accuracy descending=true",
        setup: "t = table batch=[16, 32, 64] accuracy=[0.31, 0.44, 0.4]")
    ],
    showsValue: true
  ) { options, context in
    let keys = try options.by.map { try options.table.cells($0, about: command.word(\.$by)) }
    let rows = options.table.rows
    var comparisons = 0
    let order = try rows.indices.sorted { a, b in
      comparisons += 1
      try context.checkInterrupt(at: comparisons)
      for key in keys where key[a] != key[b] {
        // Missing cells stay at the end whichever way the others go.
        if key[a] == .missing || key[b] == .missing { return key[b] == .missing }
        return key[a].precedes(key[b]) != options.descending
      }
      return a < b
    }
    return TableValue(columns: options.table.columns, rows: order.map { rows[$0] })
  }
}

struct FilterTable {
  @Required var table: TableValue
  var by: ColumnName?
  var above: Double?
  var below: Double?
  var cells = NamedValues()

  static let command: Command<FilterTable> = Command(
    name: "filter", summary: "The rows of a table that meet the conditions: a new table.",
    details: """
      A condition is a column with one value or a list of allowed values; by, above and below limit a column of numbers. All \
      conditions must hold.
      """,
    gives: "table", group: "Tables", defaults: FilterTable(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [
      Option("by", \.by, "The column that `above` and `below` apply to"),
      Option("above", \.above, "Keep rows whose value is larger than this"),
      Option("below", \.below, "Keep rows whose value is smaller than this"),
      Option.others(
        "column", \.cells, "The value that the column of that name must have, or a list of allowed values"),
    ],
    examples: [
      Example(
        code: "filter t batch=[32, 64]", setup: "t = table batch=[16, 32, 64] accuracy=[0.31, 0.44, 0.4]"),
      Example(
        code: "filter t by=accuracy above=0.35",
        setup: "t = table batch=[16, 32, 64] accuracy=[0.31, 0.44, 0.4]"),
    ],
    showsValue: true
  ) { options, context in
    let table = options.table
    let wanted = try options.cells.pairs.map { try TableCondition($0, in: table) }
    let (above, below) = (command.word(\.above), command.word(\.below))
    var numbers: [Double]?
    if options.above != nil || options.below != nil {
      guard let by = options.by else {
        throw Problem(
          "`\(above)` and `\(below)` need a column", about: options.above == nil ? below : above,
          advice: "add \(command.word(\.by))=column")
      }
      numbers = try table.numbers(by, about: command.word(\.by))
    } else if let by = options.by {
      throw Problem(
        "there is no condition on the column \(by.name)", about: command.word(\.by),
        advice: "add \(above)= or \(below)=, or write \(by.name)=value")
    }
    let rows = try table.rows.enumerated().filter { row, _ in
      try context.checkInterrupt(at: row)
      guard wanted.allSatisfy({ $0.holds(in: row) }) else { return false }
      guard let number = numbers?[row] else { return true }
      return number > options.above ?? -.infinity && number < options.below ?? .infinity
    }
    return TableValue(columns: table.columns, rows: rows.map(\.element))
  }
}

struct GroupTable {
  @Required var table: TableValue
  @Required var by: [ColumnName]

  static let command: Command<GroupTable> = Command(
    name: "group",
    summary: "One row for all rows that share a name: their number, means and standard deviations.",
    details: """
      For each column of numbers the mean stands under its own name and the sample standard deviation under “name spread”. Other \
      columns of text are left out.
      """,
    gives: "table", group: "Tables", defaults: GroupTable(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [Option("by", \.$by, "The column, or a list of them")],
    examples: [
      Example(
        code: "group t by=batch",
        setup: "t = table batch=[16, 16, 32, 32] seed=[1, 2, 1, 2] accuracy=[0.31, 0.33, 0.44, 0.4]")
    ],
    showsValue: true
  ) { options, context in
    let table = options.table
    let groups = TableGroups(
      try options.by.map { try table.cells($0, about: command.word(\.$by)) }, count: table.rows.count)
    let names = options.by.map(\.name)
    let numeric = table.columns.filter { column in
      !names.contains(column)
        && table.column(column)!.allSatisfy { if case .text = $0 { false } else { true } }
    }
    let values = try numeric.map { try table.numbers(ColumnName($0), about: command.word(\.$by)) }
    let rows = try zip(groups.keys, groups.rows).map { key, rows -> [TableValue.Cell] in
      try context.host.checkInterrupt()
      let cells = values.flatMap { column -> [TableValue.Cell] in
        let spread = Spread(rows.map { column[$0] })
        return [
          spread.count > 0 ? .number(spread.mean) : .missing,
          spread.deviation.map { .number($0) } ?? .missing,
        ]
      }
      return key + [.number(Double(rows.count))] + cells
    }
    return TableValue(columns: names + ["rows"] + numeric.flatMap { [$0, "\($0) spread"] }, rows: rows)
  }
}

struct PivotTable {
  @Required var table: TableValue
  @Required var rows: ColumnName
  @Required var columns: ColumnName
  @Required var value: ColumnName

  static let command: Command<PivotTable> = Command(
    name: "pivot",
    summary: "A table with a row for each value of one column and a column for each of another.",
    details: "A cell is the mean of all rows that belong to it, and missing if there are none.",
    gives: "table", group: "Tables", defaults: PivotTable(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [
      Option("rows", \.$rows, "The column whose values name the rows"),
      Option("columns", \.$columns, "The column whose values name the columns"),
      Option("value", \.$value, "The column of numbers for the cells"),
    ],
    examples: [
      Example(
        code: "pivot t rows=batch columns=rule value=accuracy",
        setup:
          "t = table batch=[16, 16, 32, 32] rule=[\"adam\", \"lars\", \"adam\", \"lars\"] accuracy=[0.3, 0.2, 0.4, 0.3]"
      )
    ],
    showsValue: true
  ) { options, context in
    let table = options.table
    let numbers = try table.numbers(options.value, about: command.word(\.$value))
    let across = try table.cells(options.columns, about: command.word(\.$columns))
    let names = TableGroups([across], count: numbers.count).keys.map { $0[0] }
    guard names.count <= 200 else {
      throw Problem(
        "`\(options.columns.name)` has \(Format.count(names.count)) different values, too many for columns",
        about: command.word(\.$columns), advice: "exchange rows and columns")
    }
    let groups = TableGroups(
      [try table.cells(options.rows, about: command.word(\.$rows))], count: numbers.count)
    let rows = try zip(groups.keys, groups.rows).map { key, rows -> [TableValue.Cell] in
      try context.host.checkInterrupt()
      let meeting = Dictionary(grouping: rows) { across[$0] }
      return key
        + names.map { name in
          let spread = Spread((meeting[name] ?? []).map { numbers[$0] })
          return spread.count > 0 ? .number(spread.mean) : .missing
        }
    }
    return TableValue(columns: [options.rows.name] + names.map(\.shown), rows: rows)
  }
}

extension TableValue.Cell {
  /// Order of cells: numbers before text.
  fileprivate func precedes(_ other: TableValue.Cell) -> Bool {
    switch (self, other) {
    case (.number(let a), .number(let b)): a < b || (!a.isNaN && b.isNaN)
    case (.text(let a), .text(let b)): a < b
    case (.number, _): true
    default: false
    }
  }
}

extension Language.Context {
  /// Looks at the interrupt now and then in a loop that counts its turns.
  fileprivate func checkInterrupt(at turn: Int) throws {
    if turn % 4096 == 0 { try host.checkInterrupt() }
  }
}
