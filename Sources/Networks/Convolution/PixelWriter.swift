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

  /// A writer for pixels that are already in place.
  func count(_ pixels: Range<Int>, piece: Int) {
    let channels = tensor.shape[3]
    sums?.add(
      tensor.pointer + pixels.lowerBound &* channels, step: channels, count: pixels.count, piece: piece)
  }
}

/// Destination of the gradient of a convolution's inputs, and the operations applied to it on the way.
package struct GradientTarget {
  /// The gradient is added to what this holds, and takes its place.
  var adding: Tensor?
  /// The operation that produced the inputs, if the gradient should continue through its ReLU; the sums for the gradient of its
  /// normalisation are then accumulated on the way.
  var through: Origin?

  package init(adding: Tensor? = nil) {
    self.adding = adding
  }

  init(adding: Tensor?, through: Origin?) {
    self.adding = adding
    self.through = through
  }
}

/// Writes the gradients of a convolution's inputs.
struct GradientWriter {
  let tensor: Tensor
  private let sums: GradientSums?
  private let shortcutSums: GradientSums?
  private let isAdding: Bool
  private let through: Origin?

  init(shape: [Int], to target: GradientTarget, pieces: Int) {
    tensor = target.adding ?? Tensor(uninitialized: shape)
    isAdding = target.adding != nil
    through = target.through
    func sums(_ x: Activation?) -> GradientSums? { x?.terms.map { GradientSums(pieces: pieces, terms: $0) } }
    switch target.through {
    case nil: (self.sums, shortcutSums) = (nil, nil)
    case .normalisation(let x): (self.sums, shortcutSums) = (sums(x), nil)
    case .sum(let sum): (self.sums, shortcutSums) = (sums(sum.inner), sums(sum.shortcut))
    }
  }

  /// The gradient, through the rectifier where there is one.
  var result: NormGradient {
    NormGradient(tensor: tensor, sums: sums?.total() ?? Tensor([0]), shortcutSums: shortcutSums?.total())
  }

  /// Writes `pixels`, counted over all images, from numbers that lie `step` apart.
  func write(_ pixels: Range<Int>, from source: UnsafePointer<Float>, step: Int, piece: Int) {
    let channels = tensor.shape[tensor.shape.count - 1]
    let start = pixels.lowerBound &* channels
    switch through {
    case .normalisation(let x)?:
      return write(pixels.count, from: source, step, start: start, x: x.tensor.pointer + start, sums!, piece)
    case .sum(let sum)?: return write(pixels.count, from: source, step, start: start, through: sum, piece)
    case nil: break
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

  /// A writer for gradients that are already in place, complete with everything to be added.
  func finish(_ pixels: Range<Int>, piece: Int) {
    let channels = tensor.shape[tensor.shape.count - 1]
    guard through != nil else { return }
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

  /// As above through the ReLU of a residual sum, for both of its parts.
  @inline(__always)
  private func write(
    _ count: Int, from source: UnsafePointer<Float>, _ step: Int, start: Int, through sum: ResidualOutput,
    _ piece: Int
  ) {
    let channels = sum.inner.channels
    let (target, output) = (tensor.pointer + start, sum.output.pointer + start)
    let isAdding = isAdding && !isPlaced
    for pixel in 0..<count {
      let (from, place) = (source + pixel &* step, pixel &* channels)
      forEachVector(channels) { at, lanes in
        var gradient = load(from + at, lanes)
        if isAdding { gradient += load(target + (place &+ at), lanes) }
        gradient.replace(with: 0, where: .!(load(output + (place &+ at), lanes) .> Vector(repeating: 0)))
        store(gradient, target + (place &+ at), lanes)
      }
    }
    sums?.add(target, of: sum.inner.tensor.pointer + start, count: count, piece: piece)
    if let shortcut = sum.shortcut {
      shortcutSums?.add(target, of: shortcut.tensor.pointer + start, count: count, piece: piece)
    }
  }
}
