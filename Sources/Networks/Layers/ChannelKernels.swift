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

  /// How the backward pass learns which numbers the rectifier let through.
  enum Rectifier {
    /// There was none.
    case none
    /// From the normalised number, computed again.
    case derived
    /// From the output: those where it is positive.
    case passed(Tensor)

    fileprivate var output: UnsafeMutablePointer<Float>? {
      if case .passed(let y) = self { y.pointer } else { nil }
    }
    fileprivate var isDerived: Bool { if case .derived = self { true } else { false } }
  }

  private var grain: Int { Networks.grain(width: channels, target: 1 << 15) }

  private func blocks(_ rows: Int) -> Int { (rows + grain - 1) / grain }

  /// Mean and (biased) variance of each channel over all rows: `[2, c]`.
  func moments(of x: Tensor) -> Tensor {
    let rows = x.count / channels
    let partial = Tensor([blocks(rows), 2, channels])
    let (channels, source, target) = (channels, x.pointer, partial.pointer)
    run.forEachRange(rows, grain: grain) { range, _ in
      let from = source + range.lowerBound * channels
      let sums = target + range.lowerBound / grain * 2 * channels
      let squares = sums + channels
      forEachStretch(0..<range.count) { rows in
        forEachVector(channels) { at, lanes in
          // Distances from the first row: sums of squares of large numbers that vary little would lose their digits.
          let origin = load(from + at, lanes)
          var (sum, square) = (Vector(repeating: 0), Vector(repeating: 0))
          for row in rows {
            let distance = load(from + (row &* channels &+ at), lanes) - origin
            sum += distance
            square = square.addingProduct(distance, distance)
          }
          store(load(sums + at, lanes) + sum, sums + at, lanes)
          store(load(squares + at, lanes) + square, squares + at, lanes)
        }
      }
      let share = 1 / Float(range.count)
      forEachVector(channels) { at, lanes in
        let sum = load(sums + at, lanes)
        store(load(from + at, lanes) + sum * share, sums + at, lanes)
        store(load(squares + at, lanes) - sum * sum * share, squares + at, lanes)
      }
    }
    return combine(partial, rows: rows)
  }

  /// The moments of all rows from the mean and the sum of squared distances of each block (Chan et al., 1979).
  private func combine(_ partial: Tensor, rows: Int) -> Tensor {
    let moments = Tensor(uninitialized: [2, channels])
    let (count, channels, from) = (blocks(rows), channels, partial.pointer)
    func size(_ block: Int) -> Double { Double(min(grain, rows - block * grain)) }
    for channel in 0..<channels {
      var (mean, squares) = (0.0, 0.0)
      for block in 0..<count { mean += size(block) * Double(from[2 * block * channels + channel]) }
      mean /= Double(max(1, rows))
      for block in 0..<count {
        let distance = Double(from[2 * block * channels + channel]) - mean
        squares += Double(from[(2 * block + 1) * channels + channel]) + size(block) * distance * distance
      }
      moments[channel] = Float(mean)
      moments[channels + channel] = Float(max(0, squares) / Double(max(1, rows)))
    }
    withExtendedLifetime(partial) {}
    return moments
  }

  /// `y = (x − μ)·γ/σ + β [+ residual]`, rectified where asked for.
  func normalise(_ x: Tensor, by terms: ChannelTerms, adding residual: Tensor?, rectified: Bool) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let (channels, source, target, other) = (channels, x.pointer, y.pointer, residual?.pointer)
    let (mean, factor, shift) = (terms.mean, terms.factor, terms.shift)
    run.forEachRange(x.count / channels, grain: grain) { range, _ in
      for row in range {
        let start = row &* channels
        forEachVector(channels) { at, lanes in
          let distance = load(source + (start &+ at), lanes) - load(mean + at, lanes)
          var value = load(shift + at, lanes).addingProduct(distance, load(factor + at, lanes))
          if let other { value += load(other + (start &+ at), lanes) }
          store(rectified ? positivePart(value) : value, target + (start &+ at), lanes)
        }
      }
    }
    return y
  }

  /// `Σ dz` and `Σ dz·x̂` over all rows: `[2, c]`; dz is dy where the rectifier let through, and goes to `dz` where
  /// that is wanted.
  func gradientSums(
    _ dy: Tensor, _ x: Tensor, _ terms: ChannelTerms, _ rectifier: Rectifier, writing dz: Tensor?
  ) -> Tensor {
    let rows = x.count / channels
    let partial = Tensor([blocks(rows), 2, channels])
    let (channels, target, kept) = (channels, partial.pointer, dz?.pointer)
    let (gradients, inputs) = (dy.pointer, x.pointer)
    let (output, isDerived) = (rectifier.output, rectifier.isDerived)
    let (mean, inverseDeviation, factor, shift) = (
      terms.mean, terms.inverseDeviation, terms.factor, terms.shift
    )
    run.forEachRange(rows, grain: grain) { range, _ in
      let sums = target + range.lowerBound / grain * 2 * channels
      let products = sums + channels
      forEachStretch(range) { rows in
        forEachVector(channels) { at, lanes in
          let mean = load(mean + at, lanes)
          let (factor, shift) = (load(factor + at, lanes), load(shift + at, lanes))
          var (sum, product) = (Vector(repeating: 0), Vector(repeating: 0))
          for row in rows {
            let place = row &* channels &+ at
            let distance = load(inputs + place, lanes) - mean
            var gradient = load(gradients + place, lanes)
            if let output {
              gradient = passed(gradient, where: load(output + place, lanes))
            } else if isDerived {
              gradient = passed(gradient, where: shift.addingProduct(distance, factor))
            }
            if let kept { store(gradient, kept + place, lanes) }
            sum += gradient
            product = product.addingProduct(gradient, distance)
          }
          store(load(sums + at, lanes) + sum, sums + at, lanes)
          let scaled = product * load(inverseDeviation + at, lanes)
          store(load(products + at, lanes) + scaled, products + at, lanes)
        }
      }
    }
    let total = Tensor(uninitialized: [2, channels])
    for item in 0..<2 * channels {
      var sum = 0.0
      for block in 0..<blocks(rows) { sum += Double(target[2 * block * channels + item]) }
      total[item] = Float(sum)
    }
    withExtendedLifetime(partial) {}
    return total
  }

  /// `γ/σ·(dz − Σdz/m − x̂·Σ(dz·x̂)/m)`.
  func inputGradient(
    _ dy: Tensor, _ x: Tensor, _ terms: ChannelTerms, _ sums: Tensor, _ rectifier: Rectifier
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
    let (channels, target) = (channels, dx.pointer)
    let (gradients, inputs) = (dy.pointer, x.pointer)
    let (output, isDerived) = (rectifier.output, rectifier.isDerived)
    let (mean, factor, shift) = (terms.mean, terms.factor, terms.shift)
    run.forEachRange(rows, grain: grain) { range, _ in
      for row in range {
        let start = row &* channels
        forEachVector(channels) { at, lanes in
          let place = start &+ at
          let distance = load(inputs + place, lanes) - load(mean + at, lanes)
          let factor = load(factor + at, lanes)
          var gradient = load(gradients + place, lanes)
          if let output {
            gradient = passed(gradient, where: load(output + place, lanes))
          } else if isDerived {
            gradient = passed(gradient, where: load(shift + at, lanes).addingProduct(distance, factor))
          }
          let value = load(offset + at, lanes).addingProduct(distance, load(slope + at, lanes))
          store(value.addingProduct(gradient, factor), target + place, lanes)
        }
      }
    }
    withExtendedLifetime(lines) {}
    return dx
  }

  /// Cuts `rows` into stretches that stay in the L1 cache while the channels are summed, eight at a time. Sums of short
  /// sums also lose fewer digits than one long sum.
  @inline(__always)
  private func forEachStretch(_ rows: Range<Int>, _ body: (Range<Int>) -> Void) {
    let length = max(4, min(32, 2048 / channels))
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(rows.upperBound, start &+ length)
      body(start..<end)
      start = end
    }
  }

  /// `gradient` where the rectifier's input or output is positive, 0 elsewhere.
  @inline(__always)
  private func passed(_ gradient: Vector, where value: Vector) -> Vector {
    gradient.replacing(with: 0, where: value .<= Vector(repeating: 0))
  }
}
