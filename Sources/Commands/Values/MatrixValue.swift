import Figures
import FrontEnd
import Language

/// A table of numbers only, perhaps with names for its rows and columns: similarities, confusions, what was calculated of them.
struct MatrixValue: Displayable {
  static let typeName = "matrix"
  let rows: Int
  let columns: Int
  /// `[rows, columns]`, row after row.
  let values: [Double]
  let rowNames: [String]
  let columnNames: [String]
  /// Name of the values: "cosine similarity".
  let label: String
  /// Row i and column i are the same thing, which is not compared with itself.
  let isSymmetric: Bool
  /// Result of a calculation, which is shown by its numbers; a measured one as a picture.
  let isCalculated: Bool

  init(
    rows: Int, columns: Int, values: [Double], rowNames: [String] = [], columnNames: [String] = [],
    label: String, isSymmetric: Bool = false, isCalculated: Bool = false
  ) {
    precondition(values.count == rows * columns, "\(values.count) values in a matrix of \(rows)×\(columns)")
    self.rows = rows
    self.columns = columns
    self.values = values
    self.rowNames = rowNames
    self.columnNames = columnNames
    self.label = label
    self.isSymmetric = isSymmetric
    self.isCalculated = isCalculated
  }

  /// The values off the diagonal, of each pair once, where rows and columns are the same things; else all.
  var offDiagonal: [Double] {
    guard isSymmetric else { return values }
    return (0..<rows).flatMap { row in (0..<row).map { values[row * columns + $0] } }
  }

  var summary: String { "matrix: \(rows)×\(columns)" + (label.isEmpty ? "" : ", \(label)") }

  var memberNames: [String] { ["rows", "columns", "values"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "rows": Number(Double(rows))
    case "columns": Number(Double(columns))
    case "values": List(values.map { Number($0) })
    default: nil
    }
  }

  /// Row `i`, as a list; several rows, as a matrix.
  func element(at index: IndexValue) throws -> any Value {
    guard case .position = index else {
      let positions = try index.positions(in: rows, of: "row")
      return MatrixValue(
        rows: positions.count, columns: columns,
        values: positions.flatMap { values[$0 * columns..<($0 + 1) * columns] },
        rowNames: rowNames.isEmpty ? [] : positions.map { rowNames[$0] }, columnNames: columnNames,
        label: label,
        isCalculated: isCalculated)
    }
    let row = try index.position(in: rows, of: "row")
    return List(values[row * columns..<(row + 1) * columns].map { Number($0) })
  }

  var table: TableValue {
    let names = columnNames.isEmpty ? (0..<columns).map(String.init) : columnNames
    let first = rowNames.isEmpty ? (0..<rows).map(String.init) : rowNames
    return TableValue(
      // Named, so that a plot can be asked for it; not as a column of the matrix is.
      columns: [["row", "row name"].first { !names.contains($0) } ?? "name of the row"] + names,
      rows: (0..<rows).map { row in
        [.text(first[row])] + values[row * columns..<(row + 1) * columns].map { .number($0) }
      })
  }

  func figure(title: Label? = nil, labelsValues: Bool? = nil) -> Figure {
    var figure = Figure(
      title: title,
      marks: [
        .heatmap(
          Heatmap(
            rows: rows, columns: columns, values: values, rowNames: rowNames, columnNames: columnNames,
            labelsValues: labelsValues, label: label))
      ])
    figure.precision = Figure.single
    return figure
  }

  /// The numbers, of a large matrix those of a corner.
  private var corner: TableValue {
    let (few, most) = (8, 12)
    let shownRows = rows > most ? few : rows
    let shownColumns = columns > most ? few : columns
    let names = { (names: [String], place: Int) in names.isEmpty ? "\(place)" : names[place] }
    let more = TableValue.Cell.text("…")
    var lines = (0..<shownRows).map { row -> [TableValue.Cell] in
      [.text(names(rowNames, row))] + (0..<shownColumns).map { .number(values[row * columns + $0]) }
        + (shownColumns < columns ? [more] : [])
    }
    let headings = (0..<shownColumns).map { names(columnNames, $0) } + (shownColumns < columns ? ["…"] : [])
    if shownRows < rows { lines.append(Array(repeating: more, count: headings.count + 1)) }
    return TableValue(columns: [headings.contains("row") ? "name of the row" : "row"] + headings, rows: lines)
  }

  func rich(_ session: Session) throws -> Rich {
    if isCalculated, rows * columns > 0 {
      var rich = try corner.rich(session)
      rich.text = summary + "\n" + rich.text
      rich.latex = rich.latex.map { LaTeX.escaped(summary) + "\n\n" + $0 }
      rich.html = "<div \(HTML.literal)><strong>\(HTML.escaped(summary))</strong>\(rich.html ?? "")</div>"
      return rich
    }
    guard rows * columns > 0, rows <= 2_000, columns <= 2_000 else { return Rich(text: summary) }
    var rich = try Rich(figure(), stop: session.stop)
    rich.text = summary + "\n" + rich.text
    return rich
  }
}
