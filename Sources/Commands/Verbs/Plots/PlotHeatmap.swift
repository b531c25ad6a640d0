import Figures
import Language

struct PlotHeatmap {
  @Required var of: GridValue
  var values: Bool?
  var title: Label?

  static let command: Command<PlotHeatmap> = Command(
    name: "plot heatmap", summary: "A matrix as coloured cells, with its values where they fit.",
    details: "A table is drawn by its columns of numbers; if its first column is text, it names the rows.",
    gives: "figure", group: "Plots", defaults: PlotHeatmap(),
    arguments: [Argument("of", \.$of, "A matrix, a table or an embedding")],
    options: [
      Option("values", \.values, "Write the value in each cell; default: where it fits"),
      .title(\.title),
    ],
    examples: [
      Example(
        code: "plot heatmap (similarity few[0..<8])",
        setup: "few = (load shapes train=60 test=10 size=16).train"),
      Example(
        code: "plot heatmap (pivot t rows=batch columns=rule value=accuracy)",
        setup:
          "t = table batch=[16, 16, 32, 32] rule=[\"adam\", \"lars\", \"adam\", \"lars\"] accuracy=[0.3, 0.2, 0.4, 0.3]"
      ),
    ],
    showsValue: true
  ) { options, context in
    let matrix = options.of.matrix
    guard !matrix.values.isEmpty else {
      throw Problem("there are no values to draw", about: command.word(\.$of))
    }
    return FigureValue(matrix.figure(title: options.title, labelsValues: options.values))
  }
}

/// A value that is a grid of numbers.
struct GridValue: OptionValue {
  static let typeName = "matrix, table or embedding"
  var written: String { "" }
  let matrix: MatrixValue

  static func read(_ value: any Value) throws -> GridValue {
    switch value {
    case let matrix as MatrixValue: return GridValue(matrix: matrix)
    case let table as any TableLike: return GridValue(matrix: matrix(of: table.frozen))
    case let embedding as EmbeddingValue:
      return GridValue(
        matrix: MatrixValue(
          rows: embedding.rows.shape[0], columns: embedding.rows.shape[1],
          values: embedding.rows.elements.map(Double.init), label: embedding.origin))
    default: throw Mismatch(expected: typeName, found: value)
    }
  }

  /// Each row its name, in the order of the rows.
  private static func names(_ cells: [TableValue.Cell]) -> [String] {
    let groups = NamedGroups(cells)
    let name = Dictionary(uniqueKeysWithValues: zip(groups.keys, groups.names))
    return cells.map { name[$0] ?? $0.shown }
  }

  private static func matrix(of table: TableValue) -> MatrixValue {
    let (rows, columns) = (table.rows, table.columns)
    // A first column of names, or of what the rows stand for, as `pivot` gives it.
    let named = columns.count > 1
    let kept = columns.indices.filter { (!named || $0 > 0) && table.numeric.contains($0) }
    return MatrixValue(
      rows: rows.count, columns: kept.count,
      values: rows.flatMap { row in kept.map { row[$0].number ?? .nan } },
      rowNames: named ? names(rows.map { $0[0] }) : [], columnNames: kept.map { columns[$0] }, label: "")
  }
}
