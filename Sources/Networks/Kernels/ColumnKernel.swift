import Tensors

/// The numbers that each output place of a convolution depends on, laid out as a row ("im2col"): for the output places `places`, counted
/// over all images, and the kernel positions `taps`, counted a·k + b, each times all inputs. Images have a row for each pixel.
enum ColumnKernel {
  /// Zeros where a kernel position lies outside the image.
  static func layOut(
    _ x: Matrix, _ shape: ConvolutionShape, places: Range<Int>, taps: Range<Int>, to columns: Matrix
  ) {
    check(x, shape, places, taps, columns)
    let inputs = shape.inputs
    forEachRun(shape, places, taps) { row, column, run in
      let (left, right) = (run.left, run.right)
      guard left < right else {
        return columns.fill(run.positions &* inputs, ofRow: row, from: column, with: 0)
      }
      if left > 0 { columns.fill(left &* inputs, ofRow: row, from: column, with: 0) }
      columns.copy(
        (right &- left) &* inputs, of: x, from: (run.pixel &+ left) &* inputs, toRow: row,
        column: column &+ left &* inputs)
      if right < run.positions {
        columns.fill(
          (run.positions &- right) &* inputs, ofRow: row, from: column &+ right &* inputs, with: 0)
      }
    }
  }

  /// The transpose: adds the rows up where the numbers lie.
  static func add(_ columns: Matrix, _ shape: ConvolutionShape, places: Range<Int>, to dx: Matrix) {
    let taps = 0..<shape.kernel * shape.kernel
    check(dx, shape, places, taps, columns)
    let inputs = shape.inputs
    forEachRun(shape, places, taps) { row, column, run in
      guard run.left < run.right else { return }
      let (from, to) = (column &+ run.left &* inputs, (run.pixel &+ run.left) &* inputs)
      forEachVector((run.right &- run.left) &* inputs) { at, lanes in
        dx[to &+ at, lanes: lanes] += columns[row, from &+ at, lanes: lanes]
      }
    }
  }

  private static func check(
    _ x: Matrix, _ shape: ConvolutionShape, _ places: Range<Int>, _ taps: Range<Int>, _ columns: Matrix
  ) {
    precondition(x.columns == shape.inputs && x.rows == shape.images * shape.height * shape.width)
    precondition(places.lowerBound >= 0 && places.upperBound <= shape.images * shape.places)
    precondition(taps.lowerBound >= 0 && taps.upperBound <= shape.kernel * shape.kernel)
    precondition(columns.rows == places.count && columns.columns == taps.count * shape.inputs)
  }

  /// Kernel positions that lie side by side in an image.
  private struct Run {
    /// Pixel of the first, as if the line went on outside the image, and their number.
    let pixel: Int
    let positions: Int
    /// Range of the positions that are inside.
    let left: Int
    let right: Int
  }

  /// Calls `body` for each stretch of kernel positions that lie side by side, with its row and first column among what is laid out.
  @inline(__always)
  private static func forEachRun(
    _ shape: ConvolutionShape, _ places: Range<Int>, _ taps: Range<Int>,
    _ body: (_ row: Int, _ column: Int, _ run: Run) -> Void
  ) {
    let (kernel, inputs) = (shape.kernel, shape.inputs)
    var image = places.lowerBound / shape.places
    var row = places.lowerBound % shape.places / shape.columns
    var column = places.lowerBound % shape.columns
    for place in 0..<places.count {
      var tap = taps.lowerBound
      while tap < taps.upperBound {
        let (a, b) = (tap / kernel, tap % kernel)
        let positions = min(kernel - b, taps.upperBound - tap)
        let (i, j) = (row * shape.stride - shape.padding + a, column * shape.stride - shape.padding + b)
        let isInside = i >= 0 && i < shape.height
        body(
          place, (tap - taps.lowerBound) * inputs,
          Run(
            pixel: (image * shape.height + i) * shape.width + j, positions: positions,
            left: max(0, -j), right: isInside ? min(positions, shape.width - j) : 0))
        tap += positions
      }
      column += 1
      if column == shape.columns { (row, column) = (row + 1, 0) }
      if row == shape.rows { (image, row) = (image + 1, 0) }
    }
  }
}

extension Reference {
  /// `y[n, i, j, o] = Σ x[n, s·i − p + a, s·j − p + b, c]·W[a, b, c, o]` over a, b, c, by its definition.
  package static func convolution(_ x: [Double], _ weight: [Double], _ shape: ConvolutionShape) -> [Double] {
    var y = [Double](repeating: 0, count: shape.outputShape.reduce(1, *))
    forEachTap(shape) { from, to, tap in
      for c in 0..<shape.inputs {
        for o in 0..<shape.outputs { y[to + o] += x[from + c] * weight[(tap + c) * shape.outputs + o] }
      }
    }
    return y
  }

  /// `∂L/∂x[…, c] = Σ dy[…, o]·W[a, b, c, o]` and `∂L/∂W[a, b, c, o] = Σ dy[…, o]·x[…, c]` over all places that meet.
  package static func convolutionGradients(
    _ dy: [Double], _ x: [Double], _ weight: [Double], _ shape: ConvolutionShape
  ) -> (x: [Double], weight: [Double]) {
    var (dx, dWeight) = (x.map { _ in 0.0 }, weight.map { _ in 0.0 })
    forEachTap(shape) { from, to, tap in
      for c in 0..<shape.inputs {
        let (value, taps) = (x[from + c], (tap + c) * shape.outputs)
        var sum = 0.0
        for o in 0..<shape.outputs {
          sum += weight[taps + o] * dy[to + o]
          dWeight[taps + o] += value * dy[to + o]
        }
        dx[from + c] += sum
      }
    }
    return (dx, dWeight)
  }

  /// Every input place that an output place sees: the first number of each, and the first row of W between them.
  private static func forEachTap(
    _ shape: ConvolutionShape, _ body: (_ from: Int, _ to: Int, _ tap: Int) -> Void
  ) {
    for place in 0..<shape.images * shape.places {
      let (image, row, column) = (
        place / shape.places, place % shape.places / shape.columns, place % shape.columns
      )
      for a in 0..<shape.kernel {
        for b in 0..<shape.kernel {
          let i = row * shape.stride - shape.padding + a, j = column * shape.stride - shape.padding + b
          guard i >= 0, i < shape.height, j >= 0, j < shape.width else { continue }
          body(
            ((image * shape.height + i) * shape.width + j) * shape.inputs, place * shape.outputs,
            (a * shape.kernel + b) * shape.inputs)
        }
      }
    }
  }
}
