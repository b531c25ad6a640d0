import Base

/// Small pictures at points of a map. Pictures that would cover one already placed are left out, earlier ones
/// kept: they are examples of what lies where, not all there is.
public struct Thumbnails: Sendable, Equatable {
  public var x: [Double]
  public var y: [Double]
  public var bitmaps: [Bitmap]
  /// Class of each picture for the colour of its border, or empty.
  public var classes: [Int]
  /// Length of a picture's longer side in points.
  public var side: Double

  public init(x: [Double], y: [Double], bitmaps: [Bitmap], classes: [Int] = [], side: Double = 20) {
    self.x = x
    self.y = y
    self.bitmaps = bitmaps
    self.classes = classes
    self.side = side
  }
}

extension Mark {
  public static func thumbnails(_ thumbnails: Thumbnails) -> Mark { Mark(thumbnails) }
}

extension Thumbnails: AxesMark {
  package func check() throws {
    guard x.count == y.count, x.count == bitmaps.count, classes.isEmpty || classes.count == x.count else {
      throw FigureError.pictures(
        .thumbnails(x: x.count, y: y.count, pictures: bitmaps.count, classes: classes.count))
    }
    guard side.isFinite, side >= 1, side <= 1_000 else {
      throw FigureError.pictures(.thumbnailSide(side))
    }
  }

  package func claims(_ context: Context) -> Claims {
    var claims = Claims()
    let kept = x.indices.filter { context.xScale.accepts(x[$0]) && context.yScale.accepts(y[$0]) }
    claims.x = Extent(kept.lazy.map { x[$0] })
    claims.y = Extent(kept.lazy.map { y[$0] })
    (claims.xPad, claims.yPad) = (0.06, 0.06)
    (claims.verticalGrid, claims.horizontalGrid, claims.hasWholeX) = (true, true, false)
    claims.isEmpty = kept.isEmpty
    if let note = Words.dropped(x.count - kept.count, isLog: context.xScale.isLog || context.yScale.isLog) {
      claims.notes.append(note)
    }
    return claims
  }

  package func draw(in plot: Plot) {
    // A grid of cells as large as a picture: only neighbours can touch.
    var taken: [[Int]: [Rect]] = [:]
    for index in x.indices
    where plot.context.xScale.accepts(x[index]) && plot.context.yScale.accepts(y[index]) {
      let bitmap = bitmaps[index]
      let scale = side / Double(max(bitmap.width, bitmap.height))
      let (width, height) = (Double(bitmap.width) * scale, Double(bitmap.height) * scale)
      let centre = Point(plot.x(x[index]), plot.y(y[index]))
      let rect = Rect(x: centre.x - width / 2, y: centre.y - height / 2, width: width, height: height)
      guard plot.area.contains(rect) else { continue }
      let cell = [Int(centre.x / side), Int(centre.y / side)]
      let near = (-1...1).flatMap { dx in
        (-1...1).flatMap { dy in taken[[cell[0] + dx, cell[1] + dy]] ?? [] }
      }
      guard !near.contains(where: { $0.intersects(rect) }) else { continue }
      taken[cell, default: []].append(rect)
      plot.canvas.draw(bitmap, in: rect)
      guard !classes.isEmpty else { continue }
      let colour = classes[index] < 0 ? plot.style.neutral : plot.style.colour(classes[index])
      plot.canvas.stroke(plot.canvas.snapped(rect), colour, width: min(2, side * 0.07))
    }
  }

  package func summary(_ reading: Reading) -> String {
    "Map with pictures of \(counted(x.count, "point"))"
  }

  package func plainText(_ reading: Reading) -> String { counted(x.count, "picture") + " on a map" }
}
