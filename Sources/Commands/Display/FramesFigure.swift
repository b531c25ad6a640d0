import Analysis
import Figures
import Glibc
import Learning
import Tensors

/// Frames of a training as a figure: on the unit circle where z has two numbers, else along principal directions of one frame.
struct FramesFigure {
  let frames: Frames
  /// Directions of z that are drawn; nil on the circle.
  private let directions: (pca: PCA, epoch: Int)?
  /// Points of each frame along the directions, by its place.
  private var points: [[SIMD4<Double>]] = []
  private let run: Run

  /// Uniformity of points that lie evenly on the circle: log(e⁻⁴·I₀(4)) = −1.575 for many, −1.61 for a hundred, whose pairs leave out
  /// each point with itself.
  private static let evenCircle = "about −1.6"

  /// - Parameters:
  ///   - count: number of principal directions, 2 or 3; those of the latest frame, so that it is the same for all frames.
  ///   - frames: at least one.
  init(_ frames: Frames, directions count: Int = 2, run: Run) throws {
    (self.frames, self.run) = (frames, run)
    guard frames.width > 2, let last = frames.frames.last else {
      directions = nil
      points = frames.frames.map { frame in
        let z = frames.points(frame)
        return (0..<2 * frames.images).map { row in
          // An output of one number has a line for its sphere.
          SIMD4(
            Double(z[row * frames.width]), frames.width > 1 ? Double(z[row * frames.width + 1]) : 0, 0, 0)
        }
      }
      return
    }
    let pca = try PCA(
      of: frames.points(last), components: min(count, frames.width, 2 * frames.images), solver: .exact,
      run: run)
    directions = (pca, last.epoch)
    let width = pca.explained.count
    points = try frames.frames.map { frame in
      let along = try pca.project(frames.points(frame), run: run)
      return (0..<2 * frames.images).map { row in
        var point = SIMD4<Double>.zero
        for at in 0..<width { point[at] = Double(along[row * width + at]) }
        return point
      }
    }
  }

  private var isCircle: Bool { directions == nil }
  private var planes: Int { (directions?.pca.explained.count ?? 2) > 2 ? 2 : 1 }

  /// - Parameter chosen: frames of `frames`, by their place.
  func figure(of chosen: [Int], title: Label? = nil, width: Double = 480, caption: Bool = true) throws
    -> Figure
  {
    let (centres, reach) = window
    let shown = try chosen.map { place in
      PairedPoints.Frame(
        title: Self.name(frames.frames[place].epoch), facts: try facts(of: place),
        planes: (0..<planes).map { plane(of: place, $0) })
    }
    var axes: [PairedPoints.Axes] = []
    if planes == 2 {
      axes = [.init(x: "1st direction", y: "2nd"), .init(x: "1st direction", y: "3rd")]
    } else if !isCircle {
      axes = [.init(x: "1st direction", y: "2nd direction")]
    }
    let pairs = PairedPoints(
      frames: shown, classes: frames.labels ?? [], names: frames.labels == nil ? [] : frames.classes,
      isCircle: isCircle, centres: centres, reach: reach, axes: axes)
    return Figure(
      title: title, caption: caption ? .plain(self.caption) : nil, marks: [.pairs(pairs)],
      size: Size(width: width))
  }

  static func name(_ epoch: Int) -> String { "epoch \(Format.count(epoch))" }

  func plane(of place: Int, _ number: Int) -> PairedPoints.Plane {
    let all = points[place].map { SIMD2($0.x, number == 0 ? $0.y : $0.z) }
    return PairedPoints.Plane(
      first: Array(all[..<frames.images]), second: Array(all[frames.images...]))
  }

  /// The same square for all frames: what moves in the figure moves in z.
  var window: (centres: [SIMD2<Double>], reach: Double) {
    guard !isCircle else { return ([.zero], 1) }
    let all = points.joined()
    func ends(_ axis: Int) -> (low: Double, high: Double) {
      let values = all.lazy.map { $0[axis] }
      return (values.min() ?? 0, values.max() ?? 0)
    }
    let axes = (0..<planes + 1).map(ends)
    let reach = axes.map { ($0.high - $0.low) / 2 }.max() ?? 0
    let middle = axes.map { ($0.high + $0.low) / 2 }
    return (
      (0..<planes).map { SIMD2(middle[0], middle[$0 + 1]) }, max(reach * 1.06, 1e-6)
    )
  }

  private func facts(of place: Int) throws -> [String] {
    let measured = try measures(of: place)
    return [
      "alignment \(Format.decimal(measured.alignment, 2))",
      "uniformity \(Format.decimal(measured.uniformity, 2))",
    ]
  }

  /// Alignment of the shown views, and the mean of the uniformities of first and of second views (Wang and Isola, 2020).
  func measures(of place: Int) throws -> (alignment: Double, uniformity: Double) {
    let (first, second) = frames.views(frames.frames[place])
    let (one, other) = (try uniformity(first, run: run), try uniformity(second, run: run))
    return (try alignment(first, second, run: run), (one + other) / 2)
  }

  private var caption: String {
    let views = "Two views each of \(Format.counted(frames.images, "image")), joined by a line"
    let measures =
      "Alignment is the mean squared distance of the two views; uniformity is lower the more evenly images are spread"
    guard let (pca, epoch) = directions else {
      return views
        + "; the second one is drawn further in, so that partners at one point have a line to the middle. "
        + "Bars count points in each direction. " + measures
        + " (even on the circle: \(Self.evenCircle))."
    }
    let share = Format.percent(pca.explained.reduce(0, +))
    return views
      + ", along the first \(pca.explained.count) principal directions of z at \(Self.name(epoch)), with \(share) of its variance there; "
      + "all frames have the same axes. " + measures + "."
  }
}
