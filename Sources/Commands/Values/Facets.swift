import Figures
import Language

/// Small multiples: one figure for each value of a column, on the same axes.
enum Facets {
  /// Maximum number of panels that can be read.
  static let most = 36

  /// `make` draws the rows of one value, or all of them where there is no column; `align` sets the axes that all share.
  static func figure(
    of table: TableValue, by column: ColumnName?, about option: String, title: Label?,
    make: (TableValue) throws -> Figure,
    align: (inout Figure) throws -> Void
  ) throws -> Figure {
    guard let column else {
      var figure = try make(table)
      figure.title = title
      return figure
    }
    let cells = try table.cells(column, about: option)
    guard !cells.isEmpty else { throw Problem("the table has no rows to make panels of", about: option) }
    let groups = NamedGroups(cells)
    guard groups.keys.count <= most else {
      throw Problem(
        "`\(column.name)` has \(Format.count(groups.keys.count)) different values, and \(Format.counted(most, "panel")) can be read",
        about: option, advice: Advice.keepFewer(column))
    }
    let rows = table.rows
    let panels = try zip(groups.names, groups.rows).map { name, members in
      var panel = try make(TableValue(columns: table.columns, rows: members.map { rows[$0] }))
      panel.title = .plain("\(column.name) \(name)")
      try align(&panel)
      return panel
    }
    return Figure(title: title, marks: [.panels(panels)])
  }
}

/// Scale of an axis, as a user types it.
enum ScaleName: String, CaseIterable, OptionValue {
  case linear, log, log2

  var kind: Scale.Kind {
    switch self {
    case .linear: .linear
    case .log: .log(base: 10)
    case .log2: .log(base: 2)
    }
  }
}

extension Figure {
  /// Shares of one written as per cent.
  static func isShare(_ column: String, _ option: Bool?) -> Bool {
    option ?? (column == "accuracy" || column.hasPrefix("top"))
  }
}
