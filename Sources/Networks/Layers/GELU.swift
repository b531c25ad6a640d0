import Tensors

/// `y = x·Φ(x)`, Φ the normal distribution function: `Φ(x) = (1 + erf(x/√2))/2` (Hendrycks and Gimpel, 2016).
public final class GELU: Layer {
  public init() {}

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let (from, to) = (Matrix(x), Matrix(y))
    tape.pass.forEachRange(x.count, grain: 1 << 15) { range, _ in ElementKernels.gelu(from, to: to, range) }
    tape.push(x)
    return y
  }

  /// `∂L/∂x = dy·(Φ(x) + x·φ(x))`, φ the normal density.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let x = tape.pop()
    precondition(dy.shape == x.shape, "\(dy.shape) is not a gradient of \(x.shape)")
    let dx = Tensor(uninitialized: x.shape)
    let (from, inputs, to) = (Matrix(dy), Matrix(x), Matrix(dx))
    tape.pass.forEachRange(x.count, grain: 1 << 15) { range, _ in
      ElementKernels.geluGradient(from, of: inputs, to: to, range)
    }
    return dx
  }

  public func collect(into state: inout State, prefix: String) {}
}
