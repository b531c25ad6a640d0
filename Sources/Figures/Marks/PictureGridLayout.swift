import Glibc

/// Positions of a grid's pictures and captions, relative to its top left corner.
struct PictureGridLayout {
  let grid: PictureGrid
  let style: Style
  let columns: Int
  /// Width and height of a picture's place.
  let cell: (width: Double, height: Double)
  let gap: Double
  let left: Double
  /// Width of the grid itself, no more than it needs.
  let width: Double
  let height: Double
  private let rowTitles: [TextBlock]
  private let columnTitles: [TextBlock]
  private let captions: [TextBlock?]
  /// Top of each row, and height of the captions below its pictures.
  private let rows: [(top: Double, caption: Double)]

  init(_ grid: PictureGrid, width: Double, height: Double?, _ context: Context) throws {
    self.grid = grid
    let style = context.style
    self.style = style
    let count = grid.pictures.count
    let hasSigns = grid.pictures.contains { $0.highlight != nil }
    gap = style.em(hasSigns ? 1.1 : 0.6)
    let titleLook = TextStyle(size: style.base, width: width * 0.25, lines: 3, alignment: .right)
    rowTitles = context.text.names(grid.rowTitles, titleLook)
    left = rowTitles.isEmpty ? 0 : (rowTitles.map(\.width).max() ?? 0) + style.em(0.7)
    let free = width - left
    columns = min(count, PictureGridLayout.columns(grid, free: free, gap: gap, style: style))

    let bitmaps = grid.pictures.compactMap(\.bitmap)
    let ratio = bitmaps.map { Double($0.height) / Double($0.width) }.max().map { min(4, max(0.25, $0)) } ?? 1
    var side = (free - gap * Double(columns - 1)) / Double(columns)
    if let wanted = grid.side, wanted.isFinite, wanted > 0 {
      side = min(side, wanted)
    } else {
      side = min(side, style.em(count == 1 ? 20 : columns < 4 ? 13 : 9))
    }
    guard side >= 2 else {
      throw FigureError.narrow(width + (2 - side) * Double(columns), remedy: .fewerColumns)
    }
    cell = (side, side * ratio)
    self.width = left + side * Double(columns) + gap * Double(columns - 1)

    let size = min(style.base * 0.92, max(style.base * 0.72, side * 0.19))
    let captionLook = TextStyle(
      size: size, width: side + gap * 0.7, lines: side < style.em(3) ? 1 : 2, alignment: .centre)
    // Many pictures share a caption, such as the name of their class.
    let words = Set(grid.pictures.compactMap(\.caption)).filter { !$0.isEmpty }.sorted()
    // A letter or two of each name would tell nothing.
    let room = side + gap * 0.7
    let isReadable =
      words.allSatisfy { context.text.width($0, TextStyle(size: size)) <= room }
      || context.text.width("mmmm", TextStyle(size: size)) <= room
    let set = Dictionary(
      uniqueKeysWithValues: isReadable ? Array(zip(words, context.text.names(words, captionLook))) : [])
    captions = grid.pictures.map { picture in picture.caption.flatMap { set[$0] } }
    columnTitles = PictureGridLayout.heads(
      Array(grid.columnTitles.prefix(columns)), width: side + gap * 0.7, style, context.text)
    let head = (columnTitles.map(\.height).max() ?? 0)
    var y = head > 0 ? head + style.em(0.4) : 0
    var rows: [(Double, Double)] = []
    for start in stride(from: 0, to: count, by: columns) {
      let caption = captions[start..<min(count, start + columns)].compactMap { $0?.height }.max() ?? 0
      rows.append((y, caption))
      y += cell.height + (caption > 0 ? caption + style.em(0.25) : 0) + gap
    }
    self.rows = rows
    self.height = y - gap + (hasSigns ? style.em(0.2) : 0)
    if let height, self.height > height + 0.5 { throw FigureError.low(self.height + style.em(4)) }
  }

  /// Titles in a size in which no word is broken, or none where that would be too small to read.
  private static func heads(
    _ titles: [String], width: Double, _ style: Style, _ text: TextSetter
  ) -> [TextBlock] {
    let widest =
      titles.flatMap { $0.split(separator: " ") }.map { text.width(String($0), style.tickText) }.max() ?? 0
    let size = min(style.base, style.base * width * 0.98 / max(1, widest))
    guard size >= min(style.base, Style.leastText) || widest > style.em(12) else { return [] }
    return text.names(
      titles,
      TextStyle(size: max(size, min(style.base, Style.leastText)), width: width, lines: 3, alignment: .centre)
    )
  }

