import Base
import Glibc

/// Points in pairs, the two of a pair joined by a thin line, in frames side by side that have the same axes: two views of each image as
/// a training goes on.
///
/// On the unit circle the second points lie a little inside, so that a line towards the middle joins partners that are at one place, and a ring of bars outside tells how many points lie in each direction, to the same scale in all frames: the
/// longest for five times as many as where all directions have as many, or more.
public struct PairedPoints: Sendable, Equatable {
  /// Points of one frame on two axes; point i of one array is the partner of point i of the other.
  public struct Plane: Sendable, Equatable {
    public var first: [SIMD2<Double>]
    public var second: [SIMD2<Double>]

    public init(first: [SIMD2<Double>], second: [SIMD2<Double>]) {
      (self.first, self.second) = (first, second)
    }
  }

  public struct Frame: Sendable, Equatable {
    public var title: String
    /// Lines below the points.
    public var facts: [String]
    /// Planes below one another; all frames have as many.
    public var planes: [Plane]

    public init(title: String, facts: [String] = [], planes: [Plane]) {
      (self.title, self.facts, self.planes) = (title, facts, planes)
    }
  }

  public struct Axes: Sendable, Equatable {
    public var x: String
    public var y: String

    public init(x: String, y: String) { (self.x, self.y) = (x, y) }
  }

  public var frames: [Frame]
  /// Class of each pair, an index into `names`; empty for none.
  public var classes: [Int]
  public var names: [String]
  /// Whether all points lie on the unit circle, which is then drawn.
  public var isCircle: Bool
  /// Middle of each plane, and half the side of the square around it that is drawn.
  public var centres: [SIMD2<Double>]
  public var reach: Double
  /// Names of the axes of each plane; empty for none.
  public var axes: [Axes]

  public init(
    frames: [Frame], classes: [Int] = [], names: [String] = [], isCircle: Bool = false,
    centres: [SIMD2<Double>] = [.zero], reach: Double = 1, axes: [Axes] = []
  ) {
    (self.frames, self.classes, self.names, self.isCircle) = (frames, classes, names, isCircle)
    (self.centres, self.reach, self.axes) = (centres, reach, axes)
  }
}

extension Mark {
  public static func pairs(_ pairs: PairedPoints) -> Mark { Mark(pairs) }
}

extension PairedPoints: BlockMark {
  package func check() throws {
    guard !frames.isEmpty else { throw FigureError.parts(.noPanels) }
    let most = 400
    guard frames.count <= most else { throw FigureError.parts(.manyPanels(frames.count, most: most)) }
    for plane in frames.flatMap(\.planes) {
      guard plane.first.count == plane.second.count else {
        throw FigureError.series(.points(x: plane.first.count, y: plane.second.count))
      }
      guard classes.isEmpty || classes.count == plane.first.count else {
        throw FigureError.series(.pointClasses(classes.count, points: plane.first.count))
      }
    }
    if let wrong = classes.first(where: { !names.indices.contains($0) }) {
      throw FigureError.series(.pointClass(wrong, names: names.count))
    }
    precondition(
      frames.allSatisfy { $0.planes.count == centres.count }, "a middle for each plane of each frame")
  }

  package func block(width: Double, height: Double?, _ context: Context) throws -> Block {
    try PairedPointsLayout(self, width: width, height: height, context).block
  }

  /// Number of points in each of `bins` directions, counter-clockwise from the right.
  static func directions(of plane: Plane, bins: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: bins)
    for point in plane.first + plane.second where point.x.isFinite && point.y.isFinite && point != .zero {
      let share = atan2(point.y, point.x) / (2 * Double.pi)
      counts[min(bins - 1, Int((share < 0 ? share + 1 : share) * Double(bins)))] += 1
    }
    return counts
  }

  package func summary(_ reading: Reading) -> String {
    let pairs = frames[0].planes.first?.first.count ?? 0
    let told = frames.map { frame in
      frame.title + (frame.facts.isEmpty ? "" : " (\(frame.facts.joined(separator: ", ")))")
    }
    return "\(counted(pairs, "pair")) of points\(isCircle ? " on the unit circle" : "")"
      + (classes.isEmpty ? "" : ", in \(counted(names.count, "class"))") + ": "
      + Words.list(told.map(Label.clean), most: 12)
  }

  package func plainText(_ reading: Reading) -> String {
    let width = frames.map { Label.clean($0.title).count }.max() ?? 0
    let pairs = frames[0].planes.first?.first.count ?? 0
    let head = "\(counted(pairs, "pair")) of points\(isCircle ? " on the unit circle" : "")"
    let lines = frames.map {
      "  " + Words.fitted($0.title, to: width) + "  " + $0.facts.map(Label.clean).joined(separator: "   ")
    }
    return ([head] + lines).joined(separator: "\n")
  }
}
