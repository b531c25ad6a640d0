import Tensors

/// The places of an image that a window of a pool covers.
struct PoolWindows {
  let kernel: Int
  let stride: Int
  let padding: Int

  init(kernel: Int, stride: Int, padding: Int) {
    precondition(
      kernel > 0 && stride > 0 && padding >= 0 && padding < kernel, "each window must meet the image")
    (self.kernel, self.stride, self.padding) = (kernel, stride, padding)
  }

  /// The rows (or columns) of an image of `length` that window `index` covers.
  @inline(__always)
  func places(_ index: Int, _ length: Int) -> Range<Int> {
    let start = index * stride - padding
    return max(0, start)..<max(0, min(length, start + kernel))
  }

  /// Number of windows.
  func count(_ length: Int) -> Int { (length + 2 * padding - kernel) / stride + 1 }

  /// Sides of the result on images of these.
  func outputs(_ inputs: PoolKernel.Sides) -> PoolKernel.Sides { (count(inputs.height), count(inputs.width)) }

  /// A number for each window and channel of the images x, `[n, h, w, c]`: `fill` writes some rows of outputs, counted over all images.
  func reduce(
    _ x: Tensor, pass: Pass,
    by fill: (
      _ from: Matrix, _ inputs: PoolKernel.Sides, _ to: Matrix, _ outputs: PoolKernel.Sides,
      _ lines: Range<Int>
    ) -> Void
  ) -> Tensor {
    precondition(x.shape.count == 4, "\(x.shape) is no batch of images")
    let (inputs, channels) = ((height: x.shape[1], width: x.shape[2]), x.shape[3])
    let outputs = outputs(inputs)
    let y = Tensor(uninitialized: [x.shape[0], outputs.height, outputs.width, channels])
    let (from, to) = (Matrix(x), Matrix(y))
    pass.forEachRange(x.shape[0] * outputs.height, grain: grain(width: outputs.width * channels * kernel)) {
      lines, _ in fill(from, inputs, to, outputs, lines)
    }
    return y
  }
}

/// A matrix has a row for each pixel, image after image; `inputs` and `outputs` are the sides of an image before and after.
enum PoolKernel {
  typealias Sides = (height: Int, width: Int)

  /// The largest of each window, of `lines`: rows of outputs, counted over all images.
  static func largest(
    _ x: Matrix, _ inputs: Sides, to y: Matrix, _ outputs: Sides, lines: Range<Int>, _ windows: PoolWindows
  ) {
    for line in lines {
      let (image, row) = (line / outputs.height, line % outputs.height)
      let top = windows.places(row, inputs.height)
      for column in 0..<outputs.width {
        let left = windows.places(column, inputs.width)
        forEachVector(x.columns) { at, lanes in
          var best = Vector(repeating: -.infinity)
          for i in top {
            for j in left {
              let value = x[(image &* inputs.height &+ i) &* inputs.width &+ j, at, lanes: lanes]
              best = best.replacing(with: value, where: value .> best)
            }
          }
          y[line &* outputs.width &+ column, at, lanes: lanes] = best
        }
      }
    }
  }

  /// The gradient of each window of `images` to its first largest element, as PyTorch's does.
  static func scatterToLargest(
    _ dy: Matrix, _ y: Matrix, _ outputs: Sides, of x: Matrix, to dx: Matrix, _ inputs: Sides,
    images: Range<Int>, _ windows: PoolWindows
  ) {
    let pixels = inputs.height * inputs.width
    dx.fill(rows: images.lowerBound * pixels..<images.upperBound * pixels, with: 0)
    for line in images.lowerBound * outputs.height..<images.upperBound * outputs.height {
      let (image, row) = (line / outputs.height, line % outputs.height)
      let top = windows.places(row, inputs.height)
      for column in 0..<outputs.width {
        let (place, left) = (line &* outputs.width &+ column, windows.places(column, inputs.width))
        forEachVector(x.columns) { at, lanes in
          let largest = y[place, at, lanes: lanes]
          var gradient = dy[place, at, lanes: lanes]
          for i in top {
            for j in left {
              let pixel = (image &* inputs.height &+ i) &* inputs.width &+ j
              let isHere = x[pixel, at, lanes: lanes] .== largest
              let share = Vector(repeating: 0).replacing(with: gradient, where: isHere)
              dx[pixel, at, lanes: lanes] += share
              gradient.replace(with: 0, where: isHere)
            }
          }
        }
      }
    }
  }

