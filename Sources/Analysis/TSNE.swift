import Glibc
import Tensors

/// t-distributed stochastic neighbour embedding (van der Maaten and Hinton, 2008): a map in which rows that are
/// neighbours stay neighbours.
///
/// Attraction runs over the 3·perplexity nearest neighbours of each row; repulsion over all pairs, exactly, vectorised.
/// Defaults are openTSNE's: a start from principal components scaled to a spread of 1e-4, a learning rate of
/// n/exaggeration, 250 iterations exaggerated 12 times with momentum 0.5, then 500 with momentum 0.8.
public struct TSNE: Sendable {
  public var perplexity: Float = 30
  public var dimensions = 2
  public var exaggeration: Float = 12
  public var earlyIterations = 250
  public var iterations = 500

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
    var layout = try Layout(start: start(x, run: run), affinities: affinities)
    let rate = max(Float(x.shape[0]) / exaggeration, 50)
    let total = earlyIterations + iterations
    for iteration in 0..<total {
      let isEarly = iteration < earlyIterations
      layout.move(
        exaggeration: isEarly ? exaggeration : 1, rate: rate, momentum: isEarly ? 0.5 : 0.8, run: run)
      try run.checkInterrupt()
      run.report(Progress("t-SNE", completed: iteration + 1, total: total, unit: "iterations"))
    }
    let divergence = layout.divergence(run: run)
    try run.checkInterrupt()
    return Map(points: layout.points, divergence: divergence)
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

/// The symmetric neighbour probabilities P of t-SNE as a sparse matrix, rows one after another.
package struct Affinities {
  /// Where each row begins in the two arrays below; one more than there are rows.
  package let starts: [Int]
  package let columns: [Int32]
  package let values: [Float]

  /// p(j|i) ∝ exp(−β_i·‖x_i − x_j‖²), with β_i such that the entropy is log(perplexity); P = (p(j|i) + p(i|j)) / 2n.
  package init(of x: Tensor, perplexity: Float, run: Run) throws {
    let rows = x.shape[0]
    let count = min(rows - 1, Int(3 * perplexity))
    let near = try neighbours(
      of: x, in: x, count: count, metric: .euclidean, leavingOutSelf: true, run: run)
    var lines = [[Int32: Float]](repeating: [:], count: rows)
    for i in 0..<rows {
      let weights = Affinities.conditional(near.values[i].map { $0 * $0 }, perplexity: perplexity)
      for (j, weight) in zip(near.indices[i], weights) {
        lines[i][Int32(j), default: 0] += weight / Float(2 * rows)
        lines[j][Int32(i), default: 0] += weight / Float(2 * rows)
      }
    }
    var starts = [0]
    var columns: [Int32] = []
    var values: [Float] = []
    for line in lines {
      for (column, value) in line.sorted(by: { $0.key < $1.key }) {
        columns.append(column)
        values.append(value)
      }
      starts.append(columns.count)
    }
    (self.starts, self.columns, self.values) = (starts, columns, values)
  }

  /// Finds β by bisection on the entropy of the row.
  package static func conditional(_ squares: [Float], perplexity: Float) -> [Float] {
    let wanted = log(Double(perplexity))
    let least = Double(squares.min() ?? 0)
    var (low, high, beta) = (0.0, Double.infinity, 1.0)
    var weights = [Double](repeating: 0, count: squares.count)
    for _ in 0..<100 {
      var sum = 0.0
      var weighted = 0.0
      for (place, square) in squares.enumerated() {
        let distance = Double(square) - least
        weights[place] = exp(-beta * distance)
        sum += weights[place]
        weighted += distance * weights[place]
      }
      let entropy = log(sum) + beta * weighted / sum
      for place in weights.indices { weights[place] /= sum }
      if abs(entropy - wanted) < 1e-6 { break }
      if entropy > wanted {
        low = beta
        beta = high.isInfinite ? beta * 2 : (beta + high) / 2
      } else {
        high = beta
        beta = (beta + low) / 2
      }
      if !beta.isFinite { break }
    }
    return weights.map { Float($0) }
  }
}

/// The map while it forms: one plane of numbers per dimension, padded to whole vectors with points so far away that
/// they repel nothing.
private struct Layout {
  let rows: Int
  let dimensions: Int
  let padded: Int
  let affinities: Affinities
  private let planes: Tensor
  private let velocities: Tensor
  private let gains: Tensor
  private let forces: Tensor
  private let sums: Tensor

  init(start: Tensor, affinities: Affinities) throws {
    rows = start.shape[0]
    dimensions = start.shape[1]
    padded = (rows + 7) / 8 * 8
    self.affinities = affinities
    planes = Tensor([dimensions, padded], filledWith: 1e15)
    for row in 0..<rows {
      for c in 0..<dimensions { planes[c * padded + row] = start[row * dimensions + c] }
    }
    velocities = Tensor([dimensions, padded])
    gains = Tensor([dimensions, padded], filledWith: 1)
    forces = Tensor([dimensions, padded])
    sums = Tensor([rows])
  }

