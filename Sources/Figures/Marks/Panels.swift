import Base

/// Figures side by side, in rows of equal height: small multiples.
public struct Panels: Sendable {
  public var figures: [Figure]
  /// Figures in a row; `nil` chooses as many as stay readable.
  public var columns: Int?

  public init(_ figures: [Figure], columns: Int? = nil) {
    self.figures = figures
    self.columns = columns
  }
}

extension Mark {
  /// The figures' own sizes and themes give way to those of the figure around them.
  public static func panels(_ figures: [Figure], columns: Int? = nil) -> Mark {
    Mark(Panels(figures, columns: columns))
  }
}

extension Figure {
  /// The figure with each of its panels changed; itself changed where it has none.
  public func changingPanels(_ change: (inout Figure) throws -> Void) rethrows -> Figure {
    var figure = self
    var hasPanels = false
    figure.marks = try marks.map { mark in
      guard var panels = mark.content as? Panels else { return mark }
      hasPanels = true
      panels.figures = try panels.figures.map { try $0.changingPanels(change) }
      return Mark(panels)
    }
    if !hasPanels { try change(&figure) }
    return figure
  }
}

extension Panels: BlockMark {
  package func check() throws {
    guard !figures.isEmpty else {
      throw FigureError.parts(.noPanels)
    }
    if let columns, columns < 1 {
      throw FigureError.parts(.panelColumns(columns))
    }
    let most = 400
    guard figures.count <= most else {
      throw FigureError.parts(.manyPanels(figures.count, most: most))
    }
  }

  package func block(width: Double, height: Double?, _ context: Context) throws -> Block {
    let style = context.style
    let gap = style.em(2)
    func fitting(_ least: Double) -> Int { max(1, Int((width + gap) / (style.em(least) + gap))) }
    let wide = fitting(17)
    let usual = min(wide, figures.count <= 4 && wide >= 4 ? 4 : 3)
    // Many panels are narrower, where that is readable: a figure of thirty rows fits on no page.
    let chosen = columns ?? (figures.count > 6 * usual ? max(usual, fitting(12)) : usual)
    return try block(width: width, height: height, columns: min(figures.count, chosen), context)
  }

  private func block(width: Double, height: Double?, columns: Int, _ context: Context) throws -> Block {
    let style = context.style
    let gap = style.em(2)
    let each = (width - gap * Double(columns - 1)) / Double(columns)
    func whole(_ panel: Double) -> FigureError {
      .narrow(Double(columns) * (panel + gap), remedy: .columns(max(1, columns - 1)))
    }
    guard each >= style.em(4) else { throw whole(style.em(8)) }
    var theme = context.theme
    theme.fontSize = style.base * (each < style.em(20) ? 0.9 : 1)
    let rowCount = (figures.count + columns - 1) / columns
    let rowHeight = height.map { ($0 - gap * Double(rowCount - 1)) / Double(rowCount) }
    let hasTitle = figures.count > 1
    var rows: [[Block]] = []
    for start in stride(from: 0, to: figures.count, by: columns) {
      let row = try figures[start..<min(figures.count, start + columns)].map { figure in
        var own = figure
        own.size = Size(width: each)
        own.theme = theme
        return try FigureLayout(own, text: context.text, isPanel: hasTitle)
      }
      do {
        rows.append(try Panels.aligned(row, width: each, height: rowHeight))
      } catch let error as FigureError where columns > 1 {
        // What a panel needs, the figure needs for each of them.
        if case .narrow(let width, _) = error { throw whole(width) }
        throw error
      }
    }
    let total = rows.reduce(0) { $0 + ($1.first?.height ?? 0) } + gap * Double(rowCount - 1)
    return Block(width: width, height: height ?? total) { canvas, origin in
      var y = origin.y
      for row in rows {
        for (index, block) in row.enumerated() {
          block.draw(canvas, Point(origin.x + (each + gap) * Double(index), y))
        }
        y += (row.first?.height ?? 0) + gap
      }
    }
  }

  /// First each panel as it likes, then all as high as the highest, their plots between the same two lines.
  private static func aligned(_ row: [FigureLayout], width: Double, height: Double?) throws -> [Block] {
    let natural = try row.map { try $0.body(width: width, height: height) }
    let tops = natural.map { $0.plotInsets?.top ?? 0 }
    let bottoms = natural.map { $0.plotInsets?.bottom ?? 0 }
    let extras = natural.indices.map { index in
      natural[index].plotInsets == nil
        ? (top: 0.0, bottom: 0.0)
        : (top: (tops.max() ?? 0) - tops[index], bottom: (bottoms.max() ?? 0) - bottoms[index])
    }
    let highest = zip(natural, extras).map { $0.height + $1.top + $1.bottom }.max() ?? 0
    return try zip(row, extras).map { try $0.body(width: width, height: height ?? highest, extra: $1) }
  }

  package func summary(_ reading: Reading) -> String {
    "\(counted(figures.count, "panel")). " + figures.prefix(12).map(\.altText).joined(separator: " ")
  }

  package func plainText(_ reading: Reading) -> String {
    figures.map { $0.plainText(columns: reading.columns) }.joined(separator: "\n\n")
  }
}
