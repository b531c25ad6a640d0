import Analysis
import Figures
import Glibc
import Tensors

/// The pictures of concepts that show on the unit circle, the sphere of directions in the plane.
enum Circles {
  private static let pairs = 8

  @Sendable static func alignment(run: Run) throws -> Figure {
    try panels(
      [(0.9, "far apart"), (0.12, "aligned")].map { spread, name in
        let (first, second) = views(spread: spread)
        let measured = try Analysis.alignment(tensor(first), tensor(second), run: run)
        let numbers = (0..<pairs).map { "\($0 + 1)" }
        return panel(
          first + second, colouring: .classes((0..<2 * pairs).map { $0 % pairs }, names: numbers),
          title: .plain("\(name): \(Format.decimal(measured, 2))"))
      })
  }

  @Sendable static func uniformity(run: Run) throws -> Figure {
    try panels(
      [(0.9, "in a corner"), (2 * Double.pi, "all around")].map { way, name in
        let points = (0..<40).map { place(0.6 + way * Double($0) / 40) }
        let measured = try Analysis.uniformity(tensor(points), run: run)
        return panel(
          points, colouring: .single(nil), title: .plain("\(name): \(Format.decimal(measured, 2))"))
      })
  }

  @Sendable static func collapse(run: Run) throws -> Figure {
    var random = RandomStream(seed: 3, name: "collapse", indices: [])
    func points(thickness: Double) -> [(Double, Double)] {
      (0..<60).map { _ in
        let (a, b) = (Double(random.normal()), Double(random.normal()) * thickness)
        return (0.8 * a - 0.6 * b, 0.6 * a + 0.8 * b)
      }
    }
    return try panels(
      [(0.03, "collapsed"), (0.9, "spread")].map { thickness, name in
        let cloud = points(thickness: thickness)
        let measured = try Analysis.effectiveRank(tensor(cloud), run: run)
        return panel(
          cloud, colouring: .single(nil), title: .plain("\(name): rank \(Format.decimal(measured, 2))"),
          reach: 3)
      })
  }

  /// Two views of each picture, at most `spread` radians to either side of its place.
  private static func views(spread: Double) -> (first: [(Double, Double)], second: [(Double, Double)]) {
    var random = RandomStream(seed: 7, name: "circle", indices: [])
    var first: [(Double, Double)] = []
    var second: [(Double, Double)] = []
    for pair in 0..<pairs {
      let centre = 2 * Double.pi * Double(pair) / Double(pairs)
      let apart = spread * (0.5 + 0.5 * Double(random.uniform()))
      first.append(place(centre - apart))
      second.append(place(centre + apart))
    }
    return (first, second)
  }

  private static func place(_ angle: Double) -> (Double, Double) { (cos(angle), sin(angle)) }

  private static func tensor(_ points: [(Double, Double)]) -> Tensor {
    Tensor([points.count, 2], points.flatMap { [Float($0.0), Float($0.1)] })
  }

  /// - Parameter reach: half the side of the panel, in units of the axes.
  private static func panel(
    _ points: [(Double, Double)], colouring: Scatter.Colouring, title: Label, reach: Double = 1.15
  ) -> Figure {
    let scale = Scale(domain: -reach...reach)
    return Figure(
      title: title,
      marks: [.scatter(Scatter(x: points.map(\.0), y: points.map(\.1), colouring: colouring, radius: 3))],
      xScale: scale, yScale: scale, legend: .none, aspect: .equal, showsAxes: false)
  }

  private static func panels(_ figures: [Figure]) -> Figure {
    Figure(marks: [.panels(figures, columns: 2)], size: Size(width: 400))
  }
}