  /// The number of columns: as given, or so that pictures are large enough to see and, if possible, the last row is full.
  private static func columns(_ grid: PictureGrid, free: Double, gap: Double, style: Style) -> Int {
    if let columns = grid.columns { return columns }
    if !grid.columnTitles.isEmpty { return grid.columnTitles.count }
    let count = grid.pictures.count
    if !grid.rowTitles.isEmpty { return max(1, (count + grid.rowTitles.count - 1) / grid.rowTitles.count) }
    let wanted = grid.side.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } ?? style.em(4.4)
    let most = max(1, Int((free + gap) / (wanted + gap)))
    if count <= most { return count }
    let full = (max(1, most * 2 / 3)...most).last { count % $0 == 0 }
    return full ?? most
  }

  func draw(on canvas: Canvas, at origin: Point) {
    for (index, title) in columnTitles.enumerated() {
      let x = origin.x + left + (cell.width + gap) * Double(index) + cell.width / 2
      let bottom = origin.y + (rows.first?.top ?? 0) - style.em(0.4)
      canvas.draw(title, at: Point(x, bottom), .centre, .bottom, style.muted)
    }
    for (row, place) in rows.enumerated() where row < rowTitles.count {
      let middle = origin.y + place.top + cell.height / 2
      canvas.draw(
        rowTitles[row], at: Point(origin.x + left - style.em(0.7), middle), .right, .centre, style.muted)
    }
    for (index, picture) in grid.pictures.enumerated() {
      let x = origin.x + left + (cell.width + gap) * Double(index % columns)
      let y = origin.y + rows[index / columns].top
      draw(picture, captions[index], in: Rect(x: x, y: y, width: cell.width, height: cell.height), canvas)
    }
  }

  private func draw(_ picture: PictureGrid.Picture, _ caption: TextBlock?, in place: Rect, _ canvas: Canvas) {
    if let caption {
      let top = place.maxY + style.em(0.25) + (picture.highlight == nil ? 0 : style.em(0.2))
      canvas.draw(caption, at: Point(place.midX, top), .centre, .top, style.ink)
    }
    guard let bitmap = picture.bitmap else { return }
    let rect = canvas.snapped(fitted(bitmap, in: place))
    canvas.draw(heated(bitmap, by: picture.heat), in: rect)
    guard let highlight = picture.highlight else { return }
    let colour = PictureGridLayout.colour(highlight, style)
    let width = max(1, min(style.em(0.28), place.width * 0.08))
    canvas.stroke(rect.inset(by: -width / 2), colour, width: width, radius: width * 0.6)
    if highlight != .chosen { badge(highlight, at: Point(rect.maxX, rect.y), colour, canvas) }
  }

  /// The picture in grey under the colours of its map: lightness is that of the colour, so that a print in grey can be read, and
  /// the picture moves it a little to either side.
  private func heated(_ bitmap: Bitmap, by heat: PictureGrid.Heat?) -> Bitmap {
    guard let heat, let key = grid.key else { return bitmap }
    let colours = (0...255).map { ColourMap.sequential.colour(at: Double($0) / 255, on: style.mode) }
    let labs = colours.map(OKLab.from)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(bitmap.pixels.count)
    for y in 0..<bitmap.height {
      let row = y * heat.rows / bitmap.height
      for x in 0..<bitmap.width {
        let value = heat.values[row * heat.columns + x * heat.columns / bitmap.width]
        let share = (value - key.low) / (key.high - key.low)
        var lab = labs[share.isFinite ? Int((min(1, max(0, share)) * 255).rounded()) : 0]
        let at = (y * bitmap.width + x) * 3
        let grey = OKLab.from(
          Colour(
            red: Double(bitmap.pixels[at]) / 255, green: Double(bitmap.pixels[at + 1]) / 255,
            blue: Double(bitmap.pixels[at + 2]) / 255)
        ).x
        lab.x = min(1, max(0, lab.x + PictureGridLayout.relief * (grey - 0.5)))
        let colour = OKLab.colour(lab)
        pixels += [colour.red, colour.green, colour.blue].map { UInt8(($0 * 255).rounded()) }
      }
    }
    return (try? Bitmap(width: bitmap.width, height: bitmap.height, pixels: pixels)) ?? bitmap
  }

  /// Share of a picture's lightness that its map lets through.
  private static let relief = 0.12

  /// The largest rectangle of the picture's shape in its place, centred at the bottom, where the caption is.
  private func fitted(_ bitmap: Bitmap, in place: Rect) -> Rect {
    let scale = min(place.width / Double(bitmap.width), place.height / Double(bitmap.height))
    let (width, height) = (Double(bitmap.width) * scale, Double(bitmap.height) * scale)
    return Rect(x: place.midX - width / 2, y: place.maxY - height, width: width, height: height)
  }

  static func colour(_ highlight: PictureGrid.Highlight, _ style: Style) -> Colour {
    let isLight = style.mode == .light
    switch highlight {
    case .right: return Colour(hex: isLight ? 0x1A8A5A : 0x2FBF83)
    case .wrong: return Colour(hex: isLight ? 0xD0342C : 0xFF6357)
    case .chosen: return style.colour(0)
    }
  }

  /// A tick or a cross on a small disc over the corner.
  private func badge(_ highlight: PictureGrid.Highlight, at corner: Point, _ colour: Colour, _ canvas: Canvas)
  {
    let radius = min(style.em(0.62), cell.width * 0.2)
    let centre = Point(corner.x - radius * 0.35, corner.y + radius * 0.35)
    canvas.circle(centre, radius: radius, colour, outline: style.background, width: radius * 0.25)
    let stroke = radius * 0.28
    let white = style.mode == .light ? Colour(hex: 0xFFFFFF) : Colour(hex: 0x101216)
    func at(_ x: Double, _ y: Double) -> Point { Point(centre.x + x * radius, centre.y + y * radius) }
    if highlight == .right {
      canvas.path([at(-0.42, 0.04), at(-0.12, 0.36), at(0.44, -0.32)], white, width: stroke)
    } else {
      canvas.path([at(-0.34, -0.34), at(0.34, 0.34)], white, width: stroke)
      canvas.path([at(-0.34, 0.34), at(0.34, -0.34)], white, width: stroke)
    }
  }
}
