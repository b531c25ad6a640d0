/// Look of a figure: its colours and its type.
public struct Theme: Sendable, Equatable {
  public enum Mode: String, Sendable, CaseIterable { case light, dark }

  public var mode: Mode
  /// Font families in order of preference, separated by commas.
  public var fontFamily: String
  /// Size of the axis labels in points; titles and everything else follow it. `nil` follows the width of the
  /// figure.
  public var fontSize: Double?
  /// Leaves the background out, for slides of any colour.
  public var isTransparent: Bool

  public init(
    mode: Mode = .light, fontFamily: String = Theme.fonts, fontSize: Double? = nil,
    isTransparent: Bool = false
  ) {
    self.mode = mode
    self.fontFamily = fontFamily
    self.fontSize = fontSize
    self.isTransparent = isTransparent
  }

  /// DejaVu Sans comes with every Linux font set-up and has the mathematical signs: figures look alike
  /// everywhere.
  public static let fonts = "DejaVu Sans, Noto Sans, Liberation Sans, sans-serif"
  public static let light = Theme()
  public static let dark = Theme(mode: .dark)
}

/// A theme with everything worked out for one figure: colours, and lengths in points.
package struct Style: Sendable {
  package let mode: Theme.Mode
  package let background: Colour
  package let ink: Colour
  package let muted: Colour
  package let faint: Colour
  package let grid: Colour
  package let axis: Colour
  package let palette: [Colour]
  /// Size of tick labels in points; all other lengths are shares of it.
  package let base: Double
  /// Panels have smaller titles than the figure around them.
  package var isPanel = false
  package let isTransparent: Bool

  package init(_ theme: Theme, width: Double) {
    mode = theme.mode
    isTransparent = theme.isTransparent
    let isLight = theme.mode == .light
    background = isLight ? Colour(hex: 0xFFFFFF) : Colour(hex: 0x15181D)
    ink = isLight ? Colour(hex: 0x1B1F24) : Colour(hex: 0xECEEF1)
    muted = isLight ? Colour(hex: 0x565D66) : Colour(hex: 0xA9B0BA)
    faint = isLight ? Colour(hex: 0x9AA1AA) : Colour(hex: 0x6B737E)
    grid = isLight ? Colour(hex: 0xE6E8EB) : Colour(hex: 0x2A2F37)
    axis = isLight ? Colour(hex: 0x7C838C) : Colour(hex: 0x7A828D)
    palette = isLight ? Palette.light : Palette.dark
    // Narrow figures are for columns of a paper: type shrinks more slowly than the picture, and never under 7
    // points.
    let suited = 10.5 * (width / 480).squareRoot()
    let size = theme.fontSize ?? min(16, max(7, suited))
    base = size.isFinite ? min(200, max(2, size)) : 10.5
  }

  /// Points below which nobody reads words on paper.
  package static let leastText = 5.0

  /// `share` times the size of the type.
  package func em(_ share: Double) -> Double { base * share }

  package var tickText: TextStyle { TextStyle(size: base) }
  package var labelText: TextStyle { TextStyle(size: base) }
  package var legendText: TextStyle { TextStyle(size: base) }
  package var captionText: TextStyle { TextStyle(size: base * 0.9) }
  package var titleText: TextStyle { TextStyle(size: base * (isPanel ? 1.05 : 1.22), bold: true) }
  package var subtitleText: TextStyle { TextStyle(size: base * 1.05) }

  package func colour(_ index: Int) -> Colour {
    palette[((index % palette.count) + palette.count) % palette.count]
  }
  /// Keeps words readable over marks and grid lines; a transparent figure does not know what lies below it.
  package var halo: Colour? { isTransparent ? nil : background.opacity(0.9) }
  /// Colour of data without a class.
  package var neutral: Colour { mode == .light ? Colour(hex: 0xB4B9C0) : Colour(hex: 0x5A616B) }
}
