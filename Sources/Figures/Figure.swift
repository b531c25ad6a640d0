import FoundationEssentials

/// A picture of data as a value: marks on scales, and the words around them. Nothing is drawn before bytes
/// are asked for.
///
/// ```swift
/// var figure = Figure(title: "Loss", marks: [.line(Line(series: [.init(x: epochs, y: loss)]))])
/// figure.xLabel = "Epoch"
/// let picture = try figure.png()
/// ```
/// Words around the data are a ``Label``: written for the figure, and then `_{…}` and `^{…}` are lowered and raised
/// parts, or plain. Names in the data are plain. The same figure gives the same bytes. A figure may be drawn on any thread, and on several at once.
public struct Figure: Sendable {
  public enum LegendPlacement: String, Sendable, CaseIterable {
    /// Names at the lines themselves where that reads well, else above, and beside for classes of points.
    case automatic
    case top, right, none
  }

  public enum Aspect: Sendable, Equatable {
    /// The aspect that the marks ask for.
    case automatic
    /// One unit is equally long along both axes, as a map needs.
    case equal
    /// Width of the plot divided by its height.
    case ratio(Double)
  }

  public var title: Label?
  public var subtitle: Label?
  public var xLabel: Label?
  public var yLabel: Label?
  public var caption: Label?
  public var marks: [Mark]
  public var xScale: Scale
  public var yScale: Scale
  public var xFormat: NumberFormat
  public var yFormat: NumberFormat
  public var legend: LegendPlacement
  public var aspect: Aspect
  /// Whether axes are drawn; without them only a faint frame is, as suits maps whose coordinates have no meaning.
  public var showsAxes: Bool
  /// Relative difference below which values count as equal up to rounding and are drawn flat. ``single`` for
  /// what was computed in single precision, such as losses.
  public var precision = Figure.exact
  /// Size in points; without a height, the one that suits the marks.
  public var size: Size
  public var theme: Theme

  public init(
    title: Label? = nil, subtitle: Label? = nil, xLabel: Label? = nil, yLabel: Label? = nil,
    caption: Label? = nil, marks: [Mark] = [], xScale: Scale = .automatic, yScale: Scale = .automatic,
    xFormat: NumberFormat = .automatic, yFormat: NumberFormat = .automatic,
    legend: LegendPlacement = .automatic,
    aspect: Aspect = .automatic, showsAxes: Bool = true, size: Size = Size(), theme: Theme = .light
  ) {
    self.title = title
    self.subtitle = subtitle
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.caption = caption
    self.marks = marks
    self.xScale = xScale
    self.yScale = yScale
    self.xFormat = xFormat
    self.yFormat = yFormat
    self.legend = legend
    self.aspect = aspect
    self.showsAxes = showsAxes
    self.size = size
    self.theme = theme
  }

  // MARK: Bytes

  // Drawing asks `stop` many times a second whether to give up, which throws `Interrupted`.

  /// The figure as a PNG file of `scale` pixels per point: 2 for screens, 300/72 for 300 dots per inch.
  public func png(scale: Double = 2, stop: @escaping () -> Bool = { false }) throws -> Data {
    try picture(scale: scale, stop: stop).png
  }

  /// The figure as a PNG file, and the size at which it wants to be shown in whole points.
  public func picture(
    scale: Double = 2, stop: @escaping () -> Bool = { false }
  ) throws -> (png: Data, size: PixelSize) {
    let text = TextSetter(family: theme.fontFamily, stop: stop)
    let block = try laidOut(text)
    let size = try Output.pixels(width: block.width, height: block.height, scale: 1)
    return (try Output.png(block, scale: scale, background: background, text: text), size)
  }

  /// The figure as an SVG file with its description for screen readers. Letters are outlines, so it needs no
  /// fonts; clouds of many points are one picture inside it.
  public func svg(stop: @escaping () -> Bool = { false }) throws -> String {
    let text = TextSetter(family: theme.fontFamily, stop: stop)
    return try Output.svg(
      laidOut(text), background: background, title: title?.spoken ?? "", description: altText, text: text)
  }

