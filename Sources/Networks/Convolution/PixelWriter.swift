import Tensors

/// Writes the outputs of a convolution, and adds up their moments where a normalisation follows.
package struct OutputWriter {
  package let tensor: Tensor
  let sums: MomentSums?
  private let target: Matrix

  init(_ shape: ConvolutionShape, pieces: Int, moments: Bool) {
    tensor = Tensor(uninitialized: shape.outputShape)
    target = Matrix(tensor)
    sums = moments ? MomentSums(pieces: pieces, channels: shape.outputs) : nil
  }

  /// Writes `pixels`, counted over all images, from as many rows.
  func write(_ pixels: Range<Int>, from source: Matrix, piece: Int) {
    target.part(rows: pixels).copy(source)
    sums?.add(source, piece: piece)
  }

  /// A writer for pixels that are already in place.
  func count(_ pixels: Range<Int>, piece: Int) { sums?.add(target.part(rows: pixels), piece: piece) }
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
  private let target: Matrix
  private let isAdding: Bool
  private let way: Way
  /// Owner of the memory that the views of `way` see.
  private let origin: Origin?

  /// Operations that the gradient goes back through before it is written.
  private enum Way {
    case straight
    /// The rectifier of a normalisation of x.
    case normalisation(x: Matrix, GradientSums)
    /// The rectifier of a sum y, to the normalisations of its terms.
    case sum(y: Matrix, inner: Branch, shortcut: Branch?)
  }

  /// A normalised term of a sum.
  private struct Branch {
    let x: Matrix
    let sums: GradientSums

    init(_ x: Activation, pieces: Int) {
      self.x = Matrix(x.tensor)
      sums = GradientSums(pieces: pieces, terms: x.terms!)
    }
  }

  init(shape: [Int], to target: GradientTarget, pieces: Int) {
    tensor = target.adding ?? Tensor(uninitialized: shape)
    self.target = Matrix(tensor)
    isAdding = target.adding != nil
    origin = target.through
    switch target.through {
    case nil: way = .straight
    case .normalisation(let x):
      let branch = Branch(x, pieces: pieces)
      way = .normalisation(x: branch.x, branch.sums)
    case .sum(let sum):
      way = .sum(
        y: Matrix(sum.output), inner: Branch(sum.inner, pieces: pieces),
        shortcut: sum.shortcut.map { Branch($0, pieces: pieces) })
    }
  }

  /// The gradient, through the rectifier where there is one.
  var result: NormGradient {
    switch way {
    case .straight: NormGradient(tensor: tensor, sums: Tensor([0]))
    case .normalisation(_, let sums): NormGradient(tensor: tensor, sums: sums.total())
    case .sum(_, let inner, let shortcut):
      NormGradient(tensor: tensor, sums: inner.sums.total(), shortcutSums: shortcut?.sums.total())
    }
  }

  /// Writes `pixels`, counted over all images, from as many rows.
  func write(_ pixels: Range<Int>, from source: Matrix, piece: Int) {
    write(pixels, from: source, isAdding: isAdding, piece: piece)
  }

  /// A writer for gradients that are already in place, complete with everything to be added.
  func finish(_ pixels: Range<Int>, piece: Int) {
    if case .straight = way { return }
    write(pixels, from: target.part(rows: pixels), isAdding: false, piece: piece)
  }

  @inline(__always)
  private func write(_ pixels: Range<Int>, from source: Matrix, isAdding: Bool, piece: Int) {
    let target = target.part(rows: pixels)
    switch way {
    case .straight:
      if isAdding { ElementKernels.add(source, to: target) } else { target.copy(source) }
    case .normalisation(let x, let sums):
      sums.write(source, of: x.part(rows: pixels), to: target, isAdding: isAdding, piece: piece)
    case .sum(let y, let inner, let shortcut):
      ResidualKernel.rectifyGradient(source, of: y.part(rows: pixels), to: target, isAdding: isAdding)
      inner.sums.add(target, of: inner.x.part(rows: pixels), piece: piece)
      if let shortcut { shortcut.sums.add(target, of: shortcut.x.part(rows: pixels), piece: piece) }
    }
  }
}
