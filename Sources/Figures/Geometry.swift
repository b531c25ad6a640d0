/// Width and height of a figure in points (1/72 inch; one CSS pixel in a notebook).
public struct Size: Sendable, Equatable {
  public var width: Double
  /// `nil` lets the marks choose the height that suits them and the text around them.
  public var height: Double?

  public init(width: Double = 480, height: Double? = nil) {
    self.width = width
    self.height = height
  }
}

/// A size in whole pixels.
public struct PixelSize: Sendable, Equatable {
  public var width: Int
  public var height: Int
}

/// A place on the page in points; y grows downwards.
package struct Point: Sendable, Equatable {
  package var x: Double
  package var y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// A box on the page in points; y grows downwards.
package struct Rect: Sendable, Equatable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  package var maxX: Double { x + width }
  package var maxY: Double { y + height }
  package var midX: Double { x + width / 2 }
  package var midY: Double { y + height / 2 }

  package func inset(by distance: Double) -> Rect {
    Rect(
      x: x + distance, y: y + distance, width: max(0, width - 2 * distance),
      height: max(0, height - 2 * distance))
  }

  package func intersects(_ other: Rect) -> Bool {
    x < other.maxX && other.x < maxX && y < other.maxY && other.y < maxY
  }

  package func contains(_ other: Rect) -> Bool {
    x <= other.x && y <= other.y && maxX >= other.maxX && maxY >= other.maxY
  }
}

/// A figure fully laid out: its size in points, and how to draw it with its top-left corner at a point.
package struct Block {
  package var width: Double
  package var height: Double
  /// Distances from the block's upper and lower edge to the plot inside it, for lining up neighbours.
  package var plotInsets: (top: Double, bottom: Double)?
  package var draw: (Canvas, Point) -> Void

  package init(
    width: Double, height: Double, plotInsets: (top: Double, bottom: Double)? = nil,
    draw: @escaping (Canvas, Point) -> Void
  ) {
    self.width = width
    self.height = height
    self.plotInsets = plotInsets
    self.draw = draw
  }
}