  /// The mean of each window, of `lines`: rows of outputs, counted over all images.
  static func mean(
    _ x: Matrix, _ inputs: Sides, to y: Matrix, _ outputs: Sides, lines: Range<Int>, _ windows: PoolWindows
  ) {
    for line in lines {
      let (image, row) = (line / outputs.height, line % outputs.height)
      let top = windows.places(row, inputs.height)
      for column in 0..<outputs.width {
        let left = windows.places(column, inputs.width)
        let share = 1 / Float(max(1, top.count * left.count))
        forEachVector(x.columns) { at, lanes in
          var sum = Vector(repeating: 0)
          for i in top {
            for j in left { sum += x[(image &* inputs.height &+ i) &* inputs.width &+ j, at, lanes: lanes] }
          }
          y[line &* outputs.width &+ column, at, lanes: lanes] = sum * share
        }
      }
    }
  }

  /// The same share of each window's gradient to all its pixels, of `images`.
  static func spread(
    _ dy: Matrix, _ outputs: Sides, to dx: Matrix, _ inputs: Sides, images: Range<Int>, _ windows: PoolWindows
  ) {
    let pixels = inputs.height * inputs.width
    dx.fill(rows: images.lowerBound * pixels..<images.upperBound * pixels, with: 0)
    for line in images.lowerBound * outputs.height..<images.upperBound * outputs.height {
      let (image, row) = (line / outputs.height, line % outputs.height)
      let top = windows.places(row, inputs.height)
      for column in 0..<outputs.width {
        let left = windows.places(column, inputs.width)
        let share = 1 / Float(max(1, top.count * left.count))
        forEachVector(dx.columns) { at, lanes in
          let value = dy[line &* outputs.width &+ column, at, lanes: lanes] * share
          for i in top {
            for j in left {
              dx[(image &* inputs.height &+ i) &* inputs.width &+ j, at, lanes: lanes] += value
            }
          }
        }
      }
    }
  }

  /// The mean of the `places` pixels of each of `images`.
  static func mean(_ x: Matrix, places: Int, to y: Matrix, images: Range<Int>) {
    let share = 1 / Float(max(1, places))
    for image in images {
      forEachVector(x.columns) { at, lanes in
        var sum = Vector(repeating: 0)
        for place in 0..<places { sum += x[image &* places &+ place, at, lanes: lanes] }
        y[image, at, lanes: lanes] = sum * share
      }
    }
  }

  /// To every pixel the same share of its image's gradient.
  static func spread(_ dy: Matrix, places: Int, to dx: Matrix, images: Range<Int>) {
    let share = 1 / Float(max(1, places))
    for image in images {
      forEachVector(dx.columns) { at, lanes in
        let value = dy[image, at, lanes: lanes] * share
        for place in 0..<places { dx[image &* places &+ place, at, lanes: lanes] = value }
      }
    }
  }
}

extension Reference {
  /// The largest of each window of one channel, and where it is first found; `x` of `images` of `height` × `width`.
  package static func maxPool(
    _ x: [Double], images: Int, height: Int, width: Int, kernel: Int, stride: Int, padding: Int
  ) -> (y: [Double], places: [Int]) {
    var (y, places): ([Double], [Int]) = ([], [])
    for image in 0..<images {
      for top in Swift.stride(from: -padding, through: height + padding - kernel, by: stride) {
        for left in Swift.stride(from: -padding, through: width + padding - kernel, by: stride) {
          var (best, place) = (-Double.infinity, -1)
          for i in top..<top + kernel where 0..<height ~= i {
            for j in left..<left + kernel where 0..<width ~= j {
              let at = (image * height + i) * width + j
              if x[at] > best { (best, place) = (x[at], at) }
            }
          }
          y.append(best)
          places.append(place)
        }
      }
    }
    return (y, places)
  }

  /// The mean of each window of one channel over the places that lie in the image, and ∂L/∂x of `dy`.
  package static func meanPool(
    _ x: [Double], _ dy: [Double], images: Int, height: Int, width: Int, kernel: Int, stride: Int,
    padding: Int
  ) -> (y: [Double], dx: [Double]) {
    var (y, dx): ([Double], [Double]) = ([], x.map { _ in 0 })
    for image in 0..<images {
      for top in Swift.stride(from: -padding, through: height + padding - kernel, by: stride) {
        for left in Swift.stride(from: -padding, through: width + padding - kernel, by: stride) {
          let places = (top..<top + kernel).filter((0..<height).contains).flatMap { i in
            (left..<left + kernel).filter((0..<width).contains).map { (image * height + i) * width + $0 }
          }
          for place in places { dx[place] += dy[y.count] / Double(places.count) }
          y.append(places.reduce(0) { $0 + x[$1] } / Double(places.count))
        }
      }
    }
    return (y, dx)
  }
}
