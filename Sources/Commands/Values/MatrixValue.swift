import Figures
import FrontEnd
import Language

/// A table of numbers only, with names for its rows and columns: similarities, confusions.
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

  init(
    rows: Int, columns: Int, values: [Double], rowNames: [String] = [], columnNames: [String] = [],
    label: String, isSymmetric: Bool = false
  ) {
    precondition(values.count == rows * columns, "\(values.count) values in a matrix of \(rows)×\(columns)")
    self.rows = rows
    self.columns = columns
    self.values = values
    self.rowNames = rowNames
    self.columnNames = columnNames
    self.label = label
    self.isSymmetric = isSymmetric
  }

  /// The values off the diagonal, of each pair once, where rows and columns are the same things; else all.
  var offDiagonal: [Double] {
    guard isSymmetric else { return values }
    return (0..<rows).flatMap { row in (0..<row).map { values[row * columns + $0] } }
  }

  var summary: String { "matrix: \(rows)×\(columns), \(label)" }

  var memberNames: [String] { ["rows", "columns", "values"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "rows": Number(Double(rows))
    case "columns": Number(Double(columns))
    case "values": List(values.map { Number($0) })
    default: nil
    }
  }

  /// Row `i`, as a list.
  func element(at index: IndexValue) throws -> any Value {
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

  func rich(_ session: Session) throws -> Rich {
    guard rows * columns > 0, rows <= 2_000, columns <= 2_000 else { return Rich(text: summary) }
    var rich = try Rich(figure(), stop: session.stop)
    rich.text = summary + "\n" + rich.text
    return rich
  }
}
