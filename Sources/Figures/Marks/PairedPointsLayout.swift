import Glibc

/// Frames of paired points in rows, each with its title above and its facts below, and the names of the classes.
struct PairedPointsLayout {
  private let pairs: PairedPoints
  private let style: Style
  private let context: Context
  private let width: Double
  private let wanted: Double?
  private let columns: Int
  private let side: Double
  private let gap: Double
  private let titles: [TextBlock]
  private let facts: [[TextBlock]]
  private let axes: [(x: TextBlock, y: TextBlock)]
  private let legend: Block?
  private let isLegendBeside: Bool

  /// Directions that the ring tells apart.
  private static let bins = 36
  /// Radius at which the bars of the ring begin, and that of the highest.
  private static let ring = 1.1...1.36
  /// Radius at which the second points of pairs are drawn, so that those at one place with their partners do not hide them.
  private static let inner = 0.84

  init(_ pairs: PairedPoints, width: Double, height: Double?, _ context: Context) throws {
    let style = context.style
    (self.pairs, self.style, self.context, self.width, wanted) = (pairs, style, context, width, height)
    let gap = style.em(1.2)
    self.gap = gap
    let titleLook = TextStyle(size: style.base * 1.05, bold: true)
    let factLook = TextStyle(size: style.base * 0.92)
    titles = pairs.frames.map { context.text.block($0.title, titleLook) }
    facts = pairs.frames.map { $0.facts.map { context.text.block($0, factLook) } }
    let axisLook = TextStyle(size: style.base * 0.85)
    axes = pairs.axes.map { (context.text.block($0.x, axisLook), context.text.block($0.y, axisLook)) }
    let yRoom = (axes.first?.y.height ?? 0) * 1.3
    // A frame is as wide as its words at least.
    let words = (titles + facts.flatMap { $0 }).map(\.width).max() ?? 0
    let least = max(words, style.em(8)) + yRoom
    guard width >= least else { throw FigureError.narrow(least) }
    let count = pairs.frames.count
    let fitting = max(1, Int((width + gap) / (least + gap)))
    let rows = (count + fitting - 1) / fitting
    columns = (count + rows - 1) / rows
    let entries = PairedPointsLayout.legend(pairs, style)
    let key = LegendLayout(entries, style: style, text: context.text)
    let most = style.em(count == 1 ? 24 : 18)
    let beside = entries.isEmpty || count > 1 ? nil : key.column(count: 1)
    let needed = beside.map { $0.width + style.em(2) } ?? 0
    isLegendBeside = beside != nil && width - needed >= style.em(16)
    let free = isLegendBeside ? width - needed : width
    let each = (free - gap * Double(columns - 1)) / Double(columns) - yRoom
    side = min(each, most)
    legend = isLegendBeside ? beside : entries.isEmpty ? nil : key.rows(width: width)
  }

  private static func legend(_ pairs: PairedPoints, _ style: Style) -> [LegendEntry] {
    guard !pairs.classes.isEmpty else { return [] }
    return pairs.names.enumerated().map {
      LegendEntry(label: $1, colour: style.colour($0), symbol: .dot(shape($0)))
    }
  }

  private static func shape(_ index: Int) -> DotShape {
    DotShape.allCases[index / Palette.light.count % DotShape.allCases.count]
  }

  private var yRoom: Double { (axes.first?.y.height ?? 0) * 1.3 }
  private var xRoom: Double { (axes.first?.x.height ?? 0) * 1.2 }
  private var titleHeight: Double { (titles.map(\.height).max() ?? 0) + style.em(0.35) }
  private var planeHeight: Double { side + xRoom + style.em(0.5) }
  private var factHeight: Double {
    facts.map { $0.reduce(0) { $0 + $1.height } }.max() ?? 0
  }
  private var cellHeight: Double {
    titleHeight + planeHeight * Double(pairs.centres.count) + factHeight
  }
  private var rows: Int { (pairs.frames.count + columns - 1) / columns }
  private var legendHeight: Double { isLegendBeside ? 0 : legend.map { $0.height + style.em(0.8) } ?? 0 }
  private var height: Double {
    let cells = cellHeight * Double(rows) + gap * Double(rows - 1)
    return legendHeight + max(cells, isLegendBeside ? titleHeight + (legend?.height ?? 0) : 0)
  }

  var block: Block {
    get throws {
      if let wanted, height > wanted + 0.5 { throw FigureError.low(height + style.em(4)) }
      return Block(width: width, height: wanted ?? height) { canvas, origin in draw(canvas, origin) }
    }
  }

