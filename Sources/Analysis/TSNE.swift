import Base
import Glibc
import Tensors

/// t-distributed stochastic neighbour embedding (van der Maaten and Hinton, 2008): a map in which rows that are
/// neighbours stay neighbours.
///
/// Rows that are equal to the last bit are one point, which attracts and repels as often as there are of them.
/// Attraction runs over the 3·perplexity nearest neighbours of each row; repulsion over all pairs, vectorised, or for flat
/// maps of many points through a grid (`GridRepulsion`).
/// Defaults: a start from principal components scaled to a spread of 1e-4, 250 iterations exaggerated 8 times with momentum
/// 0.5, then 750 with momentum 0.8. Forces being exact, 12 times, as is usual with approximate ones, draws groups together too
/// far to part again: 5,000 rows of CIFAR-10's components end with a divergence of 2.47 instead of 2.41.
public struct TSNE: Sendable {
  /// Initial positions of the points.
  public enum Start: String, Sendable, CaseIterable {
    /// The first principal components: maps of one data set are alike whatever the seed (Kobak and Berens, 2019).
    case components
    /// Normal numbers, from the stream "t-SNE start".
    case random
  }

  public var perplexity: Float = 30
  public var dimensions = 2
  public var exaggeration: Float = 8
  public var earlyIterations = 250
  public var iterations = 750
  /// Learning rate, of the gradient with its factor 4, as scikit-learn's; nil for n/exaggeration/4, and 50 at least
  /// (Belkina et al., 2019).
  public var rate: Float?
  public var start = Start.components
  /// Flat maps of more rows than this repel through a grid, which takes time in proportion to the rows.
  public var mostPairwise = 20_000

  public init() {}

  public struct Map: Sendable {
    /// `[n, dimensions]`.
    public let points: Tensor
    /// Kullback–Leibler divergence of the map from the neighbourhoods, in nats: lower is better.
    public let divergence: Double
    /// Iterations that were done, the exaggerated ones among them.
    public let iterations: Int
    /// False where an interrupt came before the last iteration, and of a map that is still forming.
    public let isComplete: Bool
  }

  /// The map of the rows of `x`, `[n, width]`.
  ///
  /// `watching` sees the map as it forms, after every `interval` iterations, on the calling thread; so do readers of the progress its
  /// divergence. An interrupt ends the map early: what was reached is returned, with `isComplete` false.
  /// Throws `RowsError`, `MapError` where a setting does not fit the rows or the map diverged, and `Interrupted` before the first iteration.
  public func map(
    _ x: Tensor, every interval: Int = 25, watching: ((Map) -> Void)? = nil, run: Run
  ) throws -> Map {
    try check(x)
    let equal = try EqualRows(of: x, run: run)
    let affinities = try Affinities(
      of: equal.areAny ? x.rows(equal.firsts) : x, counts: equal.areAny ? equal.counts : nil,
      perplexity: perplexity, run: run)
    let usesGrid = dimensions == 2 && equal.firsts.count > mostPairwise
    let layout = Layout(
      start: try firstPoints(x, of: equal, run: run), affinities: affinities, usesGrid: usesGrid)
    let rate = rate ?? max(Float(x.shape[0]) / exaggeration / 4, 50)
    let total = earlyIterations + iterations
    var done = 0
    var divergence: Double?
    while done < total {
      do {
        try layout.repel(run: run)
        if done > 0, done % max(1, interval) == 0 {
          let value = try layout.divergence(run: run)
          divergence = value
          watching?(
            Map(
              points: equal.expanded(layout.points), divergence: value, iterations: done, isComplete: false))
        }
        let isEarly = done < earlyIterations
        try layout.move(
          exaggeration: isEarly ? exaggeration : 1, rate: rate, momentum: isEarly ? 0.5 : 0.8, run: run)
      } catch is Interrupted where done > 0 {
        break
      }
      done += 1
      // The last one is told once the map that it leads to is measured.
      if done < total { report(done, of: total, divergence, run) }
    }
    let map = try finish(layout, equal, done: done, total: total, run: run)
    if map.isComplete { report(done, of: total, map.divergence, run) }
    return map
  }

  private func report(_ done: Int, of total: Int, _ divergence: Double?, _ run: Run) {
    run.report(
      Progress(
        "t-SNE", completed: done, total: total, unit: "iterations",
        readings: divergence.map { [Reading(.divergence, $0)] } ?? []))
  }

  private func finish(_ layout: Layout, _ equal: EqualRows, done: Int, total: Int, run: Run) throws -> Map {
    let points = equal.expanded(layout.points)
    guard points.isFinite else {
      throw MapError.diverged(rate: Int(max(Float(equal.kinds.count) / exaggeration / 4, 50)))
    }
    // After an interrupt the map is measured all the same: it takes as long as one iteration.
    let undisturbed = Run(seed: run.seed, workers: run.workers)
    try layout.repel(run: undisturbed)
    return Map(
      points: points, divergence: try layout.divergence(run: undisturbed), iterations: done,
      isComplete: done == total)
  }

  private func check(_ x: Tensor) throws {
    guard dimensions == 2 || dimensions == 3 else { throw MapError.dimensions(dimensions) }
    try checkRows(x, atLeast: 8, for: .map)
    let rows = x.shape[0]
    guard perplexity.isFinite, perplexity >= 1, perplexity <= Float(rows - 1) / 3 else {
      throw MapError.perplexity(perplexity, rows: rows)
    }
    guard exaggeration.isFinite, exaggeration >= 1 else { throw MapError.exaggeration(exaggeration) }
    if let rate, !(rate.isFinite && rate > 0) { throw MapError.rate(rate) }
    guard earlyIterations >= 0, iterations >= 0, earlyIterations + iterations > 0 else {
      throw MapError.noIterations
    }
  }

  /// Principal components or noise, the first with a spread of 1e-4, of the first of all equal rows; narrower rows are filled up
  /// with noise as small.
  private func firstPoints(_ x: Tensor, of equal: EqualRows, run: Run) throws -> Tensor {
    let rows = x.shape[0]
    var random = run.random("t-SNE start")
    let points = Tensor([equal.firsts.count, dimensions])
    guard start == .components else {
      for at in 0..<points.count { points[at] = 1e-4 * random.normal() }
      return points
    }
    let count = min(dimensions, x.shape[1])
    let reduced = try PCA(of: x, components: count, run: run).project(x, run: run)
    var square = 0.0
    for row in 0..<rows { square += Double(reduced[row * count]) * Double(reduced[row * count]) }
    let spread = Float((square / Double(rows)).squareRoot())
    for (point, row) in equal.firsts.enumerated() {
      for c in 0..<dimensions {
        let place = c < count && spread > 0 ? reduced[row * count + c] / spread : random.normal()
        // A grain of noise, so that rows whose components are equal do not stay on one point, where they have no direction to part.
        points[point * dimensions + c] = 1e-4 * (place + 1e-3 * random.normal())
      }
    }
    return points
  }
}

extension Metric {
  /// The Kullback–Leibler divergence of a map, in nats.
  public static let divergence = Metric("divergence", unit: .nats, better: .lower)
}
