import Tensors

/// What normalisation does to each channel, as four rows of numbers: μ, 1/σ, γ/σ and β, so that
/// `y = (x − μ)·γ/σ + β`.
struct ChannelTerms {
  let tensor: Tensor

  init(channels: Int) { tensor = Tensor(uninitialized: [4, channels]) }
  init(_ tensor: Tensor) { self.tensor = tensor }

  var channels: Int { tensor.shape[1] }
  var mean: UnsafeMutablePointer<Float> { tensor.pointer }
  var inverseDeviation: UnsafeMutablePointer<Float> { tensor.pointer + channels }
  var factor: UnsafeMutablePointer<Float> { tensor.pointer + 2 * channels }
  var shift: UnsafeMutablePointer<Float> { tensor.pointer + 3 * channels }

  func set(_ channel: Int, mean: Float, inverseDeviation: Float, scale: Float, shift: Float) {
    self.mean[channel] = mean
    self.inverseDeviation[channel] = inverseDeviation
    factor[channel] = scale * inverseDeviation
    self.shift[channel] = shift
  }
}

/// The passes over memory that batch normalisation makes, each over blocks of rows that stay in the cache.
///
/// Sums are made per block and added up in double precision in the order of the blocks, which depend on the shape
/// alone: the bits are the same with any number of workers.
struct ChannelKernels {
  let channels: Int
  let run: Run

  private var grain: Int { Networks.grain(width: channels, target: 1 << 15) }

  private func blocks(_ rows: Int) -> Int { (rows + grain - 1) / grain }

  /// Mean and (biased) variance of each channel over all rows: `[2, c]`.
  func moments(of x: Tensor) -> Tensor {
    let rows = x.count / channels
    let partial = Tensor(uninitialized: [blocks(rows), 2, channels])
    run.forEachRange(rows, grain: grain) { range, _ in
      let from = x.pointer + range.lowerBound * channels
      let to = partial.pointer + range.lowerBound / grain * 2 * channels
      let share = 1 / Float(range.count)
      forEachVector(channels) { at, lanes in
        // Distances from the first row: sums of squares of large numbers that vary little would lose their digits.
        let origin = load(from + at, lanes)
        var (sum, squares) = (Vector(repeating: 0), Vector(repeating: 0))
        forEachStretch(0..<range.count) { rows in
          var (part, squaresPart) = (Vector(repeating: 0), Vector(repeating: 0))
          for row in rows {
            let distance = load(from + (row &* channels &+ at), lanes) - origin
            part += distance
            squaresPart = squaresPart.addingProduct(distance, distance)
          }
          sum += part
          squares += squaresPart
        }
        store(origin + sum * share, to + at, lanes)
        store(squares - sum * sum * share, to + (channels + at), lanes)
      }
    }
    return combine(partial, rows: rows)
  }

  /// The moments of all rows from the mean and the sum of squared distances of each block (Chan et al., 1979).
  private func combine(_ partial: Tensor, rows: Int) -> Tensor {
    let moments = Tensor(uninitialized: [2, channels])
    let count = blocks(rows)
    func size(_ block: Int) -> Double { Double(min(grain, rows - block * grain)) }
    for channel in 0..<channels {
      var (mean, squares) = (0.0, 0.0)
      for block in 0..<count { mean += size(block) * Double(partial.pointer[2 * block * channels + channel]) }
      mean /= Double(max(1, rows))
      for block in 0..<count {
        let distance = Double(partial.pointer[2 * block * channels + channel]) - mean
        squares +=
          Double(partial.pointer[(2 * block + 1) * channels + channel]) + size(block) * distance * distance
      }
      moments[channel] = Float(mean)
      moments[channels + channel] = Float(max(0, squares) / Double(max(1, rows)))
    }
    return moments
  }

