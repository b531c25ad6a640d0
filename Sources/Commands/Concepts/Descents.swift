import Figures
import Networks
import Tensors

/// The pictures of how weights move: the engine's own optimisers and schedules at work on the loss ½(x² + 50y²), a valley fifty
/// times as steep across as along.
enum Descents {
  private static let curvature: [Float] = [1, 50]
  private static let start: [Float] = [10, 1]

  /// The weights before the first step and after each.
  ///
  /// - Parameter noise: the standard deviation of what is added to each component of the gradient.
  private static func path(
    _ optimizer: any Optimizer, rate: Float, steps: Int, noise: Float = 0, run: Run
  ) throws -> [[Double]] {
    var random = RandomStream(seed: 2, name: "noise", indices: [])
    let weights = Parameter(Tensor([2], start), decays: true)
    var places = [start.map(Double.init)]
    for _ in 0..<steps {
      try run.checkInterrupt()
      for axis in 0..<2 {
        weights.gradient[axis] = curvature[axis] * weights.value[axis] + noise * random.normal()
      }
      optimizer.step([weights], rate: rate, workers: run.workers)
      places.append((0..<2).map { Double(weights.value[$0]) })
    }
    return places
  }

  private static func losses(
    _ name: String, _ optimizer: any Optimizer, rate: Float, steps: Int = 60, run: Run
  ) throws -> Line.Series {
    let losses = try path(optimizer, rate: rate, steps: steps, run: run).map { place in
      zip(place, curvature).reduce(0) { $0 + 0.5 * Double($1.1) * $1.0 * $1.0 }
    }
    return Line.Series(name: name, x: losses.indices.map(Double.init), y: losses)
  }

  private static func lossFigure(_ series: [Line.Series]) -> Figure {
    var figure = Curves.figure(x: "Step", y: "Loss", series)
    figure.yScale = Scale(.log(base: 10))
    return figure
  }

  @Sendable static func optimisers(run: Run) throws -> Figure {
    lossFigure([
      try losses("SGD", SGD(momentum: 0), rate: 0.03, run: run),
      try losses("momentum", SGD(momentum: 0.9), rate: 0.03, run: run),
      try losses("Adam", Adam(), rate: 0.5, run: run),
    ])
  }

  @Sendable static func momentum(run: Run) throws -> Figure {
    lossFigure(
      try [(Float(0), "0"), (0.5, "0.5"), (0.9, "0.9")].map {
        try losses("μ = \($1)", SGD(momentum: $0), rate: 0.01, steps: 100, run: run)
      })
  }

  @Sendable static func rates(run: Run) throws -> Figure {
    lossFigure(
      try [(Float(0.002), "0.002"), (0.03, "0.03"), (0.041, "0.041")].map {
        try losses("η = \($1)", SGD(momentum: 0), rate: $0, run: run)
      })
  }

  /// The path of exact gradients, and that of noisy ones.
  @Sendable static func stochastic(run: Run) throws -> Figure {
    let paths = try [(Float(0), "all pictures"), (15, "small batches")].map { noise, name in
      series(
        name, try path(SGD(momentum: 0), rate: 0.015, steps: 120, noise: noise, run: run))
    }
    return Curves.figure(x: "x", y: "y", paths.reversed())
  }

  @Sendable static func adam(run: Run) throws -> Figure {
    Curves.figure(
      x: "x", y: "y",
      [
        series("SGD", try path(SGD(momentum: 0), rate: 0.03, steps: 25, run: run)),
        series("Adam", try path(Adam(), rate: 0.2, steps: 25, run: run)),
      ])
  }

  private static func series(_ name: String, _ places: [[Double]]) -> Line.Series {
    Line.Series(name: name, x: places.map { $0[0] }, y: places.map { $0[1] })
  }

  /// Three layers with weights of norm 1 and gradients of the norms 0.02, 0.2 and 2.
  @Sendable static func lars(run: Run) throws -> Figure {
    func changes(_ optimizer: any Optimizer, rate: Float) -> [Double] {
      let layers = [Float(0.02), 0.2, 2].map { size in
        let layer = Parameter(Tensor([1], [1]), decays: true)
        layer.gradient[0] = size
        return layer
      }
      optimizer.step(layers, rate: rate, workers: run.workers)
      return layers.map { 100 * Double(1 - $0.value[0]) }
    }
    return Figure(
      yLabel: "Change in per cent",
      marks: [
        .bars(
          Bars(
            categories: ["‖g‖ = 0.02", "0.2", "2"],
            groups: [
              Bars.Group(name: "SGD, η = 0.02", values: changes(SGD(momentum: 0), rate: 0.02)),
              Bars.Group(name: "LARS, η = 20", values: changes(LARS(momentum: 0, weightDecay: 0), rate: 20)),
            ], orientation: .vertical))
      ], size: Size(width: 340))
  }

  @Sendable static func schedules(run: Run) -> Figure {
    let schedules: [(String, Schedule)] = [
      ("constant", .constant), ("cosine", .cosine), ("cosine, warm-up of 20", .cosine(warmUp: 0.2)),
      ("steps", Schedule(.steps)),
    ]
    return Curves.figure(
      x: "Step", y: "Learning rate",
      schedules.map { name, schedule in
        Line.Series(
          name: name, x: (0..<100).map(Double.init),
          y: (0..<100).map { Double(schedule.rate(step: $0, of: 100, peak: 1)) })
      })
  }

  @Sendable static func decay(run: Run) throws -> Figure {
    let series = try [(Float(0), "0"), (0.1, "0.1"), (0.5, "0.5")].map { decay, name in
      let weight = Parameter(Tensor([1], [1]), decays: true)
      let optimizer = SGD(momentum: 0, weightDecay: decay)
      var values = [1.0]
      for _ in 0..<100 {
        try run.checkInterrupt()
        optimizer.step([weight], rate: 0.1, workers: run.workers)
        values.append(Double(weight.value[0]))
      }
      return Line.Series(
        name: "λ = \(name)", x: values.indices.map(Double.init), y: values)
    }
    return Curves.figure(x: "Step", y: "Weight", series)
  }
}
