import FrontEnd
import Language
import Synchronization

/// A value that can stand wherever a table can.
protocol TableLike: Value {
  /// The table as it is now.
  var frozen: TableValue { get }
}

/// Rows and named columns of numbers and text. `add` changes it in place.
final class TableValue: Displayable, TableLike {
  static let typeName = "table"

  enum Cell: Hashable, Sendable {
    case number(Double)
    case text(String)
    case missing

    var number: Double? { if case .number(let value) = self { value } else { nil } }

    var shown: String {
      switch self {
      case .number(let value): Format.number(value)
      case .text(let text): text
      case .missing: "–"
      }
    }
  }

  private struct Content {
    var columns: [String]
    var rows: [[Cell]]
  }
  /// Guarded, because completion may look at a table while a cell adds to it.
  private let content: Mutex<Content>

  var columns: [String] { content.withLock { $0.columns } }
  var rows: [[Cell]] { content.withLock { $0.rows } }

  init(columns: [String] = [], rows: [[Cell]] = []) {
    content = Mutex(Content(columns: columns, rows: rows))
  }

  /// Adds a row; columns that are new are filled up with missing cells above.
  func add(_ values: [(name: String, cell: Cell)]) {
    content.withLock { content in
      for (name, _) in values where !content.columns.contains(name) {
        content.columns.append(name)
        for row in content.rows.indices { content.rows[row].append(.missing) }
      }
      content.rows.append(
        content.columns.map { column in values.last { $0.name == column }?.cell ?? .missing })
    }
  }

  /// The cells of a column, or nil where there is none of that name.
  func column(_ name: String) -> [Cell]? {
    content.withLock { content in
      content.columns.firstIndex(of: name).map { place in content.rows.map { $0[place] } }
    }
  }

  var summary: String {
    "table: \(Format.counted(rows.count, "row")), "
      + (columns.isEmpty ? "no columns yet" : "columns \(columns.joined(separator: ", "))")
  }

  var memberNames: [String] { columns + ["count"] }

  func member(_ name: String) -> (any Value)? {
    if let cells = column(name) { return List(cells.map(TableValue.value)) }
    return name == "count" ? Number(Double(rows.count)) : nil
  }

  /// A column by its name, which need not be a word of the language: `t["top-1"]`.
  func element(at index: IndexValue) throws -> any Value {
    let columns = self.columns
    if let places = try index.places(among: columns, of: "column") {
      if case .key(let name) = index { return List((column(name) ?? []).map(TableValue.value)) }
      let rows = self.rows
      return TableValue(columns: places.map { columns[$0] }, rows: rows.map { row in places.map { row[$0] } })
    }
    let rows = self.rows
    return TableValue(columns: columns, rows: try index.positions(in: rows.count, of: "row").map { rows[$0] })
  }

  var keys: [String] { columns }

  static func value(_ cell: Cell) -> any Value {
    switch cell {
    case .number(let value): Number(value)
    case .text(let text): Text(text)
    case .missing: Missing()
    }
  }

  /// The table as it is now: another cell may go on adding to this one while it is read.
  var frozen: TableValue {
    let now = content.withLock { $0 }
    return TableValue(columns: now.columns, rows: now.rows)
  }

  /// Columns that hold no text are set right.
  var numeric: Set<Int> {
    let (columns, rows) = content.withLock { ($0.columns, $0.rows) }
    return Set(
      columns.indices.filter { place in rows.allSatisfy { if case .text = $0[place] { false } else { true } }
      })
  }

  func rich(_ session: Session) throws -> Rich { frozen.rich }

  /// The beginning of a text that nobody reads in a table; a page of many millions of letters stops a front end.
  private static func cut(_ text: String) -> String {
    let most = 2_000
    guard text.utf8.count > most else { return text }
    let beginning = text.prefix(most)
    return beginning.endIndex == text.endIndex ? text : beginning + "…"
  }

  private var rich: Rich {
    let (columns, rows) = (columns, rows)
    guard !rows.isEmpty else { return Rich(text: summary) }
    // Of a long table its beginning and its end.
    let most = 60
    func line(_ row: [Cell]) -> [String] { row.map { TableValue.cut($0.shown) } }
    let isLong = rows.count > most
    var shown = rows.prefix(isLong ? most / 2 : most).map(line)
    if isLong {
      shown.append(columns.indices.map { $0 == 0 ? "… \(Format.counted(rows.count - most, "row"))" : "…" })
      shown += rows.suffix(most / 2).map(line)
    }
    var rich = Rich(
      text: TextTable.table(columns: columns, rows: shown, numeric: numeric),
      html: HTML.table(columns: columns, rows: shown, numeric: numeric))
    rich.latex = LaTeX.table(columns: columns, rows: shown, numeric: numeric)
    return rich
  }
}
