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
  var percent: Bool?
  var title: String?

  static let command = Command(
    name: "plot line", summary: "Columns of a table as lines over another, with bands where rows repeat.",
    details: """
      Rows of the same x, such as runs from several seeds, become one point at their mean, and the band around the line \
      is one standard deviation either way.
      """,
    gives: "figure", group: "Plots",
    defaults: PlotLine(), arguments: [Argument("table", \.$table, "The table")],
    options: [
      Option("x", \.x, "The column along"),
      Option("y", \.y, "The column up, or a list of them"),
      Option("by", \.by, "One line for each value of this column"),
      Option("facet", \.facet, "One panel for each value of this column"),
      Option("xscale", \.xscale, "log and log2 for steps that multiply, such as batch sizes"),
      Option("yscale", \.yscale, "The same of the axis up"),
      Option("percent", \.percent, "Show shares as per cent; taken to be so for a column named accuracy"),
      Option("title", \.title, "Text above the figure"),
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
    let all = try table.numbers(options.x, about: "x")
    guard !options.y.isEmpty else { throw Problem.noColumn("", in: table, about: "y") }
    let heights = try options.y.flatMap { try table.numbers($0, about: "y") }
    let shared = (
      x: Scale(options.xscale.kind).shared(by: all, room: 0),
      y: Scale(options.yscale.kind).shared(by: heights, room: 0.08)
    )
    return FigureValue(
      try Facets.figure(
        of: table, by: options.facet, title: options.title, make: { try figure(of: $0, options) },
        align: { ($0.xScale, $0.yScale) = shared }))
  }

  private static func figure(of table: TableValue, _ options: PlotLine) throws -> Figure {
    let x = try table.numbers(options.x, about: "x")
    var groups = (names: [String?.none], rows: [Array(x.indices)])
    if let by = options.by {
      let found = TableGroups([try table.cells(by, about: "by")], count: x.count)
      groups = (found.keys.map { $0[0].shown }, found.rows)
    }
    let series = try options.y.flatMap { column in
      let y = try table.numbers(column, about: "y")
      return zip(groups.names, groups.rows).map { name, rows in
        let parts = (options.y.count > 1 ? [column.name] : []) + (name.map { [$0] } ?? [])
        return line(
          parts.isEmpty ? nil : parts.joined(separator: ", "), rows.map { (x: x[$0], y: y[$0]) })
      }
    }
    var figure = Figure(marks: [.line(Line(series: series))])
    figure.xLabel = options.x.name
    if options.y.count == 1 {
      figure.yLabel = options.y[0].name
      if Figure.isShare(options.y[0].name, options.percent) { figure.yFormat = .percent }
    }
    figure.xScale = Scale(options.xscale.kind)
    figure.yScale = Scale(options.yscale.kind)
    return figure
  }

  /// One point for each x, the mean of its values, with a band where some x has several.
  private static func line(_ name: String?, _ points: [(x: Double, y: Double)]) -> Line.Series {
    let places = Dictionary(grouping: points.filter(\.x.isFinite), by: \.x)
    let x = places.keys.sorted()
    guard x.count < points.count else {
      // Every x once: in the order of the rows, so that gaps and loops stay what they are.
      return Line.Series(name: name, x: points.map(\.x), y: points.map(\.y))
    }
    let spreads = x.map { Spread(places[$0]!.map(\.y)) }
    return Line.Series(
      name: name, x: x, y: spreads.map(\.mean), low: spreads.map { $0.mean - ($0.deviation ?? 0) },
      high: spreads.map { $0.mean + ($0.deviation ?? 0) })
  }
}
