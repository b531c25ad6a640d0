import Tensors

/// The largest over all places of each channel: `y[n, c] = max x[n, h, w, c]`.
/// Shapes: x `[n, h, w, c]`, y `[n, c]`.
package final class GlobalMaxPool: Layer {
  package init() {}

  package func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 4, "\(x.shape) is not a batch of images")
    return pool(x).forward(x, saving: &tape).reshaped([x.shape[0], x.shape[3]])
  }

  /// The gradient goes to the first largest place.
  package func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    pool(tape.top(1)).backward(dy.reshaped([dy.shape[0], 1, 1, dy.shape[1]]), from: &tape)
  }

  /// One window over all places of such images.
  private func pool(_ x: Tensor) -> MaxPool {
    let side = max(x.shape[1], x.shape[2])
    return MaxPool(kernel: side, stride: side, padding: 0)
  }

  package func collect(into state: inout State, prefix: String) {}
}
