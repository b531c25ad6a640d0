import Tensors

/// The largest value of each window: `y[i, j] = max x[s·i − p + a, s·j − p + b]` over `0 ≤ a, b < k` inside the image.
/// Shapes: x `[n, h, w, c]`, y `[n, ⌊(h + 2p − k)/s⌋ + 1, …, c]`.
public final class MaxPool: Layer {
  private let windows: PoolWindows

  public init(kernel: Int = 3, stride: Int = 2, padding: Int = 1) {
    precondition(
      kernel > 0 && stride > 0 && padding >= 0 && padding < kernel, "each window must meet the image")
    windows = PoolWindows(kernel: kernel, stride: stride, padding: padding)
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 4, "\(x.shape) is no batch of images")
    let (inputs, channels) = ((height: x.shape[1], width: x.shape[2]), x.shape[3])
    let outputs = (height: windows.count(inputs.height), width: windows.count(inputs.width))
    let y = Tensor(uninitialized: [x.shape[0], outputs.height, outputs.width, channels])
    let (from, to) = (Matrix(x), Matrix(y))
    let grain = grain(width: outputs.width * channels * windows.kernel)
    tape.pass.forEachRange(x.shape[0] * outputs.height, grain: grain) { lines, _ in
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