  private func draw(_ canvas: Canvas, _ origin: Point) {
    if let legend {
      let at =
        isLegendBeside
        ? Point(origin.x + yRoom + side + style.em(2), origin.y + titleHeight) : origin
      canvas.note(region: "legend", Rect(x: at.x, y: at.y, width: legend.width, height: legend.height))
      legend.draw(canvas, at)
    }
    for (place, frame) in pairs.frames.enumerated() {
      if canvas.isStopped { return }
      let (row, column) = (Double(place / columns), Double(place % columns))
      let x = origin.x + yRoom + (side + yRoom + gap) * column
      var y = origin.y + legendHeight + (cellHeight + gap) * row
      canvas.draw(titles[place], at: Point(x + side / 2, y), .centre, .top, style.ink)
      y += titleHeight
      for (number, plane) in frame.planes.enumerated() {
        let area = Rect(x: x, y: y, width: side, height: side)
        draw(plane, number, in: area, canvas)
        if axes.indices.contains(number) {
          let (across, up) = axes[number]
          canvas.draw(across, at: Point(area.midX, area.maxY + style.em(0.2)), .centre, .top, style.muted)
          canvas.draw(
            up, at: Point(x - style.em(0.3) - up.height / 2, area.midY), .centre, .centre, angle: -90,
            style.muted)
        }
        y += planeHeight
      }
      for line in facts[place] {
        canvas.draw(line, at: Point(x + side / 2, y), .centre, .top, style.muted)
        y += line.height
      }
    }
  }

  private func draw(_ plane: PairedPoints.Plane, _ number: Int, in area: Rect, _ canvas: Canvas) {
    canvas.note(region: "plot", area)
    let middle = pairs.centres[number]
    let reach = pairs.isCircle ? PairedPointsLayout.ring.upperBound : pairs.reach
    let unit = area.width / 2 / max(reach, .leastNormalMagnitude)
    func place(_ point: SIMD2<Double>) -> Point {
      Point(area.midX + (point.x - middle.x) * unit, area.midY - (point.y - middle.y) * unit)
    }
    let hairline = style.em(0.08)
    if pairs.isCircle {
      drawRing(plane, around: Point(area.midX, area.midY), unit: unit, canvas)
      let clear = Colour(hex: 0, alpha: 0)
      for radius in [1, PairedPointsLayout.inner] {
        canvas.circle(
          Point(area.midX, area.midY), radius: unit * radius, clear, outline: style.grid, width: hairline)
      }
    } else {
      canvas.stroke(area, style.grid, width: hairline, radius: style.em(0.3))
    }
    let colours = pairs.classes.map { style.colour($0) }
    let shown = plane.first.indices.filter { index in
      [plane.first[index], plane.second[index]].allSatisfy { $0.x.isFinite && $0.y.isFinite }
    }
    let order = Scatter.shuffled(Array(shown))
    let inner = pairs.isCircle ? PairedPointsLayout.inner : 1
    let second = plane.second.map { $0 * inner }
    canvas.clipped(to: area.inset(by: -style.em(0.3))) {
      for index in order {
        let colour = colours.isEmpty ? style.colour(0) : colours[index]
        canvas.line(
          place(plane.first[index]), place(second[index]), colour.opacity(0.5), width: style.em(0.08))
      }
      let radius = min(style.em(0.26), max(style.em(0.13), side * 0.013))
      for index in order {
        let colour = (colours.isEmpty ? style.colour(0) : colours[index]).opacity(0.8)
        let shape = pairs.classes.isEmpty ? .circle : PairedPointsLayout.shape(pairs.classes[index])
        for point in [plane.first[index], second[index]] {
          shape.draw(on: canvas, at: place(point), radius: radius, colour)
        }
      }
    }
  }

  /// A bar outwards for each direction, as long as there are points.
  private func drawRing(
    _ plane: PairedPoints.Plane, around centre: Point, unit: Double, _ canvas: Canvas
  ) {
    let bins = PairedPointsLayout.bins
    let ring = PairedPointsLayout.ring
    // Five times as many as where all directions have as many.
    let most = Double(10 * plane.first.count) / Double(bins)
    for (bin, count) in PairedPoints.directions(of: plane, bins: bins).enumerated() where count > 0 {
      let length = (ring.upperBound - ring.lowerBound) * min(1, Double(count) / max(1, most))
      func at(_ turn: Double, _ radius: Double) -> Point {
        let angle = (Double(bin) + turn) / Double(bins) * 2 * Double.pi
        return Point(centre.x + cos(angle) * radius * unit, centre.y - sin(angle) * radius * unit)
      }
      let (low, high) = (ring.lowerBound, ring.lowerBound + length)
      canvas.fill([at(0.08, low), at(0.92, low), at(0.92, high), at(0.08, high)], style.neutral)
    }
  }
}
