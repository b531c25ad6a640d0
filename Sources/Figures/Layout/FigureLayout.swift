/// Places the parts of a figure one below the other: title, subtitle, what the marks draw, caption and notes.
struct FigureLayout {
  let figure: Figure
  let text: TextSetter
  let style: Style

  /// The widest and highest page: 100 times an A4 page's width is a mistake, not a figure.
  static let widest = 60_000.0

  init(_ figure: Figure, text: TextSetter, isPanel: Bool = false) throws {
    for side in [figure.size.width, figure.size.height ?? 100] {
      guard side.isFinite, side > 0, side <= FigureLayout.widest else {
        throw FigureError.side(side)
      }
    }
    self.figure = figure
    self.text = text
    var style = Style(figure.theme, width: figure.size.width)
    style.isPanel = isPanel
    self.style = style
  }

  /// The whole page with its margins.
  func page() throws -> Block {
    let margin = style.em(0.8)
    let inner = figure.size.width - 2 * margin
    guard inner >= style.em(4) else { throw FigureError.narrow(style.em(4) + 2 * margin) }
    let body = try body(width: inner, height: figure.size.height.map { $0 - 2 * margin })
    let height = figure.size.height ?? body.height + 2 * margin
    return Block(width: figure.size.width, height: height) { canvas, origin in
      body.draw(canvas, Point(origin.x + margin, origin.y + margin))
    }
  }

  /// Contents without the margins; `extra` is left free above and below the axes.
  func body(
    width: Double, height: Double?, extra: (top: Double, bottom: Double) = (0, 0)
  ) throws -> Block {
    let main = try mainParts(width: width)
    let gap = style.em(0.75)
    let header = header(width: width)
    let footerWords = [figure.caption].compactMap { $0 }.filter { !$0.isEmpty } + main.notes.map(Label.plain)
    let footer = footer(footerWords, width: width)
    let around =
      (header.map { $0.height + gap } ?? 0) + (footer.map { $0.height + gap } ?? 0)
      + extra.top + extra.bottom
    let left = height.map { $0 - around }
    if let left, left < style.em(4) { throw FigureError.low(around + style.em(8)) }
    let middle = try main.block(left)
    let total = height ?? around + middle.height
    let top = (header.map { $0.height + gap } ?? 0) + extra.top
    let insets = middle.plotInsets.map {
      (top: top + $0.top, bottom: total - top - middle.height + $0.bottom)
    }
    return Block(width: width, height: total, plotInsets: insets) { canvas, origin in
      header?.draw(canvas, origin)
      middle.draw(canvas, Point(origin.x, origin.y + top))
      if let footer { footer.draw(canvas, Point(origin.x, origin.y + total - footer.height)) }
    }
  }

  private struct MainParts {
    var notes: [String]
    var block: (Double?) throws -> Block
  }

  private func mainParts(width: Double) throws -> MainParts {
    for mark in figure.marks { try mark.content.check() }
    let context = Context(
      style: style, theme: figure.theme, text: text, xScale: figure.xScale, yScale: figure.yScale,
      xFormat: figure.xFormat, yFormat: figure.yFormat, precision: figure.precision, width: width,
      firstColour: 0)
    let blocks = figure.marks.compactMap { $0.content as? any BlockMark }
    guard blocks.isEmpty || blocks.count == figure.marks.count else {
      throw FigureError.mixedMarks
    }
    if !blocks.isEmpty {
      return MainParts(notes: []) { height in try stacked(blocks, width: width, height: height, context) }
    }
    let axes = try AxesLayout(figure, context: context)
    return MainParts(notes: axes.claims.notes) { height in try axes.block(width: width, height: height) }
  }

  private func stacked(_ marks: [any BlockMark], width: Double, height: Double?, _ context: Context) throws
    -> Block
  {
    let gap = style.em(1)
    let share = height.map { ($0 - gap * Double(marks.count - 1)) / Double(marks.count) }
    let blocks = try marks.map { try $0.block(width: width, height: share, context) }
    let total = blocks.reduce(0) { $0 + $1.height } + gap * Double(marks.count - 1)
    return Block(width: width, height: height ?? total) { canvas, origin in
      var y = origin.y
      for block in blocks {
        block.draw(canvas, Point(origin.x, y))
        y += block.height + gap
      }
    }
  }

  private func header(width: Double) -> Block? {
    var blocks: [(TextBlock, Colour)] = []
    if let title = figure.title, !title.isEmpty {
      var look = style.titleText
      look.width = width
      look.lines = 14
      blocks.append((text.block(title, look), style.ink))
    }
    if let subtitle = figure.subtitle, !subtitle.isEmpty {
      var look = style.subtitleText
      look.width = width
      look.lines = 14
      blocks.append((text.block(subtitle, look), style.muted))
    }
    return column(blocks, width: width, gap: style.em(0.2))
  }

  private func footer(_ sentences: [Label], width: Double) -> Block? {
    var look = style.captionText
    look.width = width
    look.lines = 20
    return column(sentences.map { (text.block($0, look), style.muted) }, width: width, gap: style.em(0.15))
  }

  private func column(_ blocks: [(TextBlock, Colour)], width: Double, gap: Double) -> Block? {
    guard !blocks.isEmpty else { return nil }
    let height = blocks.reduce(0) { $0 + $1.0.height } + gap * Double(blocks.count - 1)
    return Block(width: width, height: height) { canvas, origin in
      var y = origin.y
      for (block, colour) in blocks {
        canvas.draw(block, at: Point(origin.x, y), .left, .top, colour)
        y += block.height + gap
      }
    }
  }
}
