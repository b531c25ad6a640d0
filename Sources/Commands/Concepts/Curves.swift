import Figures
import Glibc
import Tensors

/// The pictures of concepts that are curves of a formula.
enum Curves {
  static func steps(from: Double, to: Double, count: Int = 121) -> [Double] {
    (0..<count).map { from + (to - from) * Double($0) / Double(count - 1) }
  }

  /// cos of the angle between two rows.
  @Sendable static func cosine(run: Run) -> Figure {
    let angles = steps(from: 0, to: 180)
    return figure(
      x: "Angle in degrees", y: "Similarity",
      [Line.Series(x: angles, y: angles.map { cos($0 * .pi / 180) })])
  }

  /// NT-Xent against the similarity of the partner, among 126 negatives of similarity 0.
  @Sendable static func loss(run: Run) -> Figure {
    let similarities = steps(from: -1, to: 1)
    return figure(
      x: "Similarity of the partner", y: "Loss",
      [0.1, 0.2, 0.5].map { temperature in
        Line.Series(
          name: "τ = \(temperature)", x: similarities,
          y: similarities.map { log(exp($0 / temperature) + 126) - $0 / temperature })
      })
  }

  /// Softmax weights of negatives whose similarities lie evenly between −1 and 1.
  @Sendable static func temperature(run: Run) -> Figure {
    let similarities = steps(from: -1, to: 1, count: 41)
    return figure(
      x: "Similarity of the negative", y: "Share",
      [0.1, 0.2, 0.5].map { temperature in
        let weights = similarities.map { exp($0 / temperature) }
        let sum = weights.reduce(0, +)
        return Line.Series(name: "τ = \(temperature)", x: similarities, y: weights.map { $0 / sum })
      })
  }

  /// ln(2N − 1).
  @Sendable static func batch(run: Run) -> Figure {
    let sizes = (3...12).map { Double(1 << $0) }
    var figure = figure(
      x: "Batch size", y: "Loss by chance", [Line.Series(x: sizes, y: sizes.map { log(2 * $0 - 1) })])
    figure.xScale = Scale(.log(base: 2))
    return figure
  }

  /// Weights of neighbours at the distances 0.1, 0.2, … under the Gaussian that has the perplexity asked for.
  @Sendable static func perplexity(run: Run) -> Figure {
    let distances = (1...100).map { Double($0) / 10 }
    let ranks = distances.indices.map { Double($0 + 1) }
    return figure(
      x: "Neighbour", y: "Weight",
      [5.0, 15, 40].map { wanted in
        Line.Series(name: "perplexity \(Int(wanted))", x: ranks, y: weights(distances, perplexity: wanted))
      })
  }

  /// The weights at the precision 1/2σ² that bisection finds, as in t-SNE.
  private static func weights(_ distances: [Double], perplexity: Double) -> [Double] {
    var (low, high) = (1e-6, 1e6)
    var weights: [Double] = []
    for _ in 0..<80 {
      let precision = (low * high).squareRoot()
      let raw = distances.map { exp(-$0 * $0 * precision) }
      let sum = max(raw.reduce(0, +), .leastNormalMagnitude)
      weights = raw.map { $0 / sum }
      let entropy = -weights.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }
      if exp(entropy) > perplexity { low = precision } else { high = precision }
    }
    return weights
  }

  /// The spread of the means of `n` standard normal numbers, simulated, beside 1/√n.
  @Sendable static func standardError(run: Run) throws -> Figure {
    let counts = [1, 2, 3, 5, 8, 12, 18, 25]
    var random = RandomStream(seed: 5, name: "standard error", indices: [])
    let simulated = try counts.map { count -> Double in
      try run.checkInterrupt()
      let means = (0..<400).map { _ in
        (0..<count).reduce(0.0) { sum, _ in sum + Double(random.normal()) } / Double(count)
      }
      let mean = means.reduce(0, +) / 400
      return (means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399).squareRoot()
    }
    let fine = steps(from: 1, to: 25)
    return figure(
      x: "Number of results n", y: "Spread of the mean",
      [
        Line.Series(name: "simulated", x: counts.map(Double.init), y: simulated),
        Line.Series(name: "s/√n", x: fine, y: fine.map { 1 / $0.squareRoot() }, dash: .dashed),
      ])
  }

  static func figure(x: Label, y: Label, _ series: [Line.Series]) -> Figure {
    Figure(
      xLabel: x, yLabel: y, marks: [.line(Line(series: series, showsPoints: false))], size: Size(width: 340))
  }
}
