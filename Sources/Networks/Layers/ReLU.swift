import Tensors

/// `y = max(x, 0)`, element by element.
public final class ReLU: Layer {
  public init() {}

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    let (source, target) = (x.pointer, y.pointer)
    tape.pass.forEachRange(x.count, grain: 1 << 16) { range, _ in
      forEachVector(range.count) { offset, lanes in
        let at = range.lowerBound + offset
        store(positivePart(load(source + at, lanes)), target + at, lanes)
      }
    }
    tape.push(y)
    return y
  }

  /// `∂L/∂x = dy` where y is positive, 0 elsewhere.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let y = tape.pop()
    precondition(dy.shape == y.shape, "\(dy.shape) is no gradient of \(y.shape)")
    let dx = Tensor(uninitialized: y.shape)
    let (outputs, gradients, target) = (y.pointer, dy.pointer, dx.pointer)
    tape.pass.forEachRange(y.count, grain: 1 << 16) { range, _ in
      forEachVector(range.count) { offset, lanes in
        let at = range.lowerBound + offset
        let isOff = load(outputs + at, lanes) .<= Vector(repeating: 0)
        store(load(gradients + at, lanes).replacing(with: 0, where: isOff), target + at, lanes)
      }
    }
    return dx
  }

  public func collect(into state: inout State, prefix: String) {}
}
