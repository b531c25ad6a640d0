import Tensors

// Sums over all pixels of a batch, channel by channel, for batch normalisation. Each piece of work adds up its own pixels;
// the pieces are then added in their order, in double precision: they are cut by shape alone, so the bits
// are the same with any number of workers.

/// Towards the mean and the variance of each channel.
struct MomentSums {
  let channels: Int
  private let pieces: Int
  /// For each piece: the first pixel, Σ (x − first), Σ (x − first)², and the number of pixels. Sums of squares of
  /// large values that vary little would lose their digits; differences from one of them do not.
  private let memory: Tensor

  init(pieces: Int, channels: Int) {
    self.pieces = pieces
    self.channels = channels
    memory = Tensor([pieces, 3 * channels + 1])
  }

  /// Adds `count` pixels, each `step` numbers from the one before.
  @inline(__always)
  func add(_ pixels: UnsafePointer<Float>, step: Int, count: Int, piece: Int) {
    let channels = channels
    let first = memory.pointer + piece &* (3 &* channels &+ 1)
    let (sums, squares, counter) = (first + channels, first + 2 &* channels, first + 3 &* channels)
    if counter.pointee == 0 { first.update(from: pixels, count: channels) }
    counter.pointee += Float(count)
    forEachVector(channels) { at, lanes in
      let origin = load(first + at, lanes)
      var (sum, square) = (Vector(repeating: 0), Vector(repeating: 0))
      for pixel in 0..<count {
        let distance = load(pixels + (pixel &* step &+ at), lanes) - origin
        sum += distance
        square = square.addingProduct(distance, distance)
      }
      store(load(sums + at, lanes) + sum, sums + at, lanes)
      store(load(squares + at, lanes) + square, squares + at, lanes)
    }
  }

  /// Mean and (biased) variance of each channel over all pieces: `[2, c]` (Chan et al., 1979).
  func moments() -> Tensor {
    let result = Tensor([2, channels])
    var means = [Double](repeating: 0, count: channels), squares = means, total = 0.0
    for piece in 0..<pieces {
      let first = memory.pointer + piece * (3 * channels + 1)
      let count = Double(first[3 * channels])
      guard count > 0 else { continue }
      let share = count / (total + count)
      for channel in 0..<channels {
        let sum = Double(first[channels + channel])
        let mean = Double(first[channel]) + sum / count
        let distance = mean - means[channel]
        squares[channel] +=
          Double(first[2 * channels + channel]) - sum * sum / count + distance * distance * total * share
        means[channel] += distance * share
      }
      total += count
    }
    for channel in 0..<channels {
      result[channel] = Float(means[channel])
      result[channels + channel] = Float(max(0, squares[channel]) / max(1, total))
    }
    return result
  }
}

/// Towards `Σ dz` and `Σ dz·x̂`, which batch normalisation's backward pass needs of all pixels before it can begin.
struct GradientSums {
  let terms: ChannelTerms
  private let pieces: Int
  private let memory: Tensor

  init(pieces: Int, terms: ChannelTerms) {
    self.pieces = pieces
    self.terms = terms
    memory = Tensor([pieces, 2 * terms.channels])
  }

  /// Start of `Σ dz` of piece `piece`; `Σ dz·(x − μ)` follows.
  @inline(__always)
  func address(_ piece: Int) -> UnsafeMutablePointer<Float> { memory.pointer + piece &* 2 &* terms.channels }

  /// Adds the gradients `dz` of `count` pixels of `x`.
  @inline(__always)
  func add(_ dz: UnsafePointer<Float>, of x: UnsafePointer<Float>, count: Int, piece: Int) {
    let channels = terms.channels
    let total = address(piece)
    let products = total + channels
    forEachVector(channels) { at, lanes in
      let mean = load(terms.mean + at, lanes)
      var (sum, product) = (Vector(repeating: 0), Vector(repeating: 0))
      for pixel in 0..<count {
        let place = pixel &* channels &+ at
        let gradient = load(dz + place, lanes)
        sum += gradient
        product = product.addingProduct(gradient, load(x + place, lanes) - mean)
      }
      store(load(total + at, lanes) + sum, total + at, lanes)
      store(load(products + at, lanes) + product, products + at, lanes)
    }
  }

  /// `Σ dz` and `Σ dz·x̂` over all pieces: `[2, c]`.
  func total() -> Tensor {
    let channels = terms.channels
    var sums = [Double](repeating: 0, count: 2 * channels)
    for piece in 0..<pieces {
      let from = address(piece)
      for item in 0..<2 * channels { sums[item] += Double(from[item]) }
    }
    let result = Tensor(uninitialized: [2, channels])
    for channel in 0..<channels {
      result[channel] = Float(sums[channel])
      result[channels + channel] = Float(sums[channels + channel] * Double(terms.inverseDeviation[channel]))
    }
    return result
  }
}
