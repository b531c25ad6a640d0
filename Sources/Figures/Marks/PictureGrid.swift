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

    public init(_ bitmap: Bitmap?, caption: String? = nil, highlight: Highlight? = nil) {
      self.bitmap = bitmap
      self.caption = caption
      self.highlight = highlight
    }
  }

  public var pictures: [Picture]
  /// Pictures in a row; `nil` chooses a number that fills the rows well.
  public var columns: Int?
  public var columnTitles: [String]
  public var rowTitles: [String]
  /// Side of the largest picture in points; `nil` follows the width of the figure.
  public var side: Double?

  public init(
    pictures: [Picture], columns: Int? = nil, columnTitles: [String] = [], rowTitles: [String] = [],
    side: Double? = nil
  ) {
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
  }

  package func block(width: Double, height: Double?, _ context: Context) throws -> Block {
    guard !pictures.isEmpty else { return PictureGrid.nothing(width: width, height: height, context) }
    let layout = try PictureGridLayout(self, width: width, height: height, context)
    return Block(width: width, height: height ?? layout.height) { canvas, origin in
      layout.draw(on: canvas, at: origin)
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
