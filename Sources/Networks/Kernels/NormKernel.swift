import Tensors

/// Terms of `max((x − μ)·γ/σ + β, floor)` for each channel: a view of `ChannelTerms`.
struct NormTerms {
  private let rows: Matrix
  let channels: Int
  let floor: Float

  init(_ rows: Matrix) {
    precondition(rows.rows == 5, "five terms for each channel")
    (self.rows, channels) = (rows, rows.columns)
    floor = rows.columns == 0 ? 0 : rows[4, 0]
  }

  @inline(__always)
  func mean(_ at: Int, _ lanes: Int) -> Vector { rows[0, at, lanes: lanes] }
  @inline(__always)
  func factor(_ at: Int, _ lanes: Int) -> Vector { rows[2, at, lanes: lanes] }
  @inline(__always)
  func shift(_ at: Int, _ lanes: Int) -> Vector { rows[3, at, lanes: lanes] }

  func inverseDeviation(_ channel: Int) -> Float { rows[1, channel] }
  func factor(_ channel: Int) -> Float { rows[2, channel] }

  /// `(x − μ)·γ/σ + β`
  @inline(__always)
  func normalised(_ x: Vector, _ at: Int, _ lanes: Int) -> Vector {
    shift(at, lanes).addingProduct(x - mean(at, lanes), factor(at, lanes))
  }
}

/// Batch normalisation. Matrices have a row for each pixel and a column for each channel; sums have a row for each piece of work.
enum NormKernel {
  /// `max((x − μ)·γ/σ + β, floor)`
  static func normalise(_ x: Matrix, by terms: NormTerms, to y: Matrix) {
    precondition(x.rows == y.rows && x.columns == terms.channels && y.columns == terms.channels)
    let floor = Vector(repeating: terms.floor)
    for row in 0..<x.rows {
      forEachVector(terms.channels) { at, lanes in
        y[row, at, lanes: lanes] = larger(terms.normalised(x[row, at, lanes: lanes], at, lanes), floor)
      }
    }
  }

  /// Adds pixels to row `piece` of `sums`, which for each channel has the first number, `Σ (x − first)` and `Σ (x − first)²`, and behind
  /// all of them the number of pixels. Sums of squares of large values that vary little would lose their digits; differences from one of
  /// them do not.
  @inline(__always)
  static func addMoments(of x: Matrix, to sums: Matrix, piece: Int) {
    let channels = x.columns
    precondition(sums.columns == 3 &* channels &+ 1 && piece >= 0 && piece < sums.rows)
    guard x.rows > 0 else { return }
    if sums[piece, 3 &* channels] == 0 {
      forEachVector(channels) { sums[piece, $0, lanes: $1] = x[0, $0, lanes: $1] }
    }
    sums[piece, 3 &* channels] += Float(x.rows)
    forEachVector(channels) { at, lanes in
      let origin = sums[piece, at, lanes: lanes]
      var (sum, square) = (Vector(repeating: 0), Vector(repeating: 0))
      for row in 0..<x.rows {
        let distance = x[row, at, lanes: lanes] - origin
        sum += distance
        square = square.addingProduct(distance, distance)
      }
      sums[piece, channels &+ at, lanes: lanes] += sum
      sums[piece, 2 &* channels &+ at, lanes: lanes] += square
    }
  }

  /// Mean and (biased) variance of each channel from the sums of all pieces, to the two rows of `result` (Chan et al., 1979).
  static func moments(of sums: Matrix, to result: Matrix) {
    let channels = result.columns
    precondition(result.rows == 2 && sums.columns == 3 * channels + 1)
    var means = [Double](repeating: 0, count: channels), squares = means, total = 0.0
    for piece in 0..<sums.rows {
      let count = Double(sums[piece, 3 * channels])
      guard count > 0 else { continue }
      let share = count / (total + count)
      for channel in 0..<channels {
        let sum = Double(sums[piece, channels + channel])
        let distance = Double(sums[piece, channel]) + sum / count - means[channel]
        squares[channel] +=
          Double(sums[piece, 2 * channels + channel]) - sum * sum / count + distance * distance * total
          * share
        means[channel] += distance * share
      }
      total += count
    }
    for channel in 0..<channels {
      result[0, channel] = Float(means[channel])
      result[1, channel] = Float(max(0, squares[channel]) / max(1, total))
    }
  }

