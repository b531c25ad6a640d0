import Tensors

/// `y = γ·(x − μ)/√(σ² + ε) + β`, with the mean μ and the variance σ² of each row (Ba et al., 2016).
/// Shapes: x, y `[n, c]`, γ, β `[c]`.
public final class LayerNorm: Layer {
  public let scale: Parameter
  public let shift: Parameter
  public let width: Int
  private let epsilon: Float = 1e-5
  /// Rows of one piece of work.
  private let piece = 32

  public init(width: Int) {
    precondition(width > 0, "there is nothing to normalise in rows of no numbers")
    self.width = width
    scale = Parameter(Tensor([width], filledWith: 1), decays: false)
    shift = Parameter(Tensor([width]), decays: false)
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 2 && x.shape[1] == width, "\(x.shape) is no batch of rows of \(width)")
    let y = Tensor(uninitialized: x.shape)
    let statistics = Tensor(uninitialized: [x.shape[0], 2])
    let (scale, shift, width) = (scale.value.pointer, shift.value.pointer, width)
    tape.pass.forEachRange(x.shape[0], grain: piece) { rows, _ in
      for row in rows {
        let (from, to) = (x.pointer + row * width, y.pointer + row * width)
        let mean = sum(width) { load(from + $0, $1) } / Float(width)
        let variance =
          sum(width) { at, lanes in
            // What is read behind the end as 0 must not count as a distance from the mean.
            let distance =
              lanes == Vector.lanes ? load(from + at) - mean : masked(load(from + at, lanes) - mean, lanes)
            return distance * distance
          } / Float(width)
        let inverse = 1 / (variance + epsilon).squareRoot()
        statistics.pointer[2 * row] = mean
        statistics.pointer[2 * row + 1] = inverse
        forEachVector(width) { at, lanes in
          let unit = (load(from + at, lanes) - mean) * inverse
          store(load(shift + at, lanes).addingProduct(unit, load(scale + at, lanes)), to + at, lanes)
        }
      }
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
    precondition(dy.shape == x.shape, "\(dy.shape) is no gradient of \(x.shape)")
    let dx = Tensor(uninitialized: x.shape)
    let pieces = (x.shape[0] + piece - 1) / piece
    let partial = Tensor([max(1, pieces), 2 * width])
    let (scale, width) = (scale.value.pointer, width)
    tape.pass.forEachRange(x.shape[0], grain: piece) { rows, _ in
      let shifts = partial.pointer + rows.lowerBound / piece * 2 * width
      let scales = shifts + width
      for row in rows {
        let (from, gradient, to) = (
          x.pointer + row * width, dy.pointer + row * width, dx.pointer + row * width
        )
        let (mean, inverse) = (statistics.pointer[2 * row], statistics.pointer[2 * row + 1])
        var (total, product) = (Vector(repeating: 0), Vector(repeating: 0))
        forEachVector(width) { at, lanes in
          let (g, unit) = (load(gradient + at, lanes), (load(from + at, lanes) - mean) * inverse)
          store(load(shifts + at, lanes) + g, shifts + at, lanes)
          store(load(scales + at, lanes).addingProduct(g, unit), scales + at, lanes)
          let scaled = g * load(scale + at, lanes)
          total += scaled
          product = product.addingProduct(scaled, unit)
        }
        let (meanGradient, meanProduct) = (total.sum() / Float(width), product.sum() / Float(width))
        forEachVector(width) { at, lanes in
          let unit = (load(from + at, lanes) - mean) * inverse
          var value =
            (load(gradient + at, lanes) * load(scale + at, lanes) - meanGradient - unit * meanProduct)
            * inverse
          if let other { value += load(other.pointer + (row &* width &+ at), lanes) }
          store(value, to + at, lanes)
        }
      }
    }
    let sums = Tensor([2 * width])
    addPartials(partial, to: sums, pass: tape.pass)
    for column in 0..<width {
      shift.gradient[column] += sums[column]
      self.scale.gradient[column] += sums[width + column]
    }
    return dx
  }

  @inline(__always)
  private func sum(_ width: Int, _ term: (Int, Int) -> Vector) -> Float {
    var total = Vector(repeating: 0)
    forEachVector(width) { total += term($0, $1) }
    return total.sum()
  }

  @inline(__always)
  private func masked(_ value: Vector, _ lanes: Int) -> Vector {
    var value = value
    for lane in lanes..<Vector.lanes { value[lane] = 0 }
    return value
  }

  public func collect(into state: inout State, prefix: String) {
    state.add(prefix + "weight", scale)
    state.add(prefix + "bias", shift)
  }
}
