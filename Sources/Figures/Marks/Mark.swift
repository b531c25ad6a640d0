/// One layer of a figure: a line, bars, points, pictures.
///
/// A new kind of mark is a new file: a struct of plain values, its `MarkContent`, and a static function on
/// `Mark`.
public struct Mark: Sendable {
  package let content: any MarkContent

  package init(_ content: any MarkContent) { self.content = content }
}

/// Requirements of every mark.
package protocol MarkContent: Sendable {
  /// Throws when the numbers do not belong together, such as x and y of different lengths.
  func check() throws
  /// One sentence without the final full stop, for people who do not see the picture.
  func summary(_ reading: Reading) -> String
  /// The mark in letters, no wider than `reading.columns`; empty when there is nothing to say.
  func plainText(_ reading: Reading) -> String
}

/// Context of a mark that describes itself in words.
package struct Reading: Sendable {
  package var xLabel: String?
  package var yLabel: String?
  package var xFormat: NumberFormat
  package var yFormat: NumberFormat
  package var precision: Double
  package var columns: Int
}

/// A mark drawn along two axes.
package protocol AxesMark: MarkContent {
  func claims(_ context: Context) throws -> Claims
  func draw(in plot: Plot)
  /// Whether the mark can be drawn with its axes exchanged.
  var canLie: Bool { get }
}

extension AxesMark {
  package var canLie: Bool { false }
}

/// A mark that fills the figure by itself, such as a grid of pictures.
package protocol BlockMark: MarkContent {
  /// Lays the mark out in `width` points, and in `height` where the figure has a fixed one.
  func block(width: Double, height: Double?, _ context: Context) throws -> Block
}

/// Context of a mark before the axes exist.
package struct Context {
  package var style: Style
  package var theme: Theme
  package var text: TextSetter
  package var xScale: Scale
  package var yScale: Scale
  package var xFormat: NumberFormat
  package var yFormat: NumberFormat
  package var precision: Double
  /// Roughly how wide the plot will be, in points.
  package var width: Double
  /// Index of the mark's first colour in the palette: marks of one figure do not share colours.
  package var firstColour: Int
  package var isFlipped = false
  /// All marks of the figure can lie.
  package var allowsLying = true
}

/// Claims of a mark on the axes, the legend and the margins.
package struct Claims {
  package var x: Extent?
  package var y: Extent?
  package var xBands: [String]?
  package var yBands: [String]?
  /// Shares of the span left free beyond the data.
  package var xPad = 0.03
  package var yPad = 0.05
  /// Points to keep free inside the plot above and below, and right and left of, the data, for labels.
  package var roomAbove = 0.0
  package var roomBelow = 0.0
  package var roomRight = 0.0
  package var roomLeft = 0.0
  /// All x are whole numbers, such as epochs: ticks between them would mean nothing.
  package var hasWholeX = true
  /// All y are counts.
  package var hasWholeY = false
  package var includesZeroX = false
  package var includesZeroY = false
  package var verticalGrid = false
  package var horizontalGrid = false
  /// Points that each row of a band scale needs, at least.
  package var rowHeight = 0.0
  /// Width of the plot divided by its height.
  package var shape: Double?
  /// Both axes in the same unit: one step is equally long along both.
  package var wantsEqualUnits = false
  package var hidesAxes = false
  /// The marks lie: what the figure says of x holds for the vertical axis, and the other way round.
  package var isFlipped = false
  package var legend: [LegendEntry] = []
  package var colourBar: ColourBar?
  package var endLabels: [EndLabel] = []
  /// Labels above the plot, at values of x.
  package var topLabels: [EndLabel] = []
  package var colours = 0
  /// Used where the figure does not name an axis.
  package var defaultXLabel: Label?
  package var defaultYLabel: Label?
  /// Sentences for below the figure: what was left out, and why.
  package var notes: [String] = []
  /// Whether there was anything to draw.
  package var isEmpty = false

  package init() {}
}

/// One line of a legend.
package struct LegendEntry: Sendable {
  package enum Symbol: Sendable {
    case line(dash: [Double])
    case square
    case dot(DotShape)
  }

  package var label: String
  package var colour: Colour
  package var symbol: Symbol

  package init(label: String, colour: Colour, symbol: Symbol) {
    self.label = label
    self.colour = colour
    self.symbol = symbol
  }
}

/// The key of a colour map.
package struct ColourBar: Sendable {
  package var map: ColourMap
  package var low: Double
  package var high: Double
  package var label: String?
  package var format: NumberFormat
}

/// A label beside the plot at the height of a value, such as the end of a line.
package struct EndLabel: Sendable {
  /// Nil: the value itself, written as the axis writes its own but no rounder than that.
  package var text: Label?
  package var colour: Colour
  package var value: Double
  /// Whether the label names its series, so that no legend is needed.
  package var isName: Bool
  package var isBold = true
}

/// The axes as made, and where to draw.
package struct Plot {
  package let canvas: Canvas
  package let area: Rect
  package let x: Axis
  package let y: Axis
  package let context: Context

  package var style: Style { context.style }
}
