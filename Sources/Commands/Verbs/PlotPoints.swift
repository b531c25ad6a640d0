import Figures
import Language
import Tensors

struct PlotScatter {
  @Required var of: RowsOrTable
  var x = ColumnName("")
  var y = ColumnName("")
  var colour = ColumnName("label")
  var title: String?

  static let command = Command(
    name: "plot scatter",
    summary: "Points: the first two columns of an embedding, or two columns of a table.",
    details:
      "An embedding is coloured by class. With more than two columns, reduce it first with pca or tsne.",
    gives: "figure", group: "Plots", defaults: PlotScatter(),
    arguments: [Argument("of", \.$of, "An embedding or a table")],
    options: [
      Option("x", \.x, "Of a table: the column along"),
      Option("y", \.y, "Of a table: the column up"),
      Option("colour", \.colour, "label, none, or a column of the table"),
      Option("title", \.title, "Text above the figure"),
    ],
    examples: [
      Example(
        code: "plot scatter (pca few) colour=label", setup: "few = load shapes train=100 test=10 size=16")
    ],
    showsValue: true
  ) { options, context in
    switch options.of {
    case .embedding(let embedding): FigureValue(try figure(of: embedding, options))
    case .table(let table): FigureValue(try figure(of: table, options))
    }
  }

  private static func figure(of embedding: EmbeddingValue, _ options: PlotScatter) throws -> Figure {
    let width = embedding.rows.shape[1]
    guard width >= 2 else {
      throw Problem("a scatter plot needs two columns, and this embedding has \(width)", about: "of")
    }
    guard width <= 3 else {
      throw Problem(
        "this embedding has \(width) columns, and a scatter plot shows two", about: "of",
        advice: "bring it down first: plot scatter (tsne h) or plot scatter (pca h)")
    }
    let count = embedding.rows.shape[0]
    let images = embedding.images
    let coloured = options.colour.name == "label" && images.labels != nil
    var figure = Figure(
      title: options.title,
      marks: [
        .scatter(
          Scatter(
            x: (0..<count).map { Double(embedding.rows[$0 * width]) },
            y: (0..<count).map { Double(embedding.rows[$0 * width + 1]) },
            colouring: coloured ? .classes(images.labels ?? [], names: images.classes) : .single(nil)))
      ])
    figure.aspect = .equal
    figure.showsAxes = false
    return figure
  }

  private static func figure(of table: TableValue, _ options: PlotScatter) throws -> Figure {
    let x = try table.numbers(options.x, about: "x")
    let y = try table.numbers(options.y, about: "y")
    let points =
      table.column(options.colour.name).map { Scatter(x: x, y: y, categories: $0.map(\.shown)) }
      ?? Scatter(x: x, y: y)
    var figure = Figure(title: options.title, marks: [.scatter(points)])
    figure.xLabel = options.x.name
    figure.yLabel = options.y.name
    return figure
  }
}

/// An embedding or a table.
enum RowsOrTable: OptionValue {
  static let typeName = "embedding or table"
  var written: String { "" }
  case embedding(EmbeddingValue)
  case table(TableValue)

  static func read(_ value: any Value) throws -> RowsOrTable {
    if let embedding = value as? EmbeddingValue { return .embedding(embedding) }
    if let table = value as? TableValue { return .table(table) }
    throw Mismatch(expected: typeName, found: value)
  }
}

struct PlotLine {
  @Required var table: TableValue
  var x = ColumnName("")
  var y: [ColumnName] = []
  var title: String?

