import Tensors

// Sums over all pixels of a batch, channel by channel, for batch normalisation. Each piece of work adds up its own pixels;
// the pieces are then added in their order, in double precision: they are cut by shape alone, so the bits
// are the same with any number of workers.

/// Towards the mean and the variance of each channel.
struct MomentSums {
  let channels: Int
  private let memory: Tensor
  private let sums: Matrix

  init(pieces: Int, channels: Int) {
    self.channels = channels
    memory = Tensor([pieces, 3 * channels + 1])
    sums = Matrix(memory)
  }

  /// Adds pixels, a row each.
  @inline(__always)
  func add(_ pixels: Matrix, piece: Int) { NormKernel.addMoments(of: pixels, to: sums, piece: piece) }

  /// Mean and (biased) variance of each channel over all pieces: `[2, c]`.
  func moments() -> Tensor {
    let result = Tensor([2, channels])
    NormKernel.moments(of: sums, to: Matrix(result))
    return result
  }
}

/// Towards `Σ dz` and `Σ dz·x̂`, which batch normalisation's backward pass needs of all pixels before it can begin.
struct GradientSums {
  private let terms: ChannelTerms
  private let memory: Tensor
  private let sums: Matrix
  private let view: NormTerms

  init(pieces: Int, terms: ChannelTerms) {
    self.terms = terms
    memory = Tensor([pieces, 2 * terms.channels])
    sums = Matrix(memory)
    view = terms.view
  }

  /// Writes the gradients `dy` of pixels of `x`'s normalisation to `dz`, through its rectifier, and adds them to the sums.
  @inline(__always)
  func write(_ dy: Matrix, of x: Matrix, to dz: Matrix, isAdding: Bool, piece: Int) {
    NormKernel.rectifyGradient(dy, of: x, view, to: dz, isAdding: isAdding, sums: sums, piece: piece)
  }

  /// Adds the gradients `dz` of pixels of `x`.
  @inline(__always)
  func add(_ dz: Matrix, of x: Matrix, piece: Int) {
    NormKernel.addGradients(dz, of: x, view, to: sums, piece: piece)
  }

  /// `Σ dz` and `Σ dz·x̂` over all pieces: `[2, c]`.
  func total() -> Tensor {
    let result = Tensor(uninitialized: [2, terms.channels])
    NormKernel.totals(of: sums, view, to: Matrix(result))
    return result
  }
}
