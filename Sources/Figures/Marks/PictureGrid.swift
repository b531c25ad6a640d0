import Base
import Glibc

/// Pictures in rows and columns, each pixel kept sharp, with captions and marks for right and wrong.
public struct PictureGrid: Sendable, Equatable {
  public enum Highlight: Sendable, Equatable {
    /// A green border and a tick, a red border and a cross: colour is never the only sign.
    case right, wrong
    /// A border in the first colour of the palette, for the picture that was asked about.
    case chosen
  }

  public struct Picture: Sendable, Equatable {
    /// `nil` leaves the place empty.
    public var bitmap: Bitmap?
    public var caption: String?
    public var highlight: Highlight?
    /// A map that is drawn over the picture, in the colours of the grid's key.
    public var heat: Heat?

    public init(
      _ bitmap: Bitmap?, caption: String? = nil, highlight: Highlight? = nil, heat: Heat? = nil
    ) {
      self.bitmap = bitmap
      self.caption = caption
      self.highlight = highlight
      self.heat = heat
    }
  }

  /// Numbers of places that lie over a picture in rows and columns. Shape of `values`: `[rows, columns]`, row after row.
  public struct Heat: Sendable, Equatable {
    public var rows: Int
    public var columns: Int
    public var values: [Double]

    public init(rows: Int, columns: Int, values: [Double]) {
      (self.rows, self.columns, self.values) = (rows, columns, values)
    }
  }

  /// Meaning of the colours of all maps: the values at both ends, and what they are.
  public struct HeatKey: Sendable, Equatable {
    public var low: Double
    public var high: Double
    public var label: String
    public var format: NumberFormat

    public init(low: Double, high: Double, label: String, format: NumberFormat = .automatic) {
      (self.low, self.high, self.label, self.format) = (low, high, label, format)
    }
  }

  public var pictures: [Picture]
  /// Pictures in a row; `nil` chooses a number that fills the rows well.
  public var columns: Int?
  public var columnTitles: [String]
  public var rowTitles: [String]
  /// Side of the largest picture in points; `nil` follows the width of the figure.
  public var side: Double?
  public var key: HeatKey?

  public init(
    pictures: [Picture], columns: Int? = nil, columnTitles: [String] = [], rowTitles: [String] = [],
    side: Double? = nil, key: HeatKey? = nil
  ) {
    self.key = key
    self.pictures = pictures
    self.columns = columns
    self.columnTitles = columnTitles
    self.rowTitles = rowTitles
    self.side = side
  }
}

extension Mark {
  public static func pictures(_ grid: PictureGrid) -> Mark { Mark(grid) }
}

extension PictureGrid: BlockMark {
  /// Maximum number of pictures; beyond it nobody looks at single ones.
  public static let mostPictures = 10_000

  package func check() throws {
    guard pictures.count <= PictureGrid.mostPictures else {
      throw FigureError.pictures(.manyPictures(pictures.count, most: PictureGrid.mostPictures))
    }
    if let columns, columns < 1 {
      throw FigureError.pictures(.gridColumns(columns))
    }
    for heat in pictures.compactMap(\.heat) {
      guard heat.rows > 0, heat.columns > 0, heat.values.count == heat.rows * heat.columns else {
        throw FigureError.matrix(
          .cells(rows: heat.rows, columns: heat.columns, values: heat.values.count))
      }
    }
    precondition(key.map { $0.low < $0.high } ?? true, "the ends of a key are two numbers, the lower first")
  }

  package func block(width: Double, height: Double?, _ context: Context) throws -> Block {
    guard !pictures.isEmpty else { return PictureGrid.nothing(width: width, height: height, context) }
    let style = context.style
    // The key's height follows the pictures beside it; its width does not follow its height.
    func bar(beside height: Double) -> Block? {
      guard let key else { return nil }
      let bar = ColourBar(
        map: .sequential, low: key.low, high: key.high, label: key.label, format: key.format)
      return LegendLayout([], bar: bar, style: style, text: context.text).colourBar(beside: height)
    }
    let room = bar(beside: style.em(10)).map { $0.width + style.em(1.4) } ?? 0
    let layout = try PictureGridLayout(self, width: width - room, height: height, context)
    let keyBlock = bar(beside: layout.height)
    let total = max(layout.height, keyBlock?.height ?? 0)
    return Block(width: width, height: height ?? total) { canvas, origin in
      layout.draw(on: canvas, at: origin)
      guard let keyBlock else { return }
      let at = Point(origin.x + layout.width + style.em(1.4), origin.y)
      canvas.note(region: "key", Rect(x: at.x, y: at.y, width: keyBlock.width, height: keyBlock.height))
      keyBlock.draw(canvas, at)
    }
  }

  private static func nothing(width: Double, height: Double?, _ context: Context) -> Block {
    let style = context.style
    let block = context.text.block("No pictures to show", style.subtitleText)
    return Block(width: width, height: height ?? style.em(6)) { canvas, origin in
      let frame = Rect(x: origin.x, y: origin.y, width: width, height: height ?? style.em(6)).inset(by: 0.5)
      canvas.stroke(frame, style.grid, radius: style.em(0.4))
      canvas.draw(block, at: Point(frame.midX, frame.midY), .centre, .centre, style.muted)
    }
  }

  package func summary(_ reading: Reading) -> String {
    let count = pictures.filter { $0.bitmap != nil }.count
    var text = "Grid of \(counted(count, "picture"))"
    let titles = columnTitles.isEmpty ? rowTitles : columnTitles
    if !titles.isEmpty { text += ": " + Words.list(titles.map(Label.clean), most: 10) }
    let right = pictures.filter { $0.highlight == .right }.count
    let wrong = pictures.filter { $0.highlight == .wrong }.count
    if right + wrong > 0 { text += "; \(right) marked right, \(wrong) wrong" }
    return text
  }

  package func plainText(_ reading: Reading) -> String {
    let named = pictures.compactMap { picture -> String? in
      guard picture.bitmap != nil else { return nil }
      let mark = picture.highlight == .right ? "✓ " : picture.highlight == .wrong ? "✗ " : ""
      let caption = picture.caption.map(Label.clean) ?? ""
      return mark + caption
    }
    let captions = named.filter { !$0.isEmpty }
    let head = counted(named.count, "picture")
    return captions.isEmpty ? head : head + ": " + Words.list(captions, most: 24)
  }
}
