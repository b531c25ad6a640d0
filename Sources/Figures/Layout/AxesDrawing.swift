/// Draws a fitted set of axes with its marks.
struct AxesDrawing {
  let layout: AxesLayout
  let frame: AxesFrame
  let canvas: Canvas

  private var style: Style { layout.style }
  private var area: Rect { frame.area }
  private var hairline: Double { style.em(0.08) }

  func draw() {
    frame.legendBlock?.draw(canvas, frame.legendAt)
    if let label = frame.yLabel { canvas.draw(label, at: frame.yLabelAt, .left, .top, style.muted) }
    if let label = frame.xLabel { canvas.draw(label, at: frame.xLabelAt, .centre, .top, style.muted) }
    drawGrid()
    for (mark, context) in layout.marks {
      mark.draw(in: Plot(canvas: canvas, area: area, x: frame.x, y: frame.y, context: context))
    }
    if !layout.hidesAxes {
      drawZeroLines()
      drawTickLabels()
    }
    if frame.legend == .ends { drawEndLabels() }
  }

  private func drawGrid() {
    guard !layout.hidesAxes else {
      canvas.stroke(area, style.grid, width: hairline, radius: style.em(0.3))
      return
    }
    if layout.claims.horizontalGrid, frame.y.categories == nil {
      for value in frame.yTicks.ticks {
        let y = canvas.crisp(frame.y(value), width: hairline)
        canvas.line(Point(area.x, y), Point(area.maxX, y), style.grid, width: hairline)
      }
    }
    guard frame.x.categories == nil else { return }
    for value in frame.xTicks.ticks {
      let x = canvas.crisp(frame.x(value), width: hairline)
      if layout.claims.verticalGrid {
        canvas.line(Point(x, area.y), Point(x, area.maxY), style.grid, width: hairline)
      } else {
        canvas.line(Point(x, area.maxY), Point(x, area.maxY + style.em(0.3)), style.axis, width: hairline)
      }
    }
  }

  /// The line on which bars stand, or else the lower edge of a plot without a vertical grid.
  private func drawZeroLines() {
    let isHeld = frame.x.categories != nil && frame.y.categories != nil
    guard !isHeld else { return }
    if frame.y.categories != nil {
      let x = canvas.crisp(frame.x(min(max(0, frame.x.low), frame.x.high)), width: hairline * 1.4)
      canvas.line(Point(x, area.y), Point(x, area.maxY), style.axis, width: hairline * 1.4)
      return
    }
    let holdsZero = frame.y.form == .linear && frame.y.low < 0 && frame.y.high > 0
    if holdsZero, layout.claims.includesZeroY || layout.claims.horizontalGrid {
      let y = canvas.crisp(frame.y(0), width: hairline * 1.4)
      canvas.line(Point(area.x, y), Point(area.maxX, y), style.axis, width: hairline * 1.4)
    }
    if !layout.claims.verticalGrid && !(holdsZero && layout.claims.includesZeroY) {
      let y = canvas.crisp(area.maxY, width: hairline * 1.4)
      canvas.line(Point(area.x, y), Point(area.maxX, y), style.axis, width: hairline * 1.4)
    }
  }

  private func drawTickLabels() {
    let gap = style.em(0.5)
    for label in frame.yTicks.labels {
      let vertical: Canvas.Vertical = label.block.lineCount > 1 ? .centre : .middle
      canvas.draw(label.block, at: Point(area.x - gap, frame.y(label.value)), .right, vertical, style.muted)
    }
    for label in frame.xTicks.labels {
      let x = frame.x(label.value)
      if frame.xTicks.angle == 0 {
        canvas.draw(label.block, at: Point(x, area.maxY + style.em(0.55)), .centre, .top, style.muted)
      } else {
        let point = Point(x + style.em(0.3), area.maxY + style.em(0.75))
        canvas.draw(label.block, at: point, .right, .middle, angle: frame.xTicks.angle, style.muted)
      }
    }
  }

  /// Labels beside the last points, moved apart where they would touch.
  private func drawEndLabels() {
    let labels = layout.claims.endLabels.sorted { frame.y($0.value) < frame.y($1.value) }
    let spacing = style.em(1.25)
    let wanted = labels.map { min(area.maxY, max(area.y, frame.y($0.value))) }
    let places = Spreading.apart(wanted, by: spacing, from: area.y, to: area.maxY)
    for (label, y) in zip(labels, places) {
      let block = layout.text.block(label.text, layout.endLabelStyle)
      let colour = label.colour.readable(on: style.background)
      canvas.draw(block, at: Point(area.maxX + style.em(0.6), y), .left, .middle, colour)
    }
  }
}

/// Moves labels along a line so that none covers another.
enum Spreading {
  /// `places` in rising order, at least `gap` apart, each as near as can be to where it was, inside `from…to` if
  /// they fit there.
  static func apart(_ places: [Double], by gap: Double, from: Double, to: Double) -> [Double] {
    // Clusters of touching labels are centred on the mean of what their members want.
    var clusters: [(sum: Double, count: Int)] = []
    func start(_ cluster: (sum: Double, count: Int)) -> Double {
      let length = gap * Double(cluster.count - 1)
      let free = cluster.sum / Double(cluster.count) - length / 2
      return max(from, min(free, to - length))
    }
    for place in places {
      clusters.append((place, 1))
      while clusters.count > 1 {
        let last = clusters[clusters.count - 1]
        let before = clusters[clusters.count - 2]
        guard start(before) + gap * Double(before.count) > start(last) else { break }
        clusters.removeLast(2)
        clusters.append((before.sum + last.sum, before.count + last.count))
      }
    }
    return clusters.flatMap { cluster in (0..<cluster.count).map { start(cluster) + gap * Double($0) } }
  }
}
