import Tensors

/// Reads pixels from memory, and does on the way what is still to be done to their numbers.
package struct PixelReader {
  private enum Kind {
    case plain
    /// `max((x − μ)·γ/σ + β, floor)`
    case normalised(NormTerms)
    /// Batch normalisation's backward pass: `dz·γ/σ + (x − μ)·slope + offset`.
    case gradient(of: Matrix, NormTerms, lines: Matrix)
  }

  let tensor: Tensor
  let channels: Int
  private let kind: Kind
  private let pixels: Matrix
  /// Owners of the memory that the views see, besides `tensor`.
  private let memory: [Tensor]

  package init(_ x: Activation) {
    tensor = x.tensor
    channels = x.channels
    pixels = Matrix(tensor)
    kind = x.terms.map { .normalised($0.view) } ?? .plain
    memory = x.terms.map { [$0.tensor] } ?? []
  }

  package init(_ tensor: Tensor) { self.init(Activation(tensor)) }

  /// The gradient of `x`, of which `gradient` is what came back to its normalisation: with x̂ = (x − μ)/σ and m rows,
  /// `γ/σ·(dz − Σdz/m − x̂·Σ(dz·x̂)/m)`.
  init(_ gradient: NormGradient, of x: Tensor, _ terms: ChannelTerms) {
    tensor = gradient.tensor
    channels = terms.channels
    pixels = Matrix(tensor)
    let lines = Tensor(uninitialized: [2, channels])
    NormKernel.setLines(Matrix(lines), totals: Matrix(gradient.sums), terms.view, pixels: pixels.rows)
    kind = .gradient(of: Matrix(x), terms.view, lines: Matrix(lines))
    memory = [x, terms.tensor, lines]
  }

  /// The numbers where they lie, if nothing is to be done to them.
  var plain: Matrix? { if case .plain = kind { pixels } else { nil } }

  /// Reads `range` of the pixels, counted over all images, to as many rows.
  func read(_ range: Range<Int>, to target: Matrix) {
    switch kind {
    case .plain: target.copy(pixels.part(rows: range))
    case .normalised(let terms): NormKernel.normalise(pixels.part(rows: range), by: terms, to: target)
    case .gradient(let x, let terms, let lines):
      NormKernel.gradient(
        pixels.part(rows: range), of: x.part(rows: range), terms, lines: lines, to: target)
    }
  }

  /// All numbers: where they lie, or written out.
  func written(pass: Pass) -> Tensor {
    if plain != nil { return tensor }
    let result = Tensor(uninitialized: tensor.shape)
    let target = Matrix(result)
    pass.forEachRange(target.rows, grain: grain(width: channels)) { range, _ in
      read(range, to: target.part(rows: range))
    }
    return result
  }
}
