import Figures
import Language

struct PlotBars {
  @Required var table: TableValue
  var x = ColumnName("")
  var y = ColumnName("")
  var by: ColumnName?
  var facet: ColumnName?
  var percent: Bool?
  var title: Label?

  static let command: Command<PlotBars> = Command(
    name: "plot bars",
    summary: "A column of a table as bars; rows of the same name become one bar with an error bar.",
    details:
      """
      If several rows share a name, the bar is their mean and the error bar one standard deviation either way. Names that are \
      numbers are sorted, others keep the order of their first appearance.
      """,
    gives: "figure", group: "Plots", defaults: PlotBars(),
    arguments: [Argument("table", \.$table, "The table")],
    options: [
      Option("x", \.x, "The column of names"),
      Option("y", \.y, "The column of bar heights"),
      Option("by", \.by, "Column whose values become groups of bars side by side"),
      Option("facet", \.facet, "Column whose values become panels"),
      Option("percent", \.percent, "Show shares as per cent; default: only for columns named accuracy"),
      .title(\.title),
    ],
    examples: [
      Example(
        code: "plot bars t x=input y=accuracy",
        setup: """
          t = table
          for run in 1...3 {
            add t input="pixels" accuracy=(0.36 + run / 200)
            add t input="untrained" accuracy=(0.31 + run / 150)
            add t input="SimCLR" accuracy=(0.47 + run / 90)
          }
          """),
      Example(
        code: "plot bars t x=batch y=accuracy by=rate",
        setup:
          "t = table batch=[16, 32, 64, 16, 32, 64] accuracy=[0.44, 0.42, 0.39, 0.38, 0.41, 0.43] rate=[\"fixed\", \"fixed\", \"fixed\", \"scaled\", \"scaled\", \"scaled\"]"
      ),
    ],
    showsValue: true
  ) { options, context in
    let table = options.table
    let names = try table.cells(options.x, about: command.word(\.x))
    let heights = try table.numbers(options.y, about: command.word(\.y))
    // Bars stand for means, which a few outlying rows do not reach: the axis is that of the means and their spreads.
    let keys = try [
      names, options.by.map { try table.cells($0, about: command.word(\.by)) },
      options.facet.map { try table.cells($0, about: command.word(\.facet)) },
    ].compactMap { $0 }
    let ends = TableGroups(keys, count: heights.count).rows.flatMap { rows -> [Double] in
      let spread = Spread(rows.map { heights[$0] })
      return [spread.mean - (spread.deviation ?? 0), spread.mean + (spread.deviation ?? 0)]
    }
    let shared = Scale(.automatic, includesZero: true).shared(by: ends, room: 0.12)
    return FigureValue(
      try Facets.figure(
        of: table, by: options.facet, about: command.word(\.facet), title: options.title,
        make: { try figure(of: $0, options) },
        align: { $0.yScale = shared }))
  }

  private static func figure(of table: TableValue, _ options: PlotBars) throws -> Figure {
    let names = try table.cells(options.x, about: command.word(\.x))
    let heights = try table.numbers(options.y, about: command.word(\.y))
    let categories = NamedGroups(names)
    var place = [Int](repeating: 0, count: names.count)
    for (category, rows) in categories.rows.enumerated() {
      for row in rows { place[row] = category }
    }
    let groups =
      try options.by.map { NamedGroups(try table.cells($0, about: command.word(\.by))).all }
      ?? NamedGroups.whole(names.count)
    let bars = groups.map { name, rows in
      var members = [[Double]](repeating: [], count: categories.keys.count)
      for row in rows { members[place[row]].append(heights[row]) }
      let spreads = members.map { Spread($0) }
      return spreads.contains { $0.deviation != nil }
        ? Bars.Group(name: name, values: spreads.map(\.mean), errors: spreads.map { $0.deviation ?? .nan })
        : Bars.Group(name: name, values: spreads.map(\.mean))
    }
    let isShare = Figure.isShare(options.y.name, options.percent)
    let format: NumberFormat = isShare ? NumberFormat(decimals: 1, suffix: " %", factor: 100) : .automatic
    var figure = Figure(
      marks: [.bars(Bars(categories: categories.names, groups: bars, valueFormat: format))])
    figure.yFormat = isShare ? .percent : .automatic
    figure.xLabel = .plain(options.x.name)
    figure.yLabel = .plain(options.y.name)
    return figure
  }
}