  /// `y = (x − μ)·γ/σ + β [+ residual]`, rectified where asked for.
  func normalise(_ x: Tensor, by terms: ChannelTerms, adding residual: Tensor?, rectified: Bool) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    run.forEachRange(x.count / channels, grain: grain) { range, _ in
      for row in range {
        let start = row &* channels
        forEachVector(channels) { at, lanes in
          var value = load(terms.shift + at, lanes).addingProduct(
            load(x.pointer + (start &+ at), lanes) - load(terms.mean + at, lanes),
            load(terms.factor + at, lanes))
          if let residual { value += load(residual.pointer + (start &+ at), lanes) }
          store(rectified ? positivePart(value) : value, y.pointer + (start &+ at), lanes)
        }
      }
    }
    return y
  }

  /// `Σ dz` and `Σ dz·x̂` over all rows: `[2, c]`; dz is dy where `y` is positive (everywhere without y), and goes to
  /// `dz` where that is wanted.
  func gradientSums(
    _ dy: Tensor, _ x: Tensor, _ terms: ChannelTerms, passedBy y: Tensor?, writing dz: Tensor?
  ) -> Tensor {
    let rows = x.count / channels
    let partial = Tensor(uninitialized: [blocks(rows), 2, channels])
    run.forEachRange(rows, grain: grain) { range, _ in
      let to = partial.pointer + range.lowerBound / grain * 2 * channels
      forEachVector(channels) { at, lanes in
        let mean = load(terms.mean + at, lanes)
        var (sum, product) = (Vector(repeating: 0), Vector(repeating: 0))
        forEachStretch(range) { rows in
          var (sumPart, productPart) = (Vector(repeating: 0), Vector(repeating: 0))
          for row in rows {
            let place = row &* channels &+ at
            let gradient = gradient(dy, y, place, lanes)
            if let dz { store(gradient, dz.pointer + place, lanes) }
            sumPart += gradient
            productPart = productPart.addingProduct(gradient, load(x.pointer + place, lanes) - mean)
          }
          sum += sumPart
          product += productPart
        }
        store(sum, to + at, lanes)
        store(product * load(terms.inverseDeviation + at, lanes), to + (channels + at), lanes)
      }
    }
    let sums = Tensor(uninitialized: [2, channels])
    for item in 0..<2 * channels {
      var sum = 0.0
      for block in 0..<blocks(rows) { sum += Double(partial.pointer[2 * block * channels + item]) }
      sums[item] = Float(sum)
    }
    return sums
  }

  /// `γ/σ·(dz − Σdz/m − x̂·Σ(dz·x̂)/m)`.
  func inputGradient(
    _ dy: Tensor, _ x: Tensor, _ terms: ChannelTerms, _ sums: Tensor, passedBy y: Tensor?
  ) -> Tensor {
    let rows = x.count / channels
    let dx = Tensor(uninitialized: x.shape)
    // dx = dz·γ/σ + (x − μ)·slope + offset
    let lines = Tensor(uninitialized: [2, channels])
    let (slope, offset) = (lines.pointer, lines.pointer + channels)
    for channel in 0..<channels {
      let share = terms.factor[channel] / Float(max(1, rows))
      slope[channel] = -share * terms.inverseDeviation[channel] * sums[channels + channel]
      offset[channel] = -share * sums[channel]
    }
    run.forEachRange(rows, grain: grain) { range, _ in
      for row in range {
        let start = row &* channels
        forEachVector(channels) { at, lanes in
          let place = start &+ at
          let distance = load(x.pointer + place, lanes) - load(terms.mean + at, lanes)
          let value = load(offset + at, lanes)
            .addingProduct(distance, load(slope + at, lanes))
            .addingProduct(gradient(dy, y, place, lanes), load(terms.factor + at, lanes))
          store(value, dx.pointer + place, lanes)
        }
      }
    }
    withExtendedLifetime(lines) {}
    return dx
  }

  /// Cuts `rows` into stretches of 32: sums of sums lose fewer digits than one long sum.
  @inline(__always)
  private func forEachStretch(_ rows: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(rows.upperBound, start &+ 32)
      body(start..<end)
      start = end
    }
  }

  @inline(__always)
  private func gradient(_ dy: Tensor, _ y: Tensor?, _ place: Int, _ lanes: Int) -> Vector {
    let gradient = load(dy.pointer + place, lanes)
    guard let y else { return gradient }
    return gradient.replacing(with: 0, where: load(y.pointer + place, lanes) .<= Vector(repeating: 0))
  }
}
