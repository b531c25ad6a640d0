import Base
import Glibc

/// A matrix as coloured cells, row 0 at the top, with its numbers where they fit: similarity, attention,
/// weights.
///
/// Values on both sides of zero get a diverging map centred on it. Cells without a finite value stay empty,
/// and the figure says so. Above 10,000 cells the matrix is drawn as one picture.
public struct Heatmap: Sendable, Equatable {
  public var rows: Int
  public var columns: Int
  /// Shape: `[rows, columns]`, row after row.
  public var values: [Double]
  /// Names of the rows and columns; empty numbers them from 0.
  public var rowNames: [String]
  public var columnNames: [String]
  /// `nil` chooses by the values.
  public var map: ColourMap?
  /// The values at the two ends of the map; `nil` fits the data.
  public var domain: ClosedRange<Double>?
  /// The number in each cell; `nil` writes them where they fit.
  public var labelsValues: Bool?
  public var format: NumberFormat
  /// Meaning of the colours, above their key.
  public var label: String?
  public var showsKey: Bool

  public init(
    rows: Int, columns: Int, values: [Double], rowNames: [String] = [], columnNames: [String] = [],
    map: ColourMap? = nil, domain: ClosedRange<Double>? = nil, labelsValues: Bool? = nil,
    format: NumberFormat = .automatic, label: String? = nil, showsKey: Bool = true
  ) {
    self.rows = rows
    self.columns = columns
    self.values = values
    self.rowNames = rowNames
    self.columnNames = columnNames
    self.map = map
    self.domain = domain
    self.labelsValues = labelsValues
    self.format = format
    self.label = label
    self.showsKey = showsKey
  }
}

extension Mark {
  public static func heatmap(_ heatmap: Heatmap) -> Mark { Mark(heatmap) }
}

extension Heatmap: AxesMark {
  private static let mostCells = 10_000

  package func check() throws {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard rows >= 0, columns >= 0, !overflow, values.count == count else {
      throw FigureError.matrix(.cells(rows: rows, columns: columns, values: values.count))
    }
    let most = 8_192
    guard rows <= most, columns <= most else {
      throw FigureError.matrix(.largeMatrix(rows: rows, columns: columns, most: most))
    }
    for (names, count, part) in [
      (rowNames, rows, FigureError.Matrix.Part.rows), (columnNames, columns, .columns),
    ] {
      guard names.isEmpty || names.count == count else {
        throw FigureError.matrix(.names(count, part, names: names.count))
      }
    }
    if let domain,
      !(domain.lowerBound.isFinite && domain.upperBound.isFinite && domain.lowerBound < domain.upperBound)
    {
      throw FigureError.matrix(.colours(domain))
    }
  }

  /// The map and its ends.
  func colouring(_ precision: Double) -> (map: ColourMap, low: Double, high: Double)? {
    guard let reach = Extent(values.lazy.filter { $0.isFinite && abs($0) <= 1e300 }) else { return nil }
    let map = map ?? (reach.low < 0 && reach.high > 0 ? .diverging : .sequential)
    if let domain { return (map, domain.lowerBound, domain.upperBound) }
    if map == .diverging {
      let far = max(abs(reach.low), abs(reach.high))
      return (map, far > 0 ? -far : -1, far > 0 ? far : 1)
    }
    if map == .counts, reach.low >= 0 { return (map, 0, reach.high > 0 ? reach.high : 1) }
    guard !reach.isFlat(precision) else {
      let room = reach.low == 0 ? 1e-3 : abs(reach.low) * 0.1
      return (map, reach.low - room, reach.high + room)
    }
    return (map, reach.low, reach.high)
  }

  package func claims(_ context: Context) -> Claims {
    var claims = Claims()
    guard let colouring = colouring(context.precision) else {
      claims.isEmpty = true
      return claims
    }
    claims.xBands = columnNames.isEmpty ? (0..<columns).map(String.init) : columnNames
    claims.yBands = rowNames.isEmpty ? (0..<rows).map(String.init) : rowNames
    (claims.xPad, claims.yPad) = (0, 0)
    // Cells are square unless that makes the figure very high or flat.
    claims.shape = min(4, max(0.8, Double(columns) / Double(max(1, rows))))
    if showsKey {
      claims.colourBar = ColourBar(
        map: colouring.map, low: colouring.low, high: colouring.high, label: label, format: format)
    }
    let missing = values.count - values.filter { $0.isFinite && abs($0) <= 1e300 }.count
    if missing > 0 {
      claims.notes.append(
        counted(missing, "cell") + (missing == 1 ? " is" : " are") + " empty: not a finite number.")
    }
    return claims
  }

