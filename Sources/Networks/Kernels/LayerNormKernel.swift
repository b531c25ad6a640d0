import Tensors

enum LayerNormKernel {
  static let epsilon: Float = 1e-5

  /// `y = γ·(x − μ)/√(σ² + ε) + β` in `rows`; `statistics` gets μ and 1/√(σ² + ε) of each.
  static func normalise(
    _ x: Matrix, scale: Matrix, shift: Matrix, to y: Matrix, statistics: Matrix, rows: Range<Int>
  ) {
    let width = x.columns
    for row in rows {
      let mean = sum(width) { x[row, $0, lanes: $1] } / Float(width)
      let variance =
        sum(width) { at, lanes in
          // What is read behind the end as 0 must not count as a distance from the mean.
          var distance = x[row, at, lanes: lanes] - mean
          if lanes < Vector.lanes { distance = masked(distance, lanes) }
          return distance * distance
        } / Float(width)
      let inverse = 1 / (variance + epsilon).squareRoot()
      statistics[row, 0] = mean
      statistics[row, 1] = inverse
      forEachVector(width) { at, lanes in
        let unit = (x[row, at, lanes: lanes] - mean) * inverse
        y[row, at, lanes: lanes] =
          shift[0, at, lanes: lanes].addingProduct(unit, scale[0, at, lanes: lanes])
      }
    }
  }

  /// With x̂ = (x − μ)/σ and g = γ·dy: `dx = (g − mean(g) − x̂·mean(g·x̂))/σ` in `rows`, plus `other` where there is one. Row `piece` of
  /// `sums` gets `Σ dy` and then `Σ dy·x̂` of these rows added.
  static func backward(
    _ dy: Matrix, of x: Matrix, statistics: Matrix, scale: Matrix, addingTo other: Matrix?, to dx: Matrix,
    sums: Matrix, piece: Int, rows: Range<Int>
  ) {
    let width = x.columns
    for row in rows {
      let (mean, inverse) = (statistics[row, 0], statistics[row, 1])
      var (total, product) = (Vector(repeating: 0), Vector(repeating: 0))
      forEachVector(width) { at, lanes in
        let (g, unit) = (dy[row, at, lanes: lanes], (x[row, at, lanes: lanes] - mean) * inverse)
        sums[piece, at, lanes: lanes] += g
        sums[piece, width &+ at, lanes: lanes] = sums[piece, width &+ at, lanes: lanes].addingProduct(g, unit)
        let scaled = g * scale[0, at, lanes: lanes]
        total += scaled
        product = product.addingProduct(scaled, unit)
      }
      let (meanGradient, meanProduct) = (total.sum() / Float(width), product.sum() / Float(width))
      forEachVector(width) { at, lanes in
        let unit = (x[row, at, lanes: lanes] - mean) * inverse
        var value =
          (dy[row, at, lanes: lanes] * scale[0, at, lanes: lanes] - meanGradient - unit * meanProduct)
          * inverse
        if let other { value += other[row, at, lanes: lanes] }
        dx[row, at, lanes: lanes] = value
      }
    }
  }

  @inline(__always)
  private static func sum(_ width: Int, _ term: (Int, Int) -> Vector) -> Float {
    var total = Vector(repeating: 0)
    forEachVector(width) { total += term($0, $1) }
    return total.sum()
  }

  @inline(__always)
  private static func masked(_ value: Vector, _ lanes: Int) -> Vector {
    var value = value
    for lane in lanes..<Vector.lanes { value[lane] = 0 }
    return value
  }
}

extension Reference {
  /// One row: `γ·x̂ + β`, with x̂ = (x − μ)/√(σ² + ε).
  package static func layerNorm(_ x: [Double], _ scale: [Double], _ shift: [Double]) -> [Double] {
    zip(unit(x).x, zip(scale, shift)).map { $0 * $1.0 + $1.1 }
  }

  /// ∂L/∂x of one row; ∂L/∂γ is `dy·x̂`, ∂L/∂β is dy.
  package static func layerNormGradients(
    _ dy: [Double], _ x: [Double], _ scale: [Double]
  ) -> (x: [Double], scale: [Double]) {
    let (unit, inverse) = unit(x)
    let g = zip(dy, scale).map { $0 * $1 }
    let (mean, along) = (Reference.mean(g), Reference.mean(zip(g, unit).map { $0 * $1 }))
    return (zip(g, unit).map { ($0 - mean - $1 * along) * inverse }, zip(dy, unit).map { $0 * $1 })
  }

  private static func unit(_ x: [Double]) -> (x: [Double], inverse: Double) {
    let mean = mean(x)
    let inverse = 1 / (Reference.mean(x.map { ($0 - mean) * ($0 - mean) }) + 1e-5).squareRoot()
    return (x.map { ($0 - mean) * inverse }, inverse)
  }

  private static func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
}
