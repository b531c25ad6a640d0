/// Fits axes, their labels, legend and margins around the marks of a figure.
struct AxesLayout {
  let figure: Figure
  let context: Context
  /// The marks with their contexts: each knows its first colour.
  let marks: [(mark: any AxesMark, context: Context)]
  /// Combined claims of all marks.
  let claims: Claims

  var style: Style { context.style }
  var text: TextSetter { context.text }

  init(_ figure: Figure, context: Context) throws {
    var colour = 0
    var marks: [(any AxesMark, Context)] = []
    var all = Claims()
    all.isEmpty = true
    var each: [Claims] = []
    let axesMarks = figure.marks.compactMap { $0.content as? any AxesMark }
    for mark in axesMarks {
      var own = context
      own.firstColour = colour
      own.allowsLying = axesMarks.allSatisfy(\.canLie)
      let claims = try mark.claims(own)
      colour += claims.colours
      marks.append((mark, own))
      each.append(claims)
    }
    let isFlipped = each.contains(where: \.isFlipped)
    guard !isFlipped || axesMarks.allSatisfy(\.canLie) else {
      throw FigureError.overLyingBars
    }
    for (index, claims) in each.enumerated() {
      all = all.joined(with: isFlipped && !claims.isFlipped ? claims.turned : claims, isFirst: index == 0)
    }
    var figure = figure
    var context = context
    figure.xLabel = figure.xLabel ?? all.defaultXLabel
    figure.yLabel = figure.yLabel ?? all.defaultYLabel
    if all.isFlipped {
      figure.turn()
      context.turn()
      for index in marks.indices { marks[index].1.turn() }
    }
    self.figure = figure
    self.context = context
    self.marks = marks
    self.claims = all
  }

  func block(width: Double, height: Double?) throws -> Block {
    if claims.isEmpty { return emptyBlock(width: width, height: height) }
    let frame = try frame(width: width, height: height)
    let insets = (top: frame.area.y, bottom: frame.height - frame.area.maxY)
    return Block(width: width, height: frame.height, plotInsets: insets) { canvas, origin in
      AxesDrawing(layout: self, frame: frame.moved(by: origin), canvas: canvas).draw()
    }
  }

  /// A frame that says that there is nothing to draw.
  private func emptyBlock(width: Double, height: Double?) -> Block {
    let height = height ?? width * 0.4
    let block = text.block(
      claims.notes.isEmpty ? "No data to draw yet" : "No data that can be drawn",
      TextStyle(size: style.base * 1.1, width: width - style.em(2), lines: 2, alignment: .centre))
    return Block(width: width, height: height) { [style] canvas, origin in
      let frame = Rect(x: origin.x, y: origin.y, width: width, height: height).inset(by: 0.5)
      canvas.stroke(frame, style.grid, radius: style.em(0.4))
      canvas.draw(block, at: Point(frame.midX, frame.midY), .centre, .centre, style.muted)
    }
  }

  // MARK: Labels at ends

  /// The labels beside the plot: with a legend elsewhere, only those that say what it does not.
  func ends(_ legend: ChosenLegend, _ notation: Notation, width: Double) -> [AxesFrame.End] {
    let shown = legend == .ends ? claims.endLabels : claims.endLabels.filter { !$0.isName }
    return shown.map { label in
      let whole = label.text ?? .plain(notation.text(label.value, finer: true))
      let look = TextStyle(size: style.base, bold: label.isBold)
      let isLong = text.width(whole, look) > width * 0.34
      // A number is broken between its parts, where it has two.
      let words =
        isLong && label.text == nil
        ? .plain(notation.text(label.value, finer: true, isNarrow: true)) : whole
      return AxesFrame.End(label: label, block: endBlock(words, look, width: width))
    }
  }

  /// Long words take up to three lines of a third of the figure.
  private func endBlock(_ words: Label, _ style: TextStyle, width: Double) -> TextBlock {
    var look = style
    let block = text.block(words, look)
    guard block.width > width * 0.34 else { return block }
    (look.width, look.lines) = (width * 0.34, 3)
    return text.block(words, look)
  }

  /// Labels of vertical lines, above the plot.
  func tops(width: Double) -> [AxesFrame.End] {
    claims.topLabels.map { label in
      let words = label.text ?? .plain(figure.xFormat.text(label.value))
      var look = TextStyle(size: style.base, bold: label.isBold)
      if text.width(words, look) > width * 0.6 { (look.width, look.lines) = (width * 0.6, 1) }
      return AxesFrame.End(label: label, block: text.block(words, look))
    }
  }
}

