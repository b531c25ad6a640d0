import Glibc
import Tensors

/// t-distributed stochastic neighbour embedding (van der Maaten and Hinton, 2008): a map in which rows that are
/// neighbours stay neighbours.
///
/// Attraction runs over the 3·perplexity nearest neighbours of each row; repulsion over all pairs, vectorised, or for flat
/// maps of many points through a grid (`GridRepulsion`).
/// Defaults are openTSNE's: a start from principal components scaled to a spread of 1e-4, a learning rate of
/// n/exaggeration, 250 iterations exaggerated 12 times with momentum 0.5, then 500 with momentum 0.8.
public struct TSNE: Sendable {
  public var perplexity: Float = 30
  public var dimensions = 2
  public var exaggeration: Float = 12
  public var earlyIterations = 250
  public var iterations = 500
  /// Flat maps of more rows than this repel through a grid, which takes time in proportion to the rows.
  public var mostPairwise = 20_000

  public init() {}

  public struct Map: Sendable {
    /// `[n, dimensions]`.
    public let points: Tensor
    /// Kullback–Leibler divergence of the map from the neighbourhoods, in nats: lower is better.
    public let divergence: Double
  }

  /// Throws `InputError` where perplexity or dimensions do not fit the rows, and `Interrupted`.
  public func map(_ x: Tensor, run: Run) throws -> Map {
    try check(x)
    let affinities = try Affinities(of: x, perplexity: perplexity, run: run)
    let usesGrid = dimensions == 2 && x.shape[0] > mostPairwise
    var layout = Layout(start: try start(x, run: run), affinities: affinities, usesGrid: usesGrid)
    let rate = max(Float(x.shape[0]) / exaggeration, 50)
    let total = earlyIterations + iterations
    var divergence: Double?
    for iteration in 0..<total {
      let isEarly = iteration < earlyIterations
      try layout.move(
        exaggeration: isEarly ? exaggeration : 1, rate: rate, momentum: isEarly ? 0.5 : 0.8, run: run)
      if !isEarly, iteration % 25 == 0 { divergence = layout.divergence(run: run) }
      run.report(
        Progress(
          "t-SNE", completed: iteration + 1, total: total, unit: "iterations",
          values: divergence.map { [("divergence", $0)] } ?? []))
    }
    let last = layout.divergence(run: run)
    try run.checkInterrupt()
    return Map(points: layout.points, divergence: last)
  }

  private func check(_ x: Tensor) throws {
    let rows = x.shape[0]
    guard dimensions == 2 || dimensions == 3 else {
      throw InputError("a map has 2 or 3 dimensions, not \(dimensions)", option: "dimensions")
    }
    guard rows >= 8 else { throw InputError("a map needs at least 8 rows, and there are \(rows)") }
    guard perplexity.isFinite, perplexity >= 1, perplexity <= Float(rows - 1) / 3 else {
      throw InputError(
        "a perplexity of \(perplexity) does not fit \(rows) rows", option: "perplexity",
        advice:
          "use a perplexity between 1 and \((rows - 1) / 3): each row looks at 3 times as many neighbours")
    }
    guard x.isFinite else { throw InputError("the rows hold a value that is infinite or not a number") }
  }

  /// Principal components, the first with a spread of 1e-4; narrower rows are filled up with noise as small.
  private func start(_ x: Tensor, run: Run) throws -> Tensor {
    let rows = x.shape[0]
    let count = min(dimensions, x.shape[1])
    let reduced = try PCA(of: x, components: count, run: run).project(x, run: run)
    let start = Tensor([rows, dimensions])
    var random = run.random("t-SNE start")
    var square = 0.0
    for row in 0..<rows { square += Double(reduced[row * count]) * Double(reduced[row * count]) }
    let spread = Float((square / Double(rows)).squareRoot())
    for row in 0..<rows {
      for c in 0..<dimensions {
        let place = c < count && spread > 0 ? reduced[row * count + c] / spread : random.normal()
        // A grain of noise, so that equal rows do not stay on one point, where they have no direction to part.
        start[row * dimensions + c] = 1e-4 * (place + 1e-3 * random.normal())
      }
    }
    return start
  }
}
