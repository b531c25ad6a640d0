extension AxesLayout {
  /// Rounds until it holds: the room for labels depends on the ticks, and the ticks on the room that labels leave.
  func fitted(width: Double, height: Double?, legend: ChosenLegend) throws -> AxesFrame {
    let parts = parts(width: width, legend: legend)
    let (above, xLabel) = (parts.above, parts.xLabel)
    let gap = hidesAxes ? 0 : style.em(0.5)

    var plotHeight = max(style.em(3), (height ?? width * 0.6) - above - style.em(3))
    var bar = colourBar(plotHeight)
    var plotWidth = max(style.em(3), width - parts.side(with: bar, style) - style.em(4))
    var left = 0.0
    var x = try xAxis()
    var y = try yAxis(plotHeight)
    var xTicks = AxisLabels()
    var yTicks = AxisLabels()
    var ends: [AxesFrame.End] = []
    // Room for labels beyond the plot only grows from round to round, so that it comes to rest.
    var overhang = (left: 0.0, right: 0.0)
    for round in 0..<8 {
      (x, y) = (try xAxis(plotWidth), try yAxis(plotHeight))
      let shape = shape(&x, &y, plotWidth, height == nil ? nil : plotHeight)
      yTicks = hidesAxes ? AxisLabels() : yLabels(y, plotHeight, width)
      ends = self.ends(legend, yTicks.notation, width: width)
      bar = colourBar(plotHeight)
      let right =
        parts.side(with: bar, style) + (ends.map(\.block.width).max().map { $0 + style.em(0.7) } ?? 0)
      left = max(yTicks.extent + (yTicks.extent > 0 ? gap : 0), overhang.left)
      let free = width - left - max(right, overhang.right)
      plotWidth = free
      if let ratio = shape, let height {
        plotWidth = min(free, (height - above - xTicks.extent - (xLabel?.height ?? 0)) * ratio)
      }
      guard plotWidth >= style.em(2.5) else {
        throw FigureError.narrow(width - plotWidth + style.em(12))
      }
      x.start = 0
      x.end = plotWidth
      xTicks = hidesAxes ? AxisLabels() : xLabels(x, plotWidth)
      let below = belowHeight(xTicks, xLabel)
      if let height {
        plotHeight = height - above - below
        if let shape { plotHeight = min(plotHeight, plotWidth / shape) }
        guard plotHeight >= style.em(2) else {
          throw FigureError.low(above + below + style.em(10))
        }
      } else {
        let needs = ends.count > 1 ? style.em(1.3) * Double(ends.map(\.block.lineCount).reduce(0, +)) : 0
        plotHeight = max(naturalHeight(plotWidth, width, shape, y), legend == .ends ? 0 : needs)
      }
      let hasRoom = xTicks.overhangLeft <= left && xTicks.overhangRight <= max(right, overhang.right)
      if round >= 2, hasRoom { break }
      overhang = (max(overhang.left, xTicks.overhangLeft), max(overhang.right, xTicks.overhangRight))
    }
    (x.start, x.end) = (left, left + plotWidth)
    // Row 0 of a band scale is the top one; numbers grow upwards.
    (y.start, y.end) = y.categories == nil ? (above + plotHeight, above) : (above, above + plotHeight)
    var frame = AxesFrame(
      height: height ?? above + plotHeight + belowHeight(xTicks, xLabel),
      area: Rect(x: left, y: above, width: plotWidth, height: plotHeight), x: x, y: y, xTicks: xTicks,
      yTicks: yTicks, ends: ends)
    place(&frame, parts, bar, width)
    if height == nil {
      frame.height = max(
        frame.height, frame.legendAt.y + (frame.legendBlock?.height ?? 0),
        frame.barAt.y + (frame.barBlock?.height ?? 0))
    }
    return frame
  }

  /// Measured parts around the plot that do not depend on its ticks.
  private struct Parts {
    var isBeside = false
    var legend: Block?
    var xLabel: TextBlock?
    var yLabel: TextBlock?
    var above = 0.0

    /// Room at the right for what stands beside the plot.
    func side(with bar: Block?, _ style: Style) -> Double {
      [bar, isBeside ? legend : nil].compactMap { $0 }.reduce(0) { $0 + $1.width + style.em(1.2) }
    }
  }

  private func colourBar(_ plotHeight: Double) -> Block? {
    figure.legend == .none ? nil : LegendLayout(self).colourBar(beside: plotHeight)
  }

  private func parts(width: Double, legend: ChosenLegend) -> Parts {
    var parts = Parts()
    switch legend {
    case .none, .ends: break
    case .top: parts.legend = LegendLayout(self).rows(width: width)
    case .right(let columns):
      parts.legend = LegendLayout(self).column(count: columns)
      parts.isBeside = true
    }
    parts.xLabel = label(figure.xLabel, width: width)
    parts.yLabel = label(figure.yLabel, width: width)
    if let legend = parts.legend, !parts.isBeside { parts.above += legend.height + style.em(0.7) }
    if let label = parts.yLabel { parts.above += label.height + style.em(0.45) }
    if !claims.topLabels.isEmpty { parts.above += style.em(1.6) }
    return parts
  }

  private func place(_ frame: inout AxesFrame, _ parts: Parts, _ bar: Block?, _ width: Double) {
    let area = frame.area
    frame.legendBlock = parts.legend
    frame.barBlock = bar
    let beside = frame.ends.map(\.block.width).max().map { $0 + style.em(0.7) } ?? 0
    let side = Point(area.maxX + beside + style.em(1.2), area.y)
    if parts.isBeside { frame.legendAt = side }
    frame.barAt = side
    if parts.isBeside, let legend = parts.legend { frame.barAt.x += legend.width + style.em(1.2) }
    frame.yLabel = parts.yLabel
    frame.yLabelAt = Point(
      0, area.y - style.em(claims.topLabels.isEmpty ? 0.45 : 2.05) - (parts.yLabel?.height ?? 0))
    frame.xLabel = parts.xLabel
    if let xLabel = parts.xLabel {
      let half = xLabel.width / 2
      let middle = min(max(area.midX, half), max(half, width - half))
      frame.xLabelAt = Point(middle, area.maxY + belowHeight(frame.xTicks, nil) + style.em(0.25))
    }
  }

  var hidesAxes: Bool { !figure.showsAxes || claims.hidesAxes }

  private func belowHeight(_ ticks: AxisLabels, _ label: TextBlock?) -> Double {
    (ticks.extent > 0 ? ticks.extent + style.em(0.55) : 0) + (label.map { $0.height + style.em(0.25) } ?? 0)
  }

  private func label(_ words: Label?, width: Double) -> TextBlock? {
    guard let words, !words.isEmpty, !hidesAxes else { return nil }
    var look = style.labelText
    look.width = width
    look.lines = 3
    return text.block(words, look)
  }

  private func naturalHeight(_ plotWidth: Double, _ width: Double, _ shape: Double?, _ y: Axis) -> Double {
    if let shape { return plotWidth / shape }
    // Each row of a band scale needs its line of text.
    if let rows = y.categories {
      let lines = style.em((rows.count > 30 ? 0.2 : 0.85) + 1.25 * Double(rowLines(rows, width)))
      let each = max(lines, claims.rowHeight)
      return min(20_000, max(style.em(4), Double(rows.count) * each))
    }
    return width * 0.5
  }

  // MARK: Scales

  private func xAxis(_ length: Double? = nil) throws -> Axis {
    let scale = try checked(figure.xScale, bands: claims.xBands, name: "x")
    if let bands = claims.xBands { return Axis(form: .band(bands), low: 0, high: Double(bands.count)) }
    var wanted = scale
    wanted.includesZero = scale.includesZero || claims.includesZeroX
    let axis = try Axis.fitted(
      wanted, to: claims.x ?? Extent(low: 0, high: 1), padLow: claims.xPad, padHigh: claims.xPad,
      named: "x")
    return axis.making(room: claims.roomLeft, claims.roomRight, of: length, unless: scale.domain != nil)
  }

  private func yAxis(_ length: Double) throws -> Axis {
    let scale = try checked(figure.yScale, bands: claims.yBands, name: "y")
    if let bands = claims.yBands {
      // Row 0 is the top one.
      var axis = Axis(form: .band(bands), low: 0, high: Double(bands.count))
      (axis.start, axis.end) = (0, length)
      return axis
    }
    var wanted = scale
    wanted.includesZero = scale.includesZero || claims.includesZeroY
    let pad = claims.includesZeroY && claims.yPad == 0 ? 0 : claims.yPad
    let axis = try Axis.fitted(
      wanted, to: claims.y ?? Extent(low: 0, high: 1), padLow: pad, padHigh: pad,
      precision: figure.precision, named: "y")
    return axis.making(room: claims.roomBelow, claims.roomAbove, of: length, unless: scale.domain != nil)
  }

  private func checked(_ scale: Scale, bands: [String]?, name: String) throws -> Scale {
    if bands != nil, scale.isLog {
      throw FigureError.logarithmOfNames(axis: name)
    }
    if bands == nil, scale.kind == .band {
      throw FigureError.bandsOfNumbers(axis: name)
    }
    return scale
  }

  /// Width over height that the plot must have, or `nil`. For equal units an axis is widened where the page
  /// demands it.
  private func shape(_ x: inout Axis, _ y: inout Axis, _ width: Double, _ height: Double?) -> Double? {
    if case .ratio(let ratio) = figure.aspect, ratio.isFinite, ratio > 0 { return min(20, max(0.05, ratio)) }
    guard figure.aspect == .equal || (figure.aspect == .automatic && claims.wantsEqualUnits) else {
      return claims.shape
    }
    guard x.form == .linear, y.form == .linear else { return claims.shape }
    let (spanX, spanY) = (x.high - x.low, y.high - y.low)
    guard spanX.isFinite, spanY.isFinite, spanX > 0, spanY > 0 else { return nil }
    let wanted = height.map { width / $0 } ?? min(2.2, max(1 / 1.05, spanX / spanY))
    if figure.xScale.domain == nil, spanX / spanY < wanted {
      x = x.widened(to: spanY * wanted)
    } else if figure.yScale.domain == nil, spanX / spanY > wanted {
      y = y.widened(to: spanX / wanted)
    }
    return (x.high - x.low) / (y.high - y.low)
  }
}

extension Axis {
  /// Lengthened at its ends so that `before` and `after` points of the page stay free of data.
  func making(room before: Double, _ after: Double, of length: Double?, unless isFixed: Bool) -> Axis {
    guard let length, length > 0, before + after > 0, !isFixed, form == .linear else { return self }
    let shareBefore = min(0.4, before / length)
    let shareAfter = min(0.4, after / length)
    let span = (high / 2 - low / 2) / (1 - shareBefore - shareAfter)
    return Axis(form: form, low: low - span * shareBefore * 2, high: high + span * shareAfter * 2)
  }

  func widened(to span: Double) -> Axis {
    let extra = (span - (high - low)) / 2
    var copy = Axis(form: form, low: low - extra, high: high + extra)
    (copy.start, copy.end) = (start, end)
    return copy
  }
}
