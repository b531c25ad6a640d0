import Glibc

/// The figures of `Shapes`, as signed distances to their outline (negative inside), in units in which they reach from
/// about −1 to 1. The distances are exact near the outline, which is all that smooth edges need.
enum Outline: Int, CaseIterable {
  case circle, ring, square, triangle, star, cross, crescent, heart, stripes, checker

  var name: String {
    switch self {
    case .circle: "circle"
    case .ring: "ring"
    case .square: "square"
    case .triangle: "triangle"
    case .star: "star"
    case .cross: "cross"
    case .crescent: "crescent"
    case .heart: "heart"
    case .stripes: "stripes"
    case .checker: "checker"
    }
  }

  func distance(_ x: Float, _ y: Float) -> Float {
    switch self {
    case .circle: length(x, y) - 0.9
    case .ring: abs(length(x, y) - 0.7) - 0.23
    case .square: box(x, y, 0.8, 0.8)
    case .triangle: polygon(x, y + 0.15, sides: 3, inner: 0.52)
    case .star: starDistance(x, y)
    case .cross: min(box(x, y, 0.95, 0.3), box(x, y, 0.3, 0.95))
    case .crescent: max(length(x + 0.1, y) - 0.95, 0.75 - length(x - 0.38, y))
    case .heart: heartDistance(x, y)
    case .stripes: max(box(x, y, 0.9, 0.9), min(abs(y + 0.64), min(abs(y), abs(y - 0.64))) - 0.2)
    case .checker: max(box(x, y, 0.9, 0.9), checkerDistance(x, y))
    }
  }
}

private func length(_ x: Float, _ y: Float) -> Float { (x * x + y * y).squareRoot() }

private func box(_ x: Float, _ y: Float, _ halfWidth: Float, _ halfHeight: Float) -> Float {
  let (dx, dy) = (abs(x) - halfWidth, abs(y) - halfHeight)
  return length(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0)
}

/// A regular polygon that stands on a side (y grows downwards); `inner` is the radius of the circle inside it.
private func polygon(_ x: Float, _ y: Float, sides: Int, inner: Float) -> Float {
  var most = -Float.infinity
  for side in 0..<sides {
    let angle = Float.pi / 2 + 2 * Float.pi * Float(side) / Float(sides)
    most = max(most, x * cos(angle) + y * sin(angle))
  }
  return most - inner
}

/// Five points: the plane folded onto one edge of one of them.
private func starDistance(_ x: Float, _ y: Float) -> Float {
  let fifth = 2 * Float.pi / 5
  var angle = atan2(x, -y)
  angle -= fifth * (angle / fifth).rounded()
  let radius = length(x, y)
  let (px, py) = (radius * sin(abs(angle)), radius * cos(angle))
  // From the point (0, 1) to the notch at radius 0.42.
  let (nx, ny) = (0.42 * sin(fifth / 2), 0.42 * cos(fifth / 2))
  let (ex, ey) = (nx, ny - 1)
  return -((px * ey) - (py - 1) * ex) / length(ex, ey)
}

/// Two discs over a corner of a square that stands on its tip.
private func heartDistance(_ x: Float, _ y: Float) -> Float {
  let side = abs(x)
  let lobe = length(side - 0.42, y + 0.3) - 0.5
  let (ux, uy) = ((side + y) * 0.7071, (y - side) * 0.7071)
  let tip = max(ux - 0.59, max(-uy - 0.62, -y - 0.3))
  return min(lobe, tip)
}

/// Five of nine fields: negative where both coordinates are in the middle third or both are outside it.
private func checkerDistance(_ x: Float, _ y: Float) -> Float {
  let (a, b) = (abs(x) - 0.3, abs(y) - 0.3)
  return min(max(a, b), max(-a, -b))
}
