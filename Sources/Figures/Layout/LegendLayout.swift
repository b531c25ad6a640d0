/// The key of a figure: names with their colours, in rows above or in a column beside the plot.
struct LegendLayout {
  let layout: AxesLayout

  init(_ layout: AxesLayout) { self.layout = layout }

  private var style: Style { layout.style }
  private var lineHeight: Double { style.em(1.55) }
  /// Room for the sign before a name.
  private var signWidth: Double { style.em(1.5) }
  /// More names than this are counted, not listed.
  private static let most = 60

  private var shown: [(LegendEntry?, TextBlock)] {
    let entries = layout.claims.legend
    let look = TextStyle(size: style.base, width: style.em(16), lines: 1)
    var out: [(LegendEntry?, TextBlock)] = entries.prefix(LegendLayout.most).map { entry in
      (entry, layout.text.block(entry.label.isEmpty ? " " : entry.label, look))
    }
    if entries.count > LegendLayout.most {
      out.append((nil, layout.text.block("and \(entries.count - LegendLayout.most) more", look)))
    }
    return out
  }

  /// Rows filled from the left, wrapped at `width`.
  func rows(width: Double) -> Block {
    var places: [(LegendEntry?, TextBlock, Point)] = []
    var x = 0.0
    var y = 0.0
    for (entry, block) in shown {
      let needs = (entry == nil ? 0 : signWidth) + block.width
      if x > 0 && x + needs > width {
        x = 0
        y += lineHeight
      }
      places.append((entry, block, Point(x, y)))
      x += needs + style.em(1.3)
    }
    return block(places, width: width, height: y + lineHeight)
  }

  /// One or more columns no higher than `maxHeight`; the key of the colours when the marks have one.
  func column(maxHeight: Double) -> Block? {
    if let bar = layout.claims.colourBar { return colourBar(bar, height: min(maxHeight * 0.7, style.em(16))) }
    let items = shown
    guard !items.isEmpty else { return nil }
    let perColumn = max(4, Int(maxHeight * 0.55 / lineHeight))
    var places: [(LegendEntry?, TextBlock, Point)] = []
    var x = 0.0
    var widest = 0.0
    for (index, item) in items.enumerated() {
      if index > 0 && index % perColumn == 0 {
        x += signWidth + widest + style.em(1)
        widest = 0
      }
      widest = max(widest, item.1.width)
      places.append((item.0, item.1, Point(x, Double(index % perColumn) * lineHeight)))
    }
    return block(
      places, width: x + signWidth + widest, height: Double(min(items.count, perColumn)) * lineHeight)
  }

  private func block(
    _ places: [(LegendEntry?, TextBlock, Point)], width: Double, height: Double
  ) -> Block {
    Block(width: width, height: height) { [style, signWidth, lineHeight] canvas, origin in
      for (entry, block, place) in places {
        let middle = Point(origin.x + place.x, origin.y + place.y + lineHeight / 2)
        if let entry { LegendLayout.sign(entry, middle, style, canvas) }
        let x = middle.x + (entry == nil ? 0 : signWidth)
        canvas.draw(block, at: Point(x, middle.y), .left, .middle, style.ink)
      }
    }
  }

  private static func sign(_ entry: LegendEntry, _ middle: Point, _ style: Style, _ canvas: Canvas) {
    let width = style.em(1.1)
    switch entry.symbol {
    case .line(let dash):
      canvas.line(
        middle, Point(middle.x + width, middle.y), entry.colour, width: style.em(0.22), dash: dash,
        cap: .round)
    case .square:
      let side = style.em(0.85)
      canvas.fill(
        Rect(x: middle.x + (width - side) / 2, y: middle.y - side / 2, width: side, height: side),
        entry.colour,
        radius: style.em(0.12))
    case .dot(let shape):
      shape.draw(on: canvas, at: Point(middle.x + width / 2, middle.y), radius: style.em(0.36), entry.colour)
    }
  }

  private func colourBar(_ bar: ColourBar, height: Double) -> Block {
    let count = max(2, min(6, Int(height / style.em(3))))
    let ticks = Ticks.linear(low: bar.low, high: bar.high, count: count, format: bar.format)
      .map { ($0.value, layout.text.block($0.label, style.tickText)) }
    let title = bar.label.map {
      layout.text.block($0, TextStyle(size: style.base, width: style.em(9), lines: 3))
    }
    let head = title.map { $0.height + style.em(0.5) } ?? 0
    let thickness = style.em(0.9)
    let width = max(title?.width ?? 0, thickness + style.em(0.45) + (ticks.map(\.1.width).max() ?? 0))
    return Block(width: width, height: head + height) { [style] canvas, origin in
      if let title { canvas.draw(title, at: origin, .left, .top, style.muted) }
      let box = canvas.snapped(Rect(x: origin.x, y: origin.y + head, width: thickness, height: height))
      let steps = 64
      for step in 0..<steps {
        let share = (Double(step) + 0.5) / Double(steps)
        // Each step reaches under the next, or seams show between them.
        let top = box.maxY - box.height * Double(step + 1) / Double(steps)
        let reach = min(box.maxY, top + box.height / Double(steps) * 2)
        canvas.fill(
          Rect(x: box.x, y: top, width: box.width, height: reach - top),
          bar.map.colour(at: share, on: style.mode))
      }
      for (value, label) in ticks {
        let share = (value / 2 - bar.low / 2) / (bar.high / 2 - bar.low / 2)
        guard share.isFinite else { continue }
        let y = box.maxY - box.height * share
        canvas.draw(label, at: Point(box.maxX + style.em(0.45), y), .left, .middle, style.muted)
      }
    }
  }
}
