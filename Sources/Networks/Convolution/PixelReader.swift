import Tensors

/// Reads pixels from memory, and does on the way what is still to be done to their numbers.
package struct PixelReader {
  private enum Kind {
    case plain
    /// `max((x − μ)·γ/σ + β, floor)`
    case normalised(ChannelTerms)
    /// Batch normalisation's backward pass: `dz·γ/σ + (x − μ)·slope + offset`.
    case gradient(of: Tensor, ChannelTerms, Tensor)
  }

  let tensor: Tensor
  let channels: Int
  private let kind: Kind

  package init(_ x: Activation) {
    tensor = x.tensor
    channels = x.channels
    kind = x.terms.map { .normalised($0) } ?? .plain
  }

  package init(_ tensor: Tensor) { self.init(Activation(tensor)) }

  /// The gradient of `x`, of which `gradient` is what came back to its normalisation: with x̂ = (x − μ)/σ and m rows,
  /// `γ/σ·(dz − Σdz/m − x̂·Σ(dz·x̂)/m)`.
  init(_ gradient: NormGradient, of x: Tensor, _ terms: ChannelTerms) {
    tensor = gradient.tensor
    channels = terms.channels
    let lines = Tensor(uninitialized: [2, channels])
    let rows = Float(max(1, tensor.count / max(1, channels)))
    for channel in 0..<channels {
      let share = terms.factor[channel] / rows
      lines.pointer[channel] = -share * terms.inverseDeviation[channel] * gradient.sums[channels + channel]
      lines.pointer[channels + channel] = -share * gradient.sums[channel]
    }
    kind = .gradient(of: x, terms, lines)
  }

  /// The numbers where they lie, if nothing is to be done to them.
  var plain: UnsafeMutablePointer<Float>? { if case .plain = kind { tensor.pointer } else { nil } }

  /// Reads `pixels`, counted over all images, to `target`, each `step` numbers from the one before.
  func read(_ pixels: Range<Int>, to target: UnsafeMutablePointer<Float>, step: Int) {
    let channels = channels
    let from = tensor.pointer + pixels.lowerBound &* channels
    switch kind {
    case .plain:
      if step == channels {
        target.update(from: from, count: pixels.count &* channels)
      } else {
        for pixel in 0..<pixels.count {
          (target + pixel &* step).update(from: from + pixel &* channels, count: channels)
        }
      }
    case .normalised(let terms):
      normalise(from, by: terms, count: pixels.count, to: target, step)
    case .gradient(let x, let terms, let lines):
      let (mean, factor) = (terms.mean, terms.factor)
      let (slope, offset) = (lines.pointer, lines.pointer + channels)
      let inputs = x.pointer + pixels.lowerBound &* channels
      for pixel in 0..<pixels.count {
        let (dz, x, to) = (from + pixel &* channels, inputs + pixel &* channels, target + pixel &* step)
        forEachVector(channels) { at, lanes in
          let distance = load(x + at, lanes) - load(mean + at, lanes)
          let value = load(offset + at, lanes).addingProduct(distance, load(slope + at, lanes))
          store(value.addingProduct(load(dz + at, lanes), load(factor + at, lanes)), to + at, lanes)
        }
      }
    }
  }

  @inline(__always)
  private func normalise(
    _ from: UnsafePointer<Float>, by terms: ChannelTerms, count: Int, to target: UnsafeMutablePointer<Float>,
    _ step: Int
  ) {
    let (mean, factor, shift) = (terms.mean, terms.factor, terms.shift)
    let floor = Vector(repeating: terms.floor)
    for pixel in 0..<count {
      let (x, to) = (from + pixel &* channels, target + pixel &* step)
      forEachVector(channels) { at, lanes in
        let distance = load(x + at, lanes) - load(mean + at, lanes)
        let value = load(shift + at, lanes).addingProduct(distance, load(factor + at, lanes))
        store(larger(value, floor), to + at, lanes)
      }
    }
  }
}
