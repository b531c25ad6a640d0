import Figures
import Tensors

/// The pictures of what single layers do.
enum NetworkPictures {
  /// A disc, a kernel that finds vertical edges, and the disc after it.
  @Sendable static func convolution(run: Run) -> Figure {
    let side = 12
    let kernel = [[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    let disc = (0..<side).map { y in
      (0..<side).map { x in
        let (dx, dy) = (Double(x) - 5.5, Double(y) - 5.5)
        return dx * dx + dy * dy < 16 ? 1.0 : 0
      }
    }
    let edges = (1..<side - 1).map { y in (1..<side - 1).map { x in product(kernel, disc, x, y) } }
    return panels([
      map(disc, "image x", domain: 0...1), map(kernel, "kernel W", domain: -4...4),
      map(edges, "output y", domain: -4...4),
    ])
  }

  /// The sum of the kernel's weights times the values around (x, y).
  private static func product(_ kernel: [[Double]], _ values: [[Double]], _ x: Int, _ y: Int) -> Double {
    var sum = 0.0
    for (j, row) in kernel.enumerated() {
      for (i, weight) in row.enumerated() { sum += weight * values[y + j - 1][x + i - 1] }
    }
    return sum
  }

  private static func map(_ rows: [[Double]], _ title: String, domain: ClosedRange<Double>) -> Figure {
    Figure(
      title: .plain(title),
      marks: [
        .heatmap(
          Heatmap(
            rows: rows.count, columns: rows[0].count, values: rows.flatMap { $0 },
            domain: domain, labelsValues: rows.count == 3, showsKey: false))
      ], aspect: .equal, showsAxes: false)
  }

  /// Three channels of different mean and spread, each value a point, before and after.
  @Sendable static func batchNormalisation(run: Run) -> Figure {
    var random = RandomStream(seed: 4, name: "channels", indices: [])
    let before = [(-2.0, 0.4), (1, 1.5), (4, 0.8)].map { mean, deviation in
      (0..<40).map { _ in mean + deviation * Double(random.normal()) }
    }
    let after = before.map { values in
      let mean = values.reduce(0, +) / 40
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40
      return values.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
    }
    return panels(
      [(before, "before"), (after, "after")].map { channels, title in
        var figure = Figure(
          title: .plain(title), xLabel: "Value", yLabel: "Channel",
          marks: [
            .scatter(
              Scatter(
                x: channels.flatMap { $0 },
                y: channels.indices.flatMap { channel in channels[channel].map { _ in Double(channel + 1) } },
                colouring: .classes(
                  channels.indices.flatMap { channel in channels[channel].map { _ in channel } },
                  names: ["1", "2", "3"]), radius: 2.5))
          ], xScale: Scale(domain: -4...7), yScale: Scale(domain: 0.4...3.6), legend: .none,
          aspect: .ratio(1.6))
        figure.yFormat = NumberFormat(decimals: 0)
        return figure
      })
  }

  /// The norm of a gradient behind each of 20 random linear layers, with and without a connection around each.
  @Sendable static func residual(run: Run) throws -> Figure {
    let (width, depth, gain) = (24, 20, 0.3)
    func norms(isResidual: Bool) throws -> [Double] {
      var random = RandomStream(seed: 6, name: "layers", indices: [])
      var gradient = (0..<width).map { _ in Double(random.normal()) }
      func norm() -> Double { gradient.reduce(0) { $0 + $1 * $1 }.squareRoot() }
      let first = norm()
      var norms = [1.0]
      for _ in 0..<depth {
        try run.checkInterrupt()
        let scale = gain / Double(width).squareRoot()
        let back = (0..<width).map { _ in
          gradient.reduce(0) { $0 + scale * Double(random.normal()) * $1 }
        }
        gradient = isResidual ? zip(gradient, back).map(+) : back
        norms.append(norm() / first)
      }
      return norms
    }
    let layers = (0...depth).map(Double.init)
    var figure = Curves.figure(
      x: "Layers passed on the way back", y: "Norm of the gradient",
      [
        Line.Series(name: "y = x + F(x)", x: layers, y: try norms(isResidual: true)),
        Line.Series(name: "y = F(x)", x: layers, y: try norms(isResidual: false)),
      ])
    figure.yScale = Scale(.log(base: 10))
    return figure
  }

  private static func panels(_ figures: [Figure]) -> Figure {
    Figure(marks: [.panels(figures, columns: figures.count)], size: Size(width: 400))
  }
}
