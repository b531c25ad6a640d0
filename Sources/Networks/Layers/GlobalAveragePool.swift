import Tensors

/// The mean over all places of each channel: `y[n, c] = Σ x[n, h, w, c] / (h·w)`.
/// Shapes: x `[n, h, w, c]`, y `[n, c]`.
public final class GlobalAveragePool: Layer {
  public init() {}

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 4, "\(x.shape) is not a batch of images")
    let (places, channels) = (x.shape[1] * x.shape[2], x.shape[3])
    let y = Tensor(uninitialized: [x.shape[0], channels])
    let (from, to) = (Matrix(x), Matrix(y))
    tape.pass.forEachRange(x.shape[0], grain: grain(width: places * channels)) { images, _ in
      PoolKernel.mean(from, places: places, to: to, images: images)
    }
    tape.push(x)
    return y
  }

  /// Every place gets the same share of its channel's gradient.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let inputShape = tape.pop().shape
    let (places, channels) = (inputShape[1] * inputShape[2], inputShape[3])
    precondition(
      dy.shape == [inputShape[0], channels], "\(dy.shape) is not a gradient of the mean of \(inputShape)")
    let dx = Tensor(uninitialized: inputShape)
    let (from, to) = (Matrix(dy), Matrix(dx))
    tape.pass.forEachRange(dy.shape[0], grain: grain(width: places * channels)) { images, _ in
      PoolKernel.spread(from, places: places, to: to, images: images)
    }
    return dx
  }

  public func collect(into state: inout State, prefix: String) {}
}
