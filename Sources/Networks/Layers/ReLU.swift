import Tensors

/// `y = max(x, 0)`, element by element.
public final class ReLU: Layer {
  public init() {}

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let (from, to) = (Matrix(x), Matrix(y))
    tape.pass.forEachRange(x.count, grain: 1 << 16) { range, _ in ElementKernels.rectify(from, to: to, range)
    }
    tape.push(y)
    return y
  }

  /// `∂L/∂x = dy` where y is positive, 0 elsewhere.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let y = tape.pop()
    precondition(dy.shape == y.shape, "\(dy.shape) is not a gradient of \(y.shape)")
    let dx = Tensor(uninitialized: y.shape)
    let (from, outputs, to) = (Matrix(dy), Matrix(y), Matrix(dx))
    tape.pass.forEachRange(y.count, grain: 1 << 16) { range, _ in
      ElementKernels.rectifyGradient(from, of: outputs, to: to, range)
    }
    return dx
  }

  public func collect(into state: inout State, prefix: String) {}
}
