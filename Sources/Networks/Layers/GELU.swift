import Tensors

/// `y = x·Φ(x)`, Φ the normal distribution function: `Φ(x) = (1 + erf(x/√2))/2` (Hendrycks and Gimpel, 2016).
public final class GELU: Layer {
  public init() {}

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let (from, to) = (x.pointer, y.pointer)
    tape.pass.forEachRange(x.count, grain: 1 << 15) { range, _ in
      for at in range { to[at] = from[at] * normalDistribution(from[at]).below }
    }
    tape.push(x)
    return y
  }

  /// `∂L/∂x = dy·(Φ(x) + x·φ(x))`, φ the normal density.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let x = tape.pop()
    precondition(dy.shape == x.shape, "\(dy.shape) is no gradient of \(x.shape)")
    let dx = Tensor(uninitialized: x.shape)
    let (from, gradient, to) = (x.pointer, dy.pointer, dx.pointer)
    tape.pass.forEachRange(x.count, grain: 1 << 15) { range, _ in
      for at in range {
        let (below, density) = normalDistribution(from[at])
        to[at] = gradient[at] * (below + from[at] * density)
      }
    }
    return dx
  }

  public func collect(into state: inout State, prefix: String) {}
}

/// Φ(x) to 1e-7 and φ(x): `1 − Φ(x) = φ-like polynomial in 1/(1 + px)` times `e^(−x²/2)` for x ≥ 0 (Abramowitz and Stegun,
/// 7.1.26, for erf).
@inline(__always)
private func normalDistribution(_ x: Float) -> (below: Float, density: Float) {
  let size = (x < 0 ? -x : x) * 0.707_106_78
  let power = exponential(-size * size)
  let t = 1 / (1 + 0.327_591_1 * size)
  var p: Float = 1.061_405_43
  p = p * t - 1.453_152_03
  p = p * t + 1.421_413_74
  p = p * t - 0.284_496_736
  p = p * t + 0.254_829_592
  let above = 0.5 * p * t * power
  return (x < 0 ? above : 1 - above, 0.398_942_28 * power)
}
