import FrontEnd
import Language

/// One row of a table: its cells by the names of their columns, `s.epochs`, `s["top-1"]`.
struct RowValue: Displayable {
  static let typeName = "row"
  let columns: [String]
  /// One for each column.
  let cells: [TableValue.Cell]

  private var facts: [(String, String)] { zip(columns, cells).map { ($0, $1.shown) } }

  var summary: String { "row: " + facts.map { "\($0.0) \($0.1)" }.joined(separator: ", ") }

  var memberNames: [String] { columns }

  func member(_ name: String) -> (any Value)? {
    columns.firstIndex(of: name).map { TableValue.value(cells[$0]) }
  }

  /// A cell by the name of its column, which need not be a word of the language.
  func element(at index: IndexValue) throws -> any Value {
    guard case .key(let name) = index, let place = try index.places(among: columns, of: "column")?.first
    else {
      throw Problem(
        "the cells of a row have names, and this is \(index.texts == nil ? "a position" : "a list of them")",
        advice: columns.first.map { "Write [\"\($0)\"]." }, kind: .wrongType)
    }
    return member(name) ?? TableValue.value(cells[place])
  }

  var keys: [String] { columns }

  func rich(_ session: Session) throws -> Rich {
    Rich(text: TextTable.card(title: "row", facts), html: HTML.card(title: "row", facts))
  }
}
