/// Draws a fitted set of axes with its marks.
struct AxesDrawing {
  let layout: AxesLayout
  let frame: AxesFrame
  let canvas: Canvas

  private var style: Style { layout.style }
  private var area: Rect { frame.area }
  private var hairline: Double { style.em(0.08) }

  func draw() {
    canvas.note(region: "plot", area)
    for (name, block, at) in [
      ("legend", frame.legendBlock, frame.legendAt), ("key", frame.barBlock, frame.barAt),
    ] {
      guard let block else { continue }
      canvas.note(region: name, Rect(x: at.x, y: at.y, width: block.width, height: block.height))
      block.draw(canvas, at)
    }
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
    drawEndLabels()
    drawTopLabels()
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
    for value in frame.xTicks.minor where !layout.claims.verticalGrid {
      let x = canvas.crisp(frame.x(value), width: hairline)
      canvas.line(Point(x, area.maxY), Point(x, area.maxY + style.em(0.16)), style.axis, width: hairline)
    }
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
    if holdsZero, layout.claims.includesZeroY || !layout.claims.verticalGrid {
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
    for (axis, labels) in [("x", frame.xTicks.labels), ("y", frame.yTicks.labels)] {
      for label in labels { canvas.note(tick: label.block.source.source, at: label.value, of: axis) }
    }
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
    let order = frame.ends.indices.sorted {
      frame.y(frame.ends[$0].label.value) < frame.y(frame.ends[$1].label.value)
    }
    let ends = order.map { frame.ends[$0] }
    let room = frame.endHeights(style)
    let heights = order.map { room[$0] }
    let wanted = ends.map { min(area.maxY, max(area.y, frame.y($0.label.value))) }
    let places = Spreading.apart(
      wanted, gaps: zip(heights, heights.dropFirst()).map { ($0 + $1) / 2 }, from: area.y, to: area.maxY)
    for (end, y) in zip(ends, places) {
      let colour = end.label.colour.readable(on: style.background)
      let vertical: Canvas.Vertical = end.block.lineCount > 1 ? .centre : .middle
      canvas.draw(end.block, at: Point(area.maxX + style.em(0.6), y), .left, vertical, colour)
    }
  }
}

extension AxesDrawing {
  /// Names of vertical lines, above the plot and moved apart where they would touch.
  private func drawTopLabels() {
    let tops = layout.tops(width: area.width).sorted { frame.x($0.label.value) < frame.x($1.label.value) }
    let (labels, blocks) = (tops.map(\.label), tops.map(\.block))
    let widest = blocks.map(\.width).max() ?? 0
    let places = Spreading.apart(
      labels.map { frame.x($0.value) }, by: widest + style.em(0.6), from: area.x + widest / 2,
      to: max(area.x + widest / 2, area.maxX - widest / 2))
    for (index, label) in labels.enumerated() {
      canvas.draw(
        blocks[index], at: Point(places[index], area.y - style.em(0.3)), .centre, .bottom,
        label.colour.readable(on: style.background))
    }
  }
}
