import Glibc

/// The outline of a point in a scatter plot: beyond ten classes, shape tells what colour alone cannot.
package enum DotShape: Int, Sendable, CaseIterable {
  case circle, square, triangle, diamond

  /// Signed distance from the outline in units of the coordinates, negative inside, for a dot of `radius`.
  /// All shapes cover about the area of the circle.
  package func distance(_ x: Double, _ y: Double, radius: Double) -> Double {
    switch self {
    case .circle: (x * x + y * y).squareRoot() - radius
    case .square: max(abs(x), abs(y)) - radius * 0.886
    case .diamond: (abs(x) + abs(y) - radius * 1.2533) * 0.7071
    case .triangle: max(y - radius * 0.7, abs(x) * 0.866 - y * 0.5 - radius * 0.78)
    }
  }

  package func draw(on canvas: Canvas, at centre: Point, radius: Double, _ colour: Colour) {
    let (x, y) = (centre.x, centre.y)
    switch self {
    case .circle: canvas.circle(centre, radius: radius, colour)
    case .square:
      let half = radius * 0.886
      canvas.fill(Rect(x: x - half, y: y - half, width: 2 * half, height: 2 * half), colour)
    case .diamond:
      let half = radius * 1.2533
      canvas.fill([Point(x, y - half), Point(x + half, y), Point(x, y + half), Point(x - half, y)], colour)
    case .triangle:
      let bottom = y + radius * 0.7
      let top = y - radius * 1.56
      let half = (0.5 * 0.7 + 0.78) / 0.866 * radius
      canvas.fill([Point(x, top), Point(x + half, bottom), Point(x - half, bottom)], colour)
    }
  }
}

/// Thousands of half-transparent dots painted straight into pixels, with smooth edges at any fraction of a
/// pixel.
package struct DotRaster {
  package private(set) var pixels: Pixels

  package init(width: Int, height: Int) { pixels = Pixels(width: width, height: height) }

  /// Paints one dot over what is there; coordinates and radius in pixels.
  package mutating func add(x: Double, y: Double, radius: Double, shape: DotShape, colour: Colour) {
    let reach = radius * 1.6 + 1
    guard x.isFinite, y.isFinite, x > -reach, y > -reach, x < Double(pixels.width) + reach,
      y < Double(pixels.height) + reach
    else { return }
    let left = max(0, Int(floor(x - reach)))
    let right = min(pixels.width - 1, Int(floor(x + reach)))
    let top = max(0, Int(floor(y - reach)))
    let bottom = min(pixels.height - 1, Int(floor(y + reach)))
    guard left <= right, top <= bottom else { return }
    let red = Float(colour.red)
    let green = Float(colour.green)
    let blue = Float(colour.blue)
    let opacity = Float(colour.alpha)
    let width = pixels.width
    pixels.words.withUnsafeMutableBufferPointer { words in
      for row in top...bottom {
        let dy = Double(row) + 0.5 - y
        for column in left...right {
          let distance = shape.distance(Double(column) + 0.5 - x, dy, radius: radius)
          guard distance < 0.5 else { continue }
          let alpha = opacity * Float(min(1, 0.5 - distance))
          let index = row * width + column
          words[index] = DotRaster.over(words[index], red, green, blue, alpha)
        }
      }
    }
  }

  /// Porter and Duff's “over” on premultiplied words.
  @inline(__always)
  private static func over(
    _ below: UInt32, _ red: Float, _ green: Float, _ blue: Float, _ alpha: Float
  ) -> UInt32 {
    let keep = 1 - alpha
    func part(_ shift: UInt32, _ value: Float) -> UInt32 {
      let old = Float((below >> shift) & 255)
      return UInt32(min(255, old * keep + value * alpha * 255 + 0.5)) << shift
    }
    return part(24, 1) | part(16, red) | part(8, green) | part(0, blue)
  }
}
