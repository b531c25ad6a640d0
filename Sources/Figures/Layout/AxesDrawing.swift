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
    let labels = layout.endLabels(frame.legend).sorted { frame.y($0.value) < frame.y($1.value) }
    let spacing = style.em(1.25)
    let wanted = labels.map { min(area.maxY, max(area.y, frame.y($0.value))) }
    let places = Spreading.apart(wanted, by: spacing, from: area.y, to: area.maxY)
    for (label, y) in zip(labels, places) {
      let block = layout.text.block(label.text, layout.endLabelStyle(label))
      let colour = label.colour.readable(on: style.background)
      canvas.draw(block, at: Point(area.maxX + style.em(0.6), y), .left, .middle, colour)
    }
  }
}

extension AxesDrawing {
  /// Names of vertical lines, above the plot and moved apart where they would touch.
  private func drawTopLabels() {
    let labels = layout.claims.topLabels.sorted { frame.x($0.value) < frame.x($1.value) }
    let blocks = labels.map { layout.text.block($0.text, layout.endLabelStyle($0)) }
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
