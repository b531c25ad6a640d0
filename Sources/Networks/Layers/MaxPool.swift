import Tensors

/// The largest value of each window: `y[i, j] = max x[s·i − p + a, s·j − p + b]` over `0 ≤ a, b < k` inside the image.
/// Shapes: x `[n, h, w, c]`, y `[n, ⌊(h + 2p − k)/s⌋ + 1, …, c]`.
public final class MaxPool: Layer {
  private let windows: PoolWindows

  public init(kernel: Int = 3, stride: Int = 2, padding: Int = 1) {
    windows = PoolWindows(kernel: kernel, stride: stride, padding: padding)
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let y = windows.reduce(x, pass: tape.pass) { from, inputs, to, outputs, lines in
      PoolKernel.largest(from, inputs, to: to, outputs, lines: lines, windows)
    }
    tape.push(x, y)
    return y
  }

  /// Each window's gradient goes to its first largest element, as PyTorch's does.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let y = tape.pop()
    let x = tape.pop()
    precondition(dy.shape == y.shape, "\(dy.shape) is not a gradient of \(y.shape)")
    let dx = Tensor(uninitialized: x.shape)
    let (inputs, outputs) = ((height: x.shape[1], width: x.shape[2]), (height: y.shape[1], width: y.shape[2]))
    let (gradients, largest, from, to) = (Matrix(dy), Matrix(y), Matrix(x), Matrix(dx))
    let image = x.count / max(1, x.shape[0])
    tape.pass.forEachRange(x.shape[0], grain: grain(width: image)) { images, _ in
      PoolKernel.scatterToLargest(
        gradients, largest, outputs, of: from, to: to, inputs, images: images, windows)
    }
    return dx
  }

  public func collect(into state: inout State, prefix: String) {}
}