  package func draw(in plot: Plot) {
    guard let colouring = colouring(plot.context.precision), rows > 0, columns > 0 else { return }
    let area = plot.area
    func share(_ value: Double) -> Double {
      (value / 2 - colouring.low / 2) / (colouring.high / 2 - colouring.low / 2)
    }
    func colour(_ value: Double) -> Colour { colouring.map.colour(at: share(value), on: plot.style.mode) }
    if values.count > Heatmap.mostCells {
      drawPicture(plot, colouring)
      return
    }
    let width = area.width / Double(columns)
    let height = area.height / Double(rows)
    let gap = min(width, height) > plot.style.em(1.6) ? plot.style.em(0.1) : 0
    let labels = labels(plot, width: width - gap, height: height - gap)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = values[row * columns + column]
        let cell = plot.canvas.snapped(
          Rect(
            x: area.x + width * Double(column) + gap / 2, y: area.y + height * Double(row) + gap / 2,
            width: width - gap, height: height - gap))
        guard value.isFinite, abs(value) <= 1e300 else {
          plot.canvas.stroke(cell.inset(by: 0.5), plot.style.grid, width: 0.5)
          continue
        }
        let fill = colour(value)
        plot.canvas.fill(cell, fill)
        if let block = labels?[row * columns + column] {
          let ink = fill.luminance > 0.32 ? Colour(hex: 0x14171B) : Colour(hex: 0xFFFFFF)
          plot.canvas.draw(block, at: Point(cell.midX, cell.midY), .centre, .middle, ink)
        }
      }
    }
  }

  /// All numbers or none, at the largest of three sizes that fits.
  private func labels(_ plot: Plot, width: Double, height: Double) -> [TextBlock]? {
    guard labelsValues != false, values.count <= 1_600 else { return nil }
    let written = format.texts(values.map { $0.isFinite ? $0 : 0 })
    for size in [1.0, 0.88, 0.76] {
      let look = TextStyle(size: plot.style.base * size)
      let blocks = written.map { plot.context.text.block($0, look) }
      let widest = blocks.map(\.width).max() ?? 0
      if widest <= width - plot.style.em(0.25), look.size * 1.25 <= height { return blocks }
      if labelsValues == true && size == 0.76 { return blocks }
    }
    return nil
  }

  private func drawPicture(_ plot: Plot, _ colouring: (map: ColourMap, low: Double, high: Double)) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(values.count * 3)
    let table = (0...255).map { colouring.map.colour(at: Double($0) / 255, on: plot.style.mode) }
    let span = colouring.high / 2 - colouring.low / 2
    for value in values {
      if plot.canvas.isStopped { return }
      let share = (value / 2 - colouring.low / 2) / span
      let ink = share.isFinite ? table[Int(min(1, max(0, share)) * 255)] : plot.style.background
      pixels += [ink.red, ink.green, ink.blue].map { UInt8(($0 * 255).rounded()) }
    }
    if let bitmap = try? Bitmap(width: columns, height: rows, pixels: pixels) {
      plot.canvas.draw(bitmap, in: plot.area)
    }
  }

  package func summary(_ reading: Reading) -> String {
    var text = "Heat map of \(counted(rows, "row")) and \(counted(columns, "column"))"
    if let label { text += ", coloured by \(Label.clean(label))" }
    if let reach = Extent(values.lazy.filter(\.isFinite)) {
      text += ", from \(format.text(reach.low)) to \(format.text(reach.high))"
    }
    return text
  }

  package func plainText(_ reading: Reading) -> String {
    let shown = 12
    guard rows > 0, columns > 0 else { return "an empty matrix" }
    guard rows <= shown, columns <= shown else { return summary(reading) }
    var known = format.texts(values.filter(\.isFinite)).makeIterator()
    let texts = values.map { $0.isFinite ? known.next() ?? "" : "–" }
    func cut(_ names: [String], _ count: Int, to width: Int) -> [String] {
      let names = names.isEmpty ? (0..<count).map(String.init) : names.map(Label.clean)
      return Shortening.distinct(names) { $0.count <= width }
    }
    let rowNames = cut(rowNames, rows, to: 16)
    let nameWidth = rowNames.map(\.count).max() ?? 0
    let most = max(6, min(10, texts.map(\.count).max() ?? 0))
    let columnNames = cut(columnNames, columns, to: most)
    let width = max(texts.map(\.count).max() ?? 0, columnNames.map(\.count).max() ?? 0)
    func row(_ name: String, _ cells: [String]) -> String {
      Words.fitted(name, to: nameWidth)
        + cells.map { "  " + Words.fitted($0, to: width, right: true) }.joined()
    }
    return
      ([row("", columnNames)]
      + (0..<rows).map { row(rowNames[$0], Array(texts[($0 * columns)..<(($0 + 1) * columns)])) })
      .joined(separator: "\n")
  }
}