  /// ∂L/∂y through the rectifier, to `dz`: `dy`, plus what `dz` holds if `isAdding`, where y is above the floor, 0 elsewhere.
  /// Row `piece` of `sums` gets `Σ dz` and then `Σ dz·(x − μ)` added.
  @inline(__always)
  static func rectifyGradient(
    _ dy: Matrix, of x: Matrix, _ terms: NormTerms, to dz: Matrix, isAdding: Bool, sums: Matrix, piece: Int
  ) {
    let channels = terms.channels
    precondition(dy.rows == dz.rows && x.rows == dz.rows && dy.columns == channels)
    precondition(x.columns == channels && dz.columns == channels)
    precondition(sums.columns == 2 &* channels && piece >= 0 && piece < sums.rows)
    let floor = Vector(repeating: terms.floor)
    forEachVector(channels) { at, lanes in
      let (mean, factor, shift) = (terms.mean(at, lanes), terms.factor(at, lanes), terms.shift(at, lanes))
      var (sum, product) = (Vector(repeating: 0), Vector(repeating: 0))
      for row in 0..<dz.rows {
        var gradient = dy[row, at, lanes: lanes]
        if isAdding { gradient += dz[row, at, lanes: lanes] }
        let distance = x[row, at, lanes: lanes] - mean
        gradient.replace(with: 0, where: .!(shift.addingProduct(distance, factor) .> floor))
        dz[row, at, lanes: lanes] = gradient
        sum += gradient
        product = product.addingProduct(gradient, distance)
      }
      sums[piece, at, lanes: lanes] += sum
      sums[piece, channels &+ at, lanes: lanes] += product
    }
  }

  /// The same sums of gradients that are in place.
  @inline(__always)
  static func addGradients(_ dz: Matrix, of x: Matrix, _ terms: NormTerms, to sums: Matrix, piece: Int) {
    let channels = terms.channels
    precondition(x.rows == dz.rows && x.columns == channels && dz.columns == channels)
    precondition(sums.columns == 2 &* channels && piece >= 0 && piece < sums.rows)
    forEachVector(channels) { at, lanes in
      let mean = terms.mean(at, lanes)
      var (sum, product) = (Vector(repeating: 0), Vector(repeating: 0))
      for row in 0..<dz.rows {
        let gradient = dz[row, at, lanes: lanes]
        sum += gradient
        product = product.addingProduct(gradient, x[row, at, lanes: lanes] - mean)
      }
      sums[piece, at, lanes: lanes] += sum
      sums[piece, channels &+ at, lanes: lanes] += product
    }
  }

  /// `Σ dz` and `Σ dz·x̂` of each channel from the sums of all pieces, to the two rows of `result`.
  static func totals(of sums: Matrix, _ terms: NormTerms, to result: Matrix) {
    let channels = terms.channels
    precondition(result.rows == 2 && result.columns == channels && sums.columns == 2 * channels)
    var totals = [Double](repeating: 0, count: 2 * channels)
    for piece in 0..<sums.rows {
      for item in 0..<2 * channels { totals[item] += Double(sums[piece, item]) }
    }
    for channel in 0..<channels {
      result[0, channel] = Float(totals[channel])
      result[1, channel] = Float(totals[channels + channel] * Double(terms.inverseDeviation(channel)))
    }
  }