  /// The figure as a PDF page of its size, fonts embedded; clouds of many points are one picture inside it.
  public func pdf(stop: @escaping () -> Bool = { false }) throws -> Data {
    let text = TextSetter(family: theme.fontFamily, stop: stop)
    return try Output.pdf(laidOut(text), background: background, title: title?.spoken ?? "", text: text)
  }

  /// Like ``pdf()``, laid out again for a page `widthInCentimetres` wide; see ``resized(width:)``.
  public func pdf(widthInCentimetres width: Double) throws -> Data {
    try resized(width: width * Figure.pointsPerCentimetre).pdf()
  }

  /// The figure laid out for another width in points, its shape kept: type shrinks less than the picture, so
  /// that it can still be read in a column of a paper.
  public func resized(width: Double) -> Figure {
    var copy = self
    copy.size.height = size.height.map { $0 * width / size.width }
    copy.size.width = width
    return copy
  }

  /// Rounding of sums in double precision.
  public static let exact = 2e-13
  /// Rounding of sums in single precision.
  public static let single = 1e-6

  public static let pointsPerCentimetre = 72 / 2.54

  /// The size in points at which the figure wants to be shown, with the height worked out.
  public func pointSize() throws -> (width: Double, height: Double) {
    let block = try laidOut(TextSetter(family: theme.fontFamily))
    return (block.width, block.height)
  }

  /// The size of ``png(scale:)`` in pixels.
  public func pixelSize(scale: Double = 2) throws -> PixelSize {
    let size = try pointSize()
    return try Output.pixels(width: size.width, height: size.height, scale: scale)
  }

  /// Log of what is drawn and where, for tests.
  package func drawingLog() throws -> (page: Rect, log: DrawingLog) {
    let text = TextSetter(family: theme.fontFamily)
    let block = try laidOut(text)
    return (Rect(x: 0, y: 0, width: block.width, height: block.height), try Output.log(block, text: text))
  }

  /// Whether the marks stand on two axes, as a line across the figure needs.
  public var hasAxes: Bool { !marks.isEmpty && marks.allSatisfy { $0.content is any AxesMark } }

  // MARK: Words

  /// A sentence or two that say what the figure shows, for screen readers.
  public var altText: String {
    let reading = reading(columns: 80)
    let head = [title, subtitle].compactMap { $0?.spoken }.filter { !$0.isEmpty }.map(Words.sentence)
    let body = marks.map { Words.sentence($0.content.summary(reading)) }
    let all = (head + body + [caption].compactMap { $0?.spoken }.map(Words.sentence)).filter { !$0.isEmpty }
    return all.isEmpty ? "An empty figure." : all.joined(separator: " ")
  }

  /// The figure in letters, for terminals: a small chart where letters can show one, else what the figure
  /// holds.
  public func plainText(columns: Int = 72) -> String {
    let reading = reading(columns: min(400, max(24, columns)))
    let head = [title, subtitle].compactMap { $0?.spoken }
    let body = marks.map { $0.content.plainText(reading) }
    return (head + body + [caption].compactMap { $0?.spoken }).filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  // MARK: Inside

  private var background: Colour? { theme.isTransparent ? nil : Style(theme, width: size.width).background }

  private func laidOut(_ text: TextSetter) throws -> Block {
    do {
      let block = try FigureLayout(self, text: text).page()
      try text.stop.check()
      return block
    } catch let error as FigureError {
      // What was not measured any more may seem not to fit.
      try text.stop.check()
      throw error
    }
  }

  private func reading(columns: Int) -> Reading {
    Reading(
      xLabel: xLabel?.spoken, yLabel: yLabel?.spoken, xFormat: xFormat, yFormat: yFormat,
      precision: precision, columns: columns)
  }
}
