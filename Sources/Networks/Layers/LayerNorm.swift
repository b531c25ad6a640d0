import Tensors

/// `y = γ·(x − μ)/√(σ² + ε) + β`, with the mean μ and the variance σ² of each row (Ba et al., 2016).
/// Shapes: x, y `[n, c]`, γ, β `[c]`.
public final class LayerNorm: Layer {
  public let scale: Parameter
  public let shift: Parameter
  public let width: Int
  /// Rows of one piece of work.
  private let piece = 32

  public init(width: Int) {
    precondition(width > 0, "there is nothing to normalise in rows of no numbers")
    self.width = width
    scale = Parameter(Tensor([width], filledWith: 1), decays: false)
    shift = Parameter(Tensor([width]), decays: false)
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 2 && x.shape[1] == width, "\(x.shape) is not a batch of rows of \(width)")
    let y = Tensor(uninitialized: x.shape)
    let statistics = Tensor(uninitialized: [x.shape[0], 2])
    let (from, to, kept) = (Matrix(x), Matrix(y), Matrix(statistics))
    let (scale, shift) = (Matrix(scale.value), Matrix(shift.value))
    tape.pass.forEachRange(x.shape[0], grain: piece) { rows, _ in
      LayerNormKernel.normalise(from, scale: scale, shift: shift, to: to, statistics: kept, rows: rows)
    }
    tape.push(x, statistics)
    return y
  }

  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    backward(dy, addingTo: nil, from: &tape)
  }

  /// With x̂ = (x − μ)/σ and g = γ·dy: `∂L/∂β = Σ dy` and `∂L/∂γ = Σ dy·x̂` over rows, and
  /// `∂L/∂x = (g − mean(g) − x̂·mean(g·x̂))/σ` in each row; ∂L/∂x is added to `other` where there is one.
  func backward(_ dy: Tensor, addingTo other: Tensor?, from tape: inout Tape) -> Tensor {
    let statistics = tape.pop()
    let x = tape.pop()
    precondition(dy.shape == x.shape, "\(dy.shape) is not a gradient of \(x.shape)")
    let dx = Tensor(uninitialized: x.shape)
    let pieces = (x.shape[0] + piece - 1) / piece
    let partial = Tensor([max(1, pieces), 2 * width])
    let (gradient, from, kept) = (Matrix(dy), Matrix(x), Matrix(statistics))
    let (scale, added, to, sums) = (
      Matrix(scale.value), other.map { Matrix($0) }, Matrix(dx), Matrix(partial)
    )
    tape.pass.forEachRange(x.shape[0], grain: piece) { rows, _ in
      LayerNormKernel.backward(
        gradient, of: from, statistics: kept, scale: scale, addingTo: added, to: to, sums: sums,
        piece: rows.lowerBound / piece, rows: rows)
    }
    let total = Tensor([2 * width])
    addPartials(partial, to: total, pass: tape.pass)
    for column in 0..<width {
      shift.gradient[column] += total[column]
      self.scale.gradient[column] += total[width + column]
    }
    return dx
  }

  public func collect(into state: inout State, prefix: String) {
    state.add(prefix + "weight", scale)
    state.add(prefix + "bias", shift)
  }
}