  /// The lines of `gradient` below, from the totals of `rows` pixels: slope `−γ/σ²·Σ(dz·x̂)/m` and offset `−γ/σ·Σdz/m`.
  static func setLines(_ lines: Matrix, totals: Matrix, _ terms: NormTerms, pixels: Int) {
    let count = Float(max(1, pixels))
    for channel in 0..<terms.channels {
      let share = terms.factor(channel) / count
      lines[0, channel] = -share * terms.inverseDeviation(channel) * totals[1, channel]
      lines[1, channel] = -share * totals[0, channel]
    }
  }

  /// ∂L/∂x: `dz·γ/σ + (x − μ)·slope + offset`, which is `γ/σ·(dz − Σdz/m − x̂·Σ(dz·x̂)/m)`.
  static func gradient(_ dz: Matrix, of x: Matrix, _ terms: NormTerms, lines: Matrix, to dx: Matrix) {
    let channels = terms.channels
    precondition(dz.rows == dx.rows && x.rows == dx.rows && dx.columns == channels)
    precondition(dz.columns == channels && x.columns == channels && lines.columns == channels)
    for row in 0..<dx.rows {
      forEachVector(channels) { at, lanes in
        let distance = x[row, at, lanes: lanes] - terms.mean(at, lanes)
        let value = lines[1, at, lanes: lanes].addingProduct(distance, lines[0, at, lanes: lanes])
        dx[row, at, lanes: lanes] =
          value.addingProduct(dz[row, at, lanes: lanes], terms.factor(at, lanes))
      }
    }
  }
}

extension Reference {
  /// `y = max(γ·x̂ + β, floor)` of each channel, x̂ = (x − μ)/√(σ² + ε) over rows of `scale.count` channels; the floor is 0 with a
  /// rectifier. Also μ and σ².
  package static func batchNorm(
    _ x: [Double], _ scale: [Double], _ shift: [Double], rectified: Bool
  ) -> (y: [Double], mean: [Double], variance: [Double]) {
    var (y, means, variances) = (x, scale, scale)
    for channel in scale.indices {
      let places = Array(Swift.stride(from: channel, to: x.count, by: scale.count))
      let (mean, variance) = moments(places.map { x[$0] })
      for at in places {
        let value = scale[channel] * (x[at] - mean) / (variance + 1e-5).squareRoot() + shift[channel]
        y[at] = rectified ? max(value, 0) : value
      }
      (means[channel], variances[channel]) = (mean, variance)
    }
    return (y, means, variances)
  }

  /// With dz the gradient before the rectifier: `∂L/∂β = Σ dz`, `∂L/∂γ = Σ dz·x̂`, `∂L/∂x = γ/σ·(dz − mean(dz) − x̂·mean(dz·x̂))`.
  package static func batchNormGradients(
    _ dy: [Double], _ x: [Double], _ scale: [Double], _ shift: [Double], rectified: Bool
  ) -> (x: [Double], scale: [Double], shift: [Double]) {
    let y = batchNorm(x, scale, shift, rectified: false).y
    let dz = rectified ? zip(dy, y).map { $1 > 0 ? $0 : 0 } : dy
    var (dx, dScale, dShift) = (x, scale, shift)
    for channel in scale.indices {
      let places = Array(Swift.stride(from: channel, to: x.count, by: scale.count))
      let (mean, variance) = moments(places.map { x[$0] })
      let inverse = 1 / (variance + 1e-5).squareRoot()
      let unit = places.map { (x[$0] - mean) * inverse }
      dShift[channel] = places.reduce(0) { $0 + dz[$1] }
      dScale[channel] = zip(places, unit).reduce(0) { $0 + dz[$1.0] * $1.1 }
      let count = Double(places.count)
      for (at, unit) in zip(places, unit) {
        dx[at] =
          scale[channel] * inverse * (dz[at] - dShift[channel] / count - unit * dScale[channel] / count)
      }
    }
    return (dx, dScale, dShift)
  }

  private static func moments(_ x: [Double]) -> (mean: Double, variance: Double) {
    let mean = x.reduce(0, +) / Double(x.count)
    return (mean, x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count))
  }
}
