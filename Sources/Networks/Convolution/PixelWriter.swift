import Tensors

/// Writes the outputs of a convolution, and adds up their moments where a normalisation follows.
package struct OutputWriter {
  package let tensor: Tensor
  let sums: MomentSums?

  init(_ shape: ConvolutionShape, pieces: Int, moments: Bool) {
    tensor = Tensor(uninitialized: shape.outputShape)
    sums = moments ? MomentSums(pieces: pieces, channels: shape.outputs) : nil
  }

  /// Writes `pixels`, counted over all images, from numbers that lie `step` apart.
  func write(_ pixels: Range<Int>, from source: UnsafePointer<Float>, step: Int, piece: Int) {
    let channels = tensor.shape[3]
    let target = tensor.pointer + pixels.lowerBound &* channels
    if step == channels {
      target.update(from: source, count: pixels.count &* channels)
    } else {
      for pixel in 0..<pixels.count {
        (target + pixel &* channels).update(from: source + pixel &* step, count: channels)
      }
    }
    sums?.add(source, step: step, count: pixels.count, piece: piece)
  }

  /// For pixels that are already written.
  func count(_ pixels: Range<Int>, piece: Int) {
    let channels = tensor.shape[3]
    sums?.add(
      tensor.pointer + pixels.lowerBound &* channels, step: channels, count: pixels.count, piece: piece)
  }
}

/// Where the gradient of a convolution's inputs goes, and what happens to it on the way.
package struct GradientTarget {
  /// The gradient is added to what this holds, and takes its place.
  var adding: Tensor?
  /// The inputs' own normalisation: then the gradient goes back through its rectifier, and its sums are made.
  var through: Activation?

  package init(adding: Tensor? = nil, through: Activation? = nil) {
    self.adding = adding
    self.through = through
  }
}

/// Writes the gradients of a convolution's inputs.
struct GradientWriter {
  let tensor: Tensor
  let sums: GradientSums?
  private let isAdding: Bool
  private let through: Activation?

  init(shape: [Int], to target: GradientTarget, pieces: Int) {
    tensor = target.adding ?? Tensor(uninitialized: shape)
    isAdding = target.adding != nil
    through = target.through
    sums = target.through?.terms.map { GradientSums(pieces: pieces, terms: $0) }
  }

  /// The gradient, through the rectifier where there is one.
  var result: NormGradient { NormGradient(tensor: tensor, sums: sums?.total() ?? Tensor([0])) }

  /// Writes `pixels`, counted over all images, from numbers that lie `step` apart.
  func write(_ pixels: Range<Int>, from source: UnsafePointer<Float>, step: Int, piece: Int) {
    let channels = tensor.shape[tensor.shape.count - 1]
    let start = pixels.lowerBound &* channels
    if let sums, let through {
      write(pixels.count, from: source, step, start: start, x: through.tensor.pointer + start, sums, piece)
      return
    }
    let target = tensor.pointer + start
    for pixel in 0..<pixels.count {
      let (from, to) = (source + pixel &* step, target + pixel &* channels)
      if isAdding {
        forEachVector(channels) { at, lanes in
          store(load(to + at, lanes) + load(from + at, lanes), to + at, lanes)
        }
      } else {
        to.update(from: from, count: channels)
      }
    }
  }

  /// For gradients that are already in place, with all that was to be added.
  func finish(_ pixels: Range<Int>, piece: Int) {
    let channels = tensor.shape[tensor.shape.count - 1]
    guard sums != nil else { return }
    var writer = self
    writer.isPlaced = true
    writer.write(pixels, from: tensor.pointer + pixels.lowerBound &* channels, step: channels, piece: piece)
  }

  private var isPlaced = false

  @inline(__always)
  private func write(
    _ count: Int, from source: UnsafePointer<Float>, _ step: Int, start: Int, x: UnsafePointer<Float>,
    _ sums: GradientSums, _ piece: Int
  ) {
    let terms = sums.terms
    let (channels, target, isAdding) = (terms.channels, tensor.pointer + start, isAdding && !isPlaced)
    let (total, floor) = (sums.address(piece), Vector(repeating: terms.floor))
    let products = total + channels
    forEachVector(channels) { at, lanes in
      let (mean, factor, shift) = (
        load(terms.mean + at, lanes), load(terms.factor + at, lanes), load(terms.shift + at, lanes)
      )
      var (sum, product) = (Vector(repeating: 0), Vector(repeating: 0))
      for pixel in 0..<count {
        let place = pixel &* channels &+ at
        var gradient = load(source + (pixel &* step &+ at), lanes)
        if isAdding { gradient += load(target + place, lanes) }
        let distance = load(x + place, lanes) - mean
        gradient.replace(with: 0, where: .!(shift.addingProduct(distance, factor) .> floor))
        store(gradient, target + place, lanes)
        sum += gradient
        product = product.addingProduct(gradient, distance)
      }
      store(load(total + at, lanes) + sum, total + at, lanes)
      store(load(products + at, lanes) + product, products + at, lanes)
    }
  }
}
