import Tensors

/// The largest value of each window: `y[i, j] = max x[s·i − p + a, s·j − p + b]` over `0 ≤ a, b < k` inside the image.
/// Shapes: x `[n, h, w, c]`, y `[n, ⌊(h + 2p − k)/s⌋ + 1, …, c]`.
public final class MaxPool: Layer {
  private let kernel: Int
  private let stride: Int
  private let padding: Int

  public init(kernel: Int = 3, stride: Int = 2, padding: Int = 1) {
    precondition(
      kernel > 0 && stride > 0 && padding >= 0 && padding < kernel, "each window must meet the image")
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  public func forward(_ x: Tensor, saving tape: inout Tape) -> Tensor {
    precondition(x.shape.count == 4, "\(x.shape) is no batch of images")
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let y = Tensor(uninitialized: [x.shape[0], outputLength(height), outputLength(width), channels])
    let (rows, columns) = (y.shape[1], y.shape[2])
    let (source, target) = (x.pointer, y.pointer)
    tape.pass.forEachRange(x.shape[0] * rows, grain: grain(width: columns * channels * kernel)) { items, _ in
      for item in items {
        let (image, row) = (item / rows, item % rows)
        for column in 0..<columns {
          let to = target + (item * columns + column) * channels
          let (top, left) = (window(row, height), window(column, width))
          forEachVector(channels) { at, lanes in
            var best = Vector(repeating: -.infinity)
            for i in top {
              let from = source + ((image * height + i) * width * channels + at)
              for j in left {
                let value = load(from + j * channels, lanes)
                best = best.replacing(with: value, where: value .> best)
              }
            }
            store(best, to + at, lanes)
          }
        }
      }
    }
    tape.push(x, y)
    return y
  }

  /// Each window's gradient goes to its first largest element, as PyTorch's does.
  public func backward(_ dy: Tensor, from tape: inout Tape) -> Tensor {
    let y = tape.pop()
    let x = tape.pop()
    precondition(dy.shape == y.shape, "\(dy.shape) is no gradient of \(y.shape)")
    let dx = Tensor(uninitialized: x.shape)
    let image = x.count / max(1, x.shape[0])
    tape.pass.forEachRange(x.shape[0], grain: grain(width: image)) { images, _ in
      (dx.pointer + images.lowerBound * image).update(repeating: 0, count: images.count * image)
      for image in images { scatter(dy, x, y, to: dx, image: image) }
    }
    return dx
  }

  private func scatter(_ dy: Tensor, _ x: Tensor, _ y: Tensor, to dx: Tensor, image: Int) {
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let (rows, columns) = (y.shape[1], y.shape[2])
    let (inputs, outputs, gradients, target) = (x.pointer, y.pointer, dy.pointer, dx.pointer)
    for row in 0..<rows {
      for column in 0..<columns {
        let place = ((image * rows + row) * columns + column) * channels
        let (top, left) = (window(row, height), window(column, width))
        forEachVector(channels) { at, lanes in
          let largest = load(outputs + (place + at), lanes)
          var gradient = load(gradients + (place + at), lanes)
          for i in top {
            for j in left {
              let from = ((image * height + i) * width + j) * channels + at
              let isHere = load(inputs + from, lanes) .== largest
              let share = Vector(repeating: 0).replacing(with: gradient, where: isHere)
              store(load(target + from, lanes) + share, target + from, lanes)
              gradient.replace(with: 0, where: isHere)
            }
          }
        }
      }
    }
  }

  /// The rows (or columns) of the image that window `index` covers.
  private func window(_ index: Int, _ length: Int) -> Range<Int> {
    let start = index * stride - padding
    return max(0, start)..<max(0, min(length, start + kernel))
  }

  private func outputLength(_ length: Int) -> Int { (length + 2 * padding - kernel) / stride + 1 }

  public func collect(into state: inout State, prefix: String) {}
}
