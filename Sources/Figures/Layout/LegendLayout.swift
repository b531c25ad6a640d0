/// The key of a figure: names with their colours, in rows above or in columns beside the plot. Every name is there.
struct LegendLayout {
  private let entries: [LegendEntry]
  private let bar: ColourBar?
  private let style: Style
  private let text: TextSetter

  init(_ layout: AxesLayout) {
    self.init(layout.claims.legend, bar: layout.claims.colourBar, style: layout.style, text: layout.text)
  }

  /// The key of what has no axes.
  init(_ entries: [LegendEntry], bar: ColourBar? = nil, style: Style, text: TextSetter) {
    (self.entries, self.bar, self.style, self.text) = (entries, bar, style, text)
  }

  private var lineHeight: Double { style.em(1.55) }
  /// Room for the sign before a name, and between columns.
  private var signWidth: Double { style.em(1.5) }
  private var gap: Double { style.em(1.3) }
  /// Maximum number of names in a legend; more are counted, not listed.
  private static let most = 200
  /// Rows of this many lines read from left to right; more stand in columns, as a list does.
  private static let mostRows = 3

  private typealias Item = (entry: LegendEntry?, name: TextBlock)

  private func items(width: Double) -> [Item] {
    let look = TextStyle(size: style.base, width: width - signWidth, lines: 1)
    let names = entries.prefix(LegendLayout.most).map { $0.label.isEmpty ? " " : $0.label }
    var out: [Item] = zip(entries, text.names(names, look)).map { ($0, $1) }
    if entries.count > LegendLayout.most {
      out.append((nil, text.block("and \(entries.count - LegendLayout.most) more", look)))
    }
    return out
  }

  private func width(_ item: Item) -> Double { (item.entry == nil ? 0 : signWidth) + item.name.width }

  /// The legend above the plot: rows filled from the left, or aligned columns if there would be many rows.
  func rows(width: Double) -> Block {
    // Long names of a few have a line each; of many, two are cut to fit beside one another, or the list would never end.
    let isShort = entries.count <= LegendLayout.fewNames
    let items = items(width: isShort ? width : min(width, max(style.em(18), (width - gap) / 2)))
    var places: [Point] = []
    var (x, y, widest) = (0.0, 0.0, 0.0)
    for item in items {
      if x > 0 && x + self.width(item) > width {
        x = 0
        y += lineHeight
      }
      places.append(Point(x, y))
      x += self.width(item) + gap
      widest = max(widest, x - gap)
    }
    if y / lineHeight > Double(LegendLayout.mostRows) - 0.5 { return columns(items, within: width) }
    return block(items, places, width: widest, height: y + lineHeight)
  }

  /// The largest number of columns that fits.
  private func columns(_ items: [Item], within width: Double) -> Block {
    var best = columns(items, count: 1)
    for count in stride(from: 2, through: items.count, by: 1) {
      let next = columns(items, count: count)
      if next.width > width { break }
      best = next
    }
    return best
  }

  /// Maximum number of names that get a line each.
  static let fewNames = 12

  /// Whether names must be cut to stand beside the plot that have room above it.
  var isCutBeside: Bool {
    guard entries.count <= LegendLayout.fewNames else { return false }
    return entries.contains { text.width($0.label, style.legendText) > style.em(18) - signWidth }
  }

  /// The legend beside the plot, in the given number of columns.
  func column(count: Int) -> Block { columns(items(width: style.em(18)), count: count) }

  private func columns(_ items: [Item], count: Int) -> Block {
    let perColumn = (items.count + count - 1) / max(1, count)
    var places: [Point] = []
    var (x, widest) = (0.0, 0.0)
    for (index, item) in items.enumerated() {
      if index > 0 && index % perColumn == 0 {
        x += widest + gap
        widest = 0
      }
      widest = max(widest, width(item))
      places.append(Point(x, Double(index % perColumn) * lineHeight))
    }
    return block(items, places, width: x + widest, height: Double(min(items.count, perColumn)) * lineHeight)
  }

  private func block(_ items: [Item], _ places: [Point], width: Double, height: Double) -> Block {
    Block(width: width, height: height) { [style, signWidth, lineHeight] canvas, origin in
      for (item, place) in zip(items, places) {
        let middle = Point(origin.x + place.x, origin.y + place.y + lineHeight / 2)
        if let entry = item.entry { LegendLayout.sign(entry, middle, style, canvas) }
        let x = middle.x + (item.entry == nil ? 0 : signWidth)
        canvas.draw(item.name, at: Point(x, middle.y), .left, .middle, style.ink)
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

  /// The key of the colours, where the marks have one: no higher than the plot beside it, unless that is too low for two numbers.
  func colourBar(beside plotHeight: Double) -> Block? {
    bar.map { colourBar($0, plotHeight) }
  }

  private func colourBar(_ bar: ColourBar, _ plotHeight: Double) -> Block {
    let title = bar.label.map {
      text.block($0, TextStyle(size: style.base, width: style.em(9), lines: 3))
    }
    let head = title.map { $0.height + style.em(0.75) } ?? 0
    let height = max(style.em(4), min(style.em(16), plotHeight - head))
    let count = max(2, min(6, Int(height / style.em(3))))
    let ticks = Ticks.linear(
      low: bar.low, high: bar.high, count: count, format: bar.format, whole: bar.format.decimals == 0
    ).ticks
      .map { ($0.value, text.block($0.label, style.tickText)) }
    let thickness = style.em(0.9)
    let width = max(title?.width ?? 0, thickness + style.em(0.45) + (ticks.map(\.1.width).max() ?? 0))
    // The lowest number may hang half a line below the bar.
    return Block(width: width, height: head + height + style.em(0.6)) { [style] canvas, origin in
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
