import Tensors

/// The mean over all places of each channel: `y[n, c] = Σ x[n, h, w, c] / (h·w)`.
/// Shapes: x `[n, h, w, c]`, y `[n, c]`.
public final class GlobalAveragePool: Layer {
  public init() {}

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 4, "\(x.shape) is no batch of images")
    let (places, channels) = (x.shape[1] * x.shape[2], x.shape[3])
    let y = Tensor(uninitialized: [x.shape[0], channels])
    let share = 1 / Float(max(1, places))
    let (source, target) = (x.pointer, y.pointer)
    tape.pass.forEachRange(x.shape[0], grain: grain(width: places * channels)) { images, _ in
      for image in images {
        let from = source + image * places * channels
        forEachVector(channels) { at, lanes in
          var sum = Vector(repeating: 0)
          for place in 0..<places { sum += load(from + (place * channels + at), lanes) }
          store(sum * share, target + (image * channels + at), lanes)
        }
      }
    }
    tape.push(x)
    return y
  }

  /// Every place gets the same share of its channel's gradient.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let inputShape = tape.pop().shape
    let (places, channels) = (inputShape[1] * inputShape[2], inputShape[3])
    precondition(
      dy.shape == [inputShape[0], channels], "\(dy.shape) is no gradient of the mean of \(inputShape)")
    let dx = Tensor(uninitialized: inputShape)
    let share = 1 / Float(max(1, places))
    let (gradients, target) = (dy.pointer, dx.pointer)
    tape.pass.forEachRange(dy.shape[0], grain: grain(width: places * channels)) { images, _ in
      for image in images {
        let to = target + image * places * channels
        forEachVector(channels) { at, lanes in
          let value = load(gradients + (image * channels + at), lanes) * share
          for place in 0..<places { store(value, to + (place * channels + at), lanes) }
        }
      }
    }
    return dx
  }

  public func collect(into state: inout State, prefix: String) {}
}
