import Tensors

/// The mean of each window, of the places that lie in the image: `y[i, j] = mean x[s·i − p + a, s·j − p + b]` over `0 ≤ a, b < k`.
/// Shapes: x `[n, h, w, c]`, y `[n, ⌊(h + 2p − k)/s⌋ + 1, …, c]`.
package final class WindowMean: Layer {
  private let windows: PoolWindows

  package init(kernel: Int, stride: Int, padding: Int) {
    windows = PoolWindows(kernel: kernel, stride: stride, padding: padding)
  }

  package func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    let y = windows.reduce(x, pass: tape.pass) { from, inputs, to, outputs, lines in
      PoolKernel.mean(from, inputs, to: to, outputs, lines: lines, windows)
    }
    tape.push(x)
    return y
  }

  /// Every place of a window gets the same share of its gradient.
  package func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let shape = tape.pop().shape
    let dx = Tensor(uninitialized: shape)
    let (inputs, outputs) = ((height: shape[1], width: shape[2]), (height: dy.shape[1], width: dy.shape[2]))
    precondition(
      outputs == (windows.count(inputs.height), windows.count(inputs.width)),
      "\(dy.shape) is not a gradient of windows of \(shape)")
    let (from, to) = (Matrix(dy), Matrix(dx))
    tape.pass.forEachRange(shape[0], grain: grain(width: dx.count / max(1, shape[0]))) { images, _ in
      PoolKernel.spread(from, outputs, to: to, inputs, images: images, windows)
    }
    return dx
  }

  package func collect(into state: inout State, prefix: String) {}
}
