/// Fits axes, their labels, legend and margins around the marks of a figure.
struct AxesLayout {
  let figure: Figure
  let context: Context
  /// The marks with their contexts: each knows its first colour.
  let marks: [(mark: any AxesMark, context: Context)]
  /// What all marks ask for together.
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
      throw FigureError(
        "Lines and points cannot be drawn over lying bars.",
        advice: "Make the bars upright: orientation vertical.")
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
    let legend = chosenLegend(width: width)
    let frame = try fitted(width: width, height: height, legend: legend)
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

  // MARK: Legend

  enum ChosenLegend { case none, ends, top, right }

  private func chosenLegend(width: Double) -> ChosenLegend {
    let names = claims.legend.count
    switch figure.legend {
    case .none: return .none
    case .top: return .top
    case .right: return .right
    case .automatic:
      if claims.colourBar != nil { return .right }
      if claims.endLabels.contains(where: \.isName), endLabelsFit(width: width) { return .ends }
      if names == 0 { return .none }
      if case .dot = claims.legend[0].symbol { return names > 3 && width > style.em(24) ? .right : .top }
      return names > 12 && width > style.em(30) ? .right : .top
    }
  }

  /// Whether the names at the lines' ends leave most of the width to the lines and name all there is to name.
  private func endLabelsFit(width: Double) -> Bool {
    let named = Set(claims.endLabels.filter(\.isName).map(\.text))
    guard claims.legend.allSatisfy({ named.contains($0.label) }) else { return false }
    return endLabelWidth(claims.endLabels) <= width * 0.3
  }

  /// The labels beside the plot: with a legend elsewhere, only those that say what it does not.
  func endLabels(_ legend: ChosenLegend) -> [EndLabel] {
    legend == .ends ? claims.endLabels : claims.endLabels.filter { !$0.isName }
  }

  func endLabelWidth(_ labels: [EndLabel]) -> Double {
    labels.map { text.width($0.text, endLabelStyle($0)) }.max() ?? 0
  }

  func endLabelStyle(_ label: EndLabel) -> TextStyle { TextStyle(size: style.base, bold: label.isBold) }
}

/// Where everything of a fitted set of axes lies.
struct AxesFrame {
  var height: Double
  var area: Rect
  var x: Axis
  var y: Axis
  var xTicks: AxisLabels
  var yTicks: AxisLabels
  var legend: AxesLayout.ChosenLegend
  var legendBlock: Block?
  var legendAt = Point(0, 0)
  var yLabel: TextBlock?
  var yLabelAt = Point(0, 0)
  var xLabel: TextBlock?
  var xLabelAt = Point(0, 0)

  func moved(by offset: Point) -> AxesFrame {
    var copy = self
    copy.area.x += offset.x
    copy.area.y += offset.y
    copy.x.start += offset.x
    copy.x.end += offset.x
    copy.y.start += offset.y
    copy.y.end += offset.y
    for path in [\AxesFrame.legendAt, \AxesFrame.yLabelAt, \AxesFrame.xLabelAt] {
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
  /// The same with the axes exchanged.
  fileprivate var turned: Claims {
    var out = self
    swap(&out.x, &out.y)
    swap(&out.xBands, &out.yBands)
    swap(&out.endLabels, &out.topLabels)
    return out
  }

  /// What two marks ask for together.
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
    out.verticalGrid = verticalGrid || other.verticalGrid
    out.horizontalGrid = horizontalGrid || other.horizontalGrid
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