  var points: Tensor {
    let result = Tensor(uninitialized: [rows, dimensions])
    for row in 0..<rows {
      for c in 0..<dimensions { result[row * dimensions + c] = planes[c * padded + row] }
    }
    return result
  }

  /// One gradient step with momentum and gains (Jacobs, 1988).
  mutating func move(exaggeration: Float, rate: Float, momentum: Float, run: Run) {
    repel(run: run)
    let total = Float(sums.elements.reduce(0.0) { $0 + Double($1) })
    run.forEachRange(rows, grain: 64) { range, _ in
      for i in range {
        let pull = attraction(of: i)
        for c in 0..<dimensions {
          let at = c * padded + i
          let gradient = 4 * (exaggeration * pull[c] - forces.pointer[at] / total)
          let velocity = velocities.pointer[at]
          let gain = gains.pointer[at]
          gains.pointer[at] = (gradient > 0) == (velocity > 0) ? max(0.01, gain * 0.8) : gain + 0.2
          velocities.pointer[at] = momentum * velocity - rate * gains.pointer[at] * gradient
        }
      }
    }
    for c in 0..<dimensions {
      var mean = 0.0
      for i in 0..<rows {
        planes.pointer[c * padded + i] += velocities.pointer[c * padded + i]
        mean += Double(planes.pointer[c * padded + i]) / Double(rows)
      }
      for i in 0..<rows { planes.pointer[c * padded + i] -= Float(mean) }
    }
  }

  private func attraction(of i: Int) -> SIMD4<Float> {
    let here = point(i)
    var pull = SIMD4<Float>()
    for at in affinities.starts[i]..<affinities.starts[i + 1] {
      let apart = here - point(Int(affinities.columns[at]))
      pull += apart * (affinities.values[at] / (1 + (apart * apart).sum()))
    }
    return pull
  }

  @inline(__always)
  private func point(_ i: Int) -> SIMD4<Float> {
    var point = SIMD4<Float>()
    for c in 0..<dimensions { point[c] = planes.pointer[c * padded + i] }
    return point
  }

  /// For each i: Σ_j q² (y_i − y_j) into `forces` and Σ_{j≠i} q into `sums`, with q = 1 / (1 + ‖y_i − y_j‖²).
  private func repel(run: Run) {
    run.forEachRange(rows, grain: 16) { range, _ in
      for i in range {
        if dimensions == 2 { repel2(i) } else { repel3(i) }
      }
    }
  }

  private func repel2(_ i: Int) {
    let (xs, ys) = (UnsafeRawPointer(planes.pointer), UnsafeRawPointer(planes.pointer + padded))
    let x = SIMD8<Float>(repeating: planes.pointer[i])
    let y = SIMD8<Float>(repeating: planes.pointer[padded + i])
    var (sum, fx, fy) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
    for at in stride(from: 0, to: padded * 4, by: 32) {
      let dx = x - xs.load(fromByteOffset: at, as: SIMD8<Float>.self)
      let dy = y - ys.load(fromByteOffset: at, as: SIMD8<Float>.self)
      let q = 1 / (1 + dx * dx + dy * dy)
      sum += q
      let square = q * q
      fx += square * dx
      fy += square * dy
    }
    forces.pointer[i] = fx.sum()
    forces.pointer[padded + i] = fy.sum()
    sums.pointer[i] = sum.sum() - 1
  }

  private func repel3(_ i: Int) {
    let planes = UnsafeRawPointer(self.planes.pointer)
    let here = point(i)
    var (sum, fx, fy, fz) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
    for at in stride(from: 0, to: padded * 4, by: 32) {
      let dx = here.x - planes.load(fromByteOffset: at, as: SIMD8<Float>.self)
      let dy = here.y - planes.load(fromByteOffset: padded * 4 + at, as: SIMD8<Float>.self)
      let dz = here.z - planes.load(fromByteOffset: padded * 8 + at, as: SIMD8<Float>.self)
      let q = 1 / (1 + dx * dx + dy * dy + dz * dz)
      sum += q
      let square = q * q
      fx += square * dx
      fy += square * dy
      fz += square * dz
    }
    forces.pointer[i] = fx.sum()
    forces.pointer[padded + i] = fy.sum()
    forces.pointer[2 * padded + i] = fz.sum()
    sums.pointer[i] = sum.sum() - 1
  }

  /// Σ P log(P / Q) over the pairs with P > 0.
  func divergence(run: Run) -> Double {
    repel(run: run)
    let total = sums.elements.reduce(0.0) { $0 + Double($1) }
    var result = 0.0
    for i in 0..<rows {
      for at in affinities.starts[i]..<affinities.starts[i + 1] {
        let apart = point(i) - point(Int(affinities.columns[at]))
        let q = max(1e-300, 1 / (1 + Double((apart * apart).sum())) / total)
        let p = Double(affinities.values[at])
        if p > 0 { result += p * log(p / q) }
      }
    }
    return result
  }
}
