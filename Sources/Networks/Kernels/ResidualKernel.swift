import Tensors

/// The sum of a residual block, `max(a + b, 0)`. Matrices have a row for each pixel and a column for each channel.
enum ResidualKernel {
  /// `max(norm(a) + norm'(b), 0)` of `pixels`; b as it is where it has no terms.
  static func add(
    _ a: Matrix, by terms: NormTerms, _ b: Matrix, by others: NormTerms?, to y: Matrix, pixels: Range<Int>
  ) {
    let channels = terms.channels
    precondition(a.columns == channels && b.columns == channels && y.columns == channels)
    let (a, b, y) = (a.part(rows: pixels), b.part(rows: pixels), y.part(rows: pixels))
    let floor = Vector(repeating: others?.floor ?? 0)
    for row in 0..<y.rows {
      forEachVector(channels) { at, lanes in
        var sum = terms.normalised(a[row, at, lanes: lanes], at, lanes)
        var value = b[row, at, lanes: lanes]
        if let others { value = larger(others.normalised(value, at, lanes), floor) }
        sum += value
        y[row, at, lanes: lanes] = positivePart(sum)
      }
    }
  }

  /// `dy`, plus what `dz` holds if `isAdding`, where y is positive, 0 elsewhere: the gradient of both terms.
  @inline(__always)
  static func rectifyGradient(_ dy: Matrix, of y: Matrix, to dz: Matrix, isAdding: Bool) {
    precondition(dy.rows == dz.rows && y.rows == dz.rows)
    precondition(dy.columns == dz.columns && y.columns == dz.columns)
    for row in 0..<dz.rows {
      forEachVector(dz.columns) { at, lanes in
        var gradient = dy[row, at, lanes: lanes]
        if isAdding { gradient += dz[row, at, lanes: lanes] }
        gradient.replace(with: 0, where: .!(y[row, at, lanes: lanes] .> Vector(repeating: 0)))
        dz[row, at, lanes: lanes] = gradient
      }
    }
  }
}

extension Reference {
  /// `max(a + b, 0)`
  package static func residualSum(_ a: [Double], _ b: [Double]) -> [Double] {
    zip(a, b).map { max($0 + $1, 0) }
  }

  /// dy where `a + b` is positive, 0 elsewhere: ∂L/∂a and ∂L/∂b.
  package static func residualGradient(_ dy: [Double], _ a: [Double], _ b: [Double]) -> [Double] {
    zip(dy, zip(a, b)).map { $1.0 + $1.1 > 0 ? $0 : 0 }
  }
}
