import Figures
import Language

struct PlotLine {
  @Required var table: TableValue
  var x = ColumnName("")
  var y: [ColumnName] = []
  var by: ColumnName?
  var facet: ColumnName?
  var xscale = ScaleName.linear
  var yscale = ScaleName.linear
  var order = LineOrder.x
  var percent: Bool?
  var title: Label?

  static let command: Command<PlotLine> = Command(
    name: "plot line",
    summary: "Columns of a table as lines over another column, with bands where rows repeat.",
    details: """
      Rows with the same x, such as runs from several seeds, become one point at their mean; the band around the line is one \
      standard deviation either way. Lines run in the order of x; with order=rows they join all rows in their order, as a path.
      """,
    gives: "figure", group: "Plots",
    defaults: PlotLine(), arguments: [Argument("table", \.$table, "The table")],
    options: [
      Option("x", \.x, "The column on the horizontal axis"),
      Option("y", \.y, "The column on the vertical axis, or a list of columns"),
      Option("by", \.by, "Column whose values become lines"),
      Option("facet", \.facet, "Column whose values become panels"),
      Option(
        "xscale", \.xscale,
        "Scale of the horizontal axis; log and log2 for values that grow by factors, such as batch sizes"),
      Option("yscale", \.yscale, "Scale of the vertical axis"),
      Option(
        "order", \.order, "Order in which points are joined: by x, or in the order of the rows (a path)"),
      Option("percent", \.percent, "Show shares as per cent; default: only for columns named accuracy"),
      .title(\.title),
    ],
    examples: [
      Example(
        code: "plot line t x=batch y=accuracy by=rate xscale=log2",
        setup: """
          t = table
          for batch in [16, 32, 64, 128] {
            for run in 1...3 {
              add t batch=batch rate="fixed" accuracy=(0.44 - batch / 900 + run / 90)
              add t batch=batch rate="scaled" accuracy=(0.38 + batch / 2000 + run / 120)
            }
          }
          """)
    ],
    showsValue: true
  ) { options, context in
    let table = options.table
    let all = try table.numbers(options.x, about: command.word(\.x))
    guard !options.y.isEmpty else { throw Problem.noColumn("", in: table, about: command.word(\.y)) }
    let heights = try options.y.flatMap { try table.numbers($0, about: command.word(\.y)) }
    let shared = (
      x: Scale(options.xscale.kind).shared(by: all, room: 0),
      y: Scale(options.yscale.kind).shared(by: heights, room: 0.08)
    )
    return FigureValue(
      try Facets.figure(
        of: table, by: options.facet, about: command.word(\.facet), title: options.title,
        make: { try figure(of: $0, options) },
        align: { ($0.xScale, $0.yScale) = shared }))
  }

  private static func figure(of table: TableValue, _ options: PlotLine) throws -> Figure {
    let x = try table.numbers(options.x, about: command.word(\.x))
    let groups =
      try options.by.map { NamedGroups(try table.cells($0, about: command.word(\.by))).all }
      ?? NamedGroups.whole(x.count)
    let series = try options.y.flatMap { column in
      let y = try table.numbers(column, about: command.word(\.y))
      return groups.map { name, rows in
        let parts = (options.y.count > 1 ? [column.name] : []) + (name.map { [$0] } ?? [])
        return line(
          parts.isEmpty ? nil : parts.joined(separator: ", "), rows.map { (x: x[$0], y: y[$0]) },
          options.order)
      }
    }
    var figure = Figure(marks: [.line(Line(series: series))])
    figure.xLabel = .plain(options.x.name)
    if options.y.count == 1 {
      figure.yLabel = .plain(options.y[0].name)
      if Figure.isShare(options.y[0].name, options.percent) { figure.yFormat = .percent }
    }
    figure.xScale = Scale(options.xscale.kind)
    figure.yScale = Scale(options.yscale.kind)
    return figure
  }

  /// One point for each x, the mean of its values, with a band where some x has several; or the rows as they come.
  private static func line(_ name: String?, _ points: [(x: Double, y: Double)], _ order: LineOrder)
    -> Line.Series
  {
    if order == .rows { return Line.Series(name: name, x: points.map(\.x), y: points.map(\.y)) }
    let places = Dictionary(grouping: points.filter(\.x.isFinite), by: \.x)
    let x = places.keys.sorted()
    let spreads = x.map { Spread(places[$0, default: []].map(\.y)) }
    // Points without a place stay, so that the figure counts them.
    let lost = points.filter { !$0.x.isFinite }.map(\.x)
    let ends = lost.map { _ in Double.nan }
    guard places.values.contains(where: { $0.count > 1 }) else {
      return Line.Series(name: name, x: x + lost, y: spreads.map(\.mean) + ends)
    }
    return Line.Series(
      name: name, x: x + lost, y: spreads.map(\.mean) + ends,
      low: spreads.map { $0.mean - ($0.deviation ?? 0) } + ends,
      high: spreads.map { $0.mean + ($0.deviation ?? 0) } + ends)
  }
}

/// Order of the points of a line.
enum LineOrder: String, CaseIterable, OptionValue {
  case x, rows
}