/// Positions of all parts of a fitted set of axes.
struct AxesFrame {
  /// A label outside the plot, at the place of a value.
  struct End {
    let label: EndLabel
    let block: TextBlock
  }

  var height: Double
  var area: Rect
  var x: Axis
  var y: Axis
  var xTicks: AxisLabels
  var yTicks: AxisLabels
  var ends: [End] = []
  var legendBlock: Block?
  var legendAt = Point(0, 0)
  var barBlock: Block?
  var barAt = Point(0, 0)
  var yLabel: TextBlock?
  var yLabelAt = Point(0, 0)
  var xLabel: TextBlock?
  var xLabelAt = Point(0, 0)

  /// Room that each of the labels beside the plot takes along it, in points.
  func endHeights(_ style: Style) -> [Double] {
    ends.map { max(style.em(1.25), $0.block.height + style.em(0.1)) }
  }

  func endsHeight(_ style: Style) -> Double { endHeights(style).reduce(0, +) }

  func moved(by offset: Point) -> AxesFrame {
    var copy = self
    copy.area.x += offset.x
    copy.area.y += offset.y
    copy.x.start += offset.x
    copy.x.end += offset.x
    copy.y.start += offset.y
    copy.y.end += offset.y
    for path in [\AxesFrame.legendAt, \AxesFrame.barAt, \AxesFrame.yLabelAt, \AxesFrame.xLabelAt] {
      copy[keyPath: path].x += offset.x
      copy[keyPath: path].y += offset.y
    }
    return copy
  }
}

extension Figure {
  /// Exchanges what is said of x and y, for marks that lie.
  mutating func turn() {
    swap(&xLabel, &yLabel)
    swap(&xScale, &yScale)
    swap(&xFormat, &yFormat)
  }
}

extension Context {
  mutating func turn() {
    isFlipped.toggle()
    swap(&xScale, &yScale)
    swap(&xFormat, &yFormat)
  }
}

extension Claims {
  /// These claims with the axes exchanged.
  fileprivate var turned: Claims {
    var out = self
    swap(&out.x, &out.y)
    swap(&out.xBands, &out.yBands)
    swap(&out.endLabels, &out.topLabels)
    swap(&out.hasWholeX, &out.hasWholeY)
    return out
  }

  /// Combined claims of two marks.
  func joined(with other: Claims, isFirst: Bool) -> Claims {
    var out = self
    out.x = .union(x, other.x)
    out.y = .union(y, other.y)
    out.xBands = Claims.union(xBands, other.xBands)
    out.yBands = Claims.union(yBands, other.yBands)
    // The first mark that has data decides; later ones may only ask for more room.
    out.xPad = isFirst ? other.xPad : max(xPad, other.xPad)
    out.yPad = isFirst ? other.yPad : max(yPad, other.yPad)
    out.roomAbove = max(roomAbove, other.roomAbove)
    out.roomBelow = max(roomBelow, other.roomBelow)
    out.roomRight = max(roomRight, other.roomRight)
    out.roomLeft = max(roomLeft, other.roomLeft)
    out.includesZeroX = includesZeroX || other.includesZeroX
    out.includesZeroY = includesZeroY || other.includesZeroY
    out.hasWholeX = hasWholeX && other.hasWholeX
    out.hasWholeY = isFirst ? other.hasWholeY : hasWholeY && other.hasWholeY
    out.verticalGrid = verticalGrid || other.verticalGrid
    out.horizontalGrid = horizontalGrid || other.horizontalGrid
    out.rowHeight = max(rowHeight, other.rowHeight)
    out.shape = shape ?? other.shape
    out.wantsEqualUnits = wantsEqualUnits || other.wantsEqualUnits
    out.hidesAxes = hidesAxes || other.hidesAxes
    out.isFlipped = isFlipped || other.isFlipped
    out.legend = legend + other.legend
    out.colourBar = colourBar ?? other.colourBar
    out.endLabels = endLabels + other.endLabels
    out.topLabels = topLabels + other.topLabels
    out.colours = colours + other.colours
    out.notes = notes + other.notes
    out.defaultXLabel = defaultXLabel ?? other.defaultXLabel
    out.defaultYLabel = defaultYLabel ?? other.defaultYLabel
    out.isEmpty = isEmpty && other.isEmpty
    return out
  }

  private static func union(_ a: [String]?, _ b: [String]?) -> [String]? {
    guard let a, let b, a != b else { return a ?? b }
    let known = Set(a)
    return a + b.filter { !known.contains($0) }
  }
}