  static let command = Command(
    name: "plot line", summary: "Columns of a table as lines over another.", gives: "figure", group: "Plots",
    defaults: PlotLine(), arguments: [Argument("table", \.$table, "The table")],
    options: [
      Option("x", \.x, "The column along"),
      Option("y", \.y, "The column up, or a list of them"),
      Option("title", \.title, "Text above the figure"),
    ],
    examples: [
      Example(
        code: "plot line t x=size y=accuracy",
        setup:
          "t = table\nadd t size=16 accuracy=0.3\nadd t size=32 accuracy=0.4\nadd t size=64 accuracy=0.45")
    ],
    showsValue: true
  ) { options, context in
    let x = try options.table.numbers(options.x, about: "x")
    guard !options.y.isEmpty else { throw Problem.noColumn("", in: options.table, about: "y") }
    let series = try options.y.map { name in
      Line.Series(
        name: options.y.count > 1 ? name.name : nil, x: x, y: try options.table.numbers(name, about: "y"))
    }
    var figure = Figure(title: options.title, marks: [.line(Line(series: series))])
    figure.xLabel = options.x.name
    if options.y.count == 1 { figure.yLabel = options.y[0].name }
    return FigureValue(figure)
  }
}

struct PlotBars {
  @Required var table: TableValue
  var x = ColumnName("")
  var y = ColumnName("")
  var percent: Bool?
  var title: String?

  static let command = Command(
    name: "plot bars",
    summary: "A column of a table as bars; rows of the same name become one bar with its spread.",
    details:
      "Where several rows share a name, the bar is their mean and the line on it one standard deviation either way.",
    gives: "figure", group: "Plots", defaults: PlotBars(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [
      Option("x", \.x, "The column of names"),
      Option("y", \.y, "The column of heights"),
      Option("percent", \.percent, "Show shares as per cent; taken to be so for a column named accuracy"),
      Option("title", \.title, "Text above the figure"),
    ],
    examples: [
      Example(
        code: "plot bars t x=input y=accuracy",
        setup: "t = table\nadd t input=\"pixels\" accuracy=0.36\nadd t input=\"SimCLR\" accuracy=0.49")
    ],
    showsValue: true
  ) { options, context in
    guard let names = options.table.column(options.x.name) else {
      throw Problem.noColumn(options.x.name, in: options.table, about: "x")
    }
    let isShare = options.percent ?? (options.y.name == "accuracy")
    let heights = try options.table.numbers(options.y, about: "y")
    var order: [String] = []
    var groups: [String: [Double]] = [:]
    for (name, height) in zip(names.map(\.shown), heights) {
      if groups[name] == nil { order.append(name) }
      groups[name, default: []].append(height)
    }
    let means = order.map { name in groups[name]!.reduce(0, +) / Double(groups[name]!.count) }
    let spreads = zip(order, means).map { name, mean -> Double? in
      let values = groups[name]!
      guard values.count > 1 else { return nil }
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }
    let format: NumberFormat = isShare ? NumberFormat(decimals: 1, suffix: " %", factor: 100) : .automatic
    let group =
      spreads.contains { $0 != nil }
      ? Bars.Group(values: means, errors: spreads.map { $0 ?? 0 }) : Bars.Group(values: means)
    var figure = Figure(
      title: options.title, marks: [.bars(Bars(categories: order, groups: [group], valueFormat: format))])
    figure.yFormat = isShare ? .percent : .automatic
    figure.xLabel = options.x.name
    figure.yLabel = options.y.name
    return FigureValue(figure)
  }
}

extension TableValue {
  /// A column as numbers.
  func numbers(_ column: ColumnName, about option: String) throws -> [Double] {
    let name = column.name
    guard let cells = self.column(name) else { throw Problem.noColumn(name, in: self, about: option) }
    return try cells.map { cell in
      switch cell {
      case .number(let value): return value
      case .missing: return .nan
      case .text(let text):
        throw Problem("the column \(name) holds text (\(text)), and numbers are needed", about: option)
      }
    }
  }
}

extension Problem {
  static func noColumn(_ name: String, in table: TableValue, about option: String) -> Problem {
    let known =
      table.columns.isEmpty ? "the table is empty" : "it has \(table.columns.joined(separator: ", "))"
    return Problem(
      name.isEmpty ? "which column? \(known)" : "the table has no column \(name): \(known)", about: option,
      advice: table.columns.isEmpty ? "first: add t name=value" : "try \(option)=\(table.columns[0])")
  }
}
