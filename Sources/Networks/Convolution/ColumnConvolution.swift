import Tensors

/// Any convolution as matrix products: the k·k·in numbers that each output place depends on are laid out as a row
/// ("im2col"), a block of rows at a time so that they stay in the cache, and a product does the rest.
///
/// `Y = X̂·W`, `∂L/∂W = X̂ᵀ·dY`, `∂L/∂X̂ = dY·Wᵀ`, with X̂ `[n·places, k·k·in]`, W `[k·k·in, out]`.
package struct ColumnConvolution {
  package let shape: ConvolutionShape
  /// Output places whose rows are laid out at once: about 512 KB of them, but no fewer than 128.
  private let block: Int

  package init(_ shape: ConvolutionShape) {
    self.shape = shape
    let fitting = (1 << 17) / max(1, shape.taps)
    block = max(128, min(512, fitting / 16 * 16))
  }

  /// A kernel of 1 with stride 1 reads the images as they lie.
  private var isPlain: Bool { shape.kernel == 1 && shape.stride == 1 && shape.padding == 0 }

  package func forward(_ x: Tensor, _ weight: Tensor, moments: Bool, pass: Pass) -> OutputWriter {
    let places = shape.images * shape.places
    let writer = OutputWriter(shape, pieces: (places + block - 1) / block, moments: moments)
    let scratch = scratch(block * shape.taps, pass)
    pass.forEachRange(places, grain: block) { places, worker in
      let columns = columns(of: x, at: places, taps: 0..<shape.kernel * shape.kernel, in: scratch[worker])
      gemm(
        m: places.count, n: shape.outputs, k: shape.taps, columns, lda: shape.taps, weight.pointer,
        ldb: shape.outputs, writer.tensor.pointer + places.lowerBound * shape.outputs, ldc: shape.outputs)
      forEachStretch(places) { writer.count($0, piece: places.lowerBound / block) }
    }
    return writer
  }

  /// Pixels while their channels stay in the L1 cache.
  private func forEachStretch(_ places: Range<Int>, _ body: (Range<Int>) -> Void) {
    for start in stride(from: places.lowerBound, to: places.upperBound, by: 32) {
      body(start..<min(places.upperBound, start + 32))
    }
  }

  /// ∂L/∂x. A piece of work is some images whole, because the rows of one image overlap where they are added up.
  package func inputGradient(_ dy: PixelReader, _ weight: Tensor, to target: GradientTarget, pass: Pass)
    -> NormGradient
  {
    let grain = max(1, block / max(1, shape.places))
    let writer = GradientWriter(
      shape: shape.inputShape, to: target, pieces: (shape.images + grain - 1) / max(1, grain))
    let dx = writer.tensor
    let scratch = scratch(block * shape.taps, pass)
    let gradients = gradientScratch(dy, pass)
    let image = shape.height * shape.width * shape.inputs
    pass.forEachRange(shape.images, grain: grain) { images, worker in
      if target.adding == nil && !isPlain {
        (dx.pointer + images.lowerBound * image).update(repeating: 0, count: images.count * image)
      }
      var start = images.lowerBound * shape.places
      let end = images.upperBound * shape.places
      while start < end && !pass.isCut {
        let places = start..<min(end, start + block)
        let columns = isPlain ? dx.pointer + start * shape.inputs : scratch[worker].pointer
        gemm(
          transposeB: true, m: places.count, n: shape.taps, k: shape.outputs,
          gradient(of: places, dy, in: gradients[worker]), lda: shape.outputs, weight.pointer,
          ldb: shape.outputs,
          beta: isPlain && target.adding != nil ? 1 : 0, columns, ldc: shape.taps)
        if !isPlain { addColumns(columns, at: places, to: dx) }
        start = places.upperBound
      }
      let pixels = shape.height * shape.width
      forEachStretch(images.lowerBound * pixels..<images.upperBound * pixels) {
        writer.finish($0, piece: images.lowerBound / grain)
      }
    }
    return writer.result
  }

  /// Work is cut by taps and, where that gives few pieces, by images too; partial sums are added in a fixed order.
  package func addWeightGradient(_ x: Tensor, _ dy: PixelReader, to gradient: Tensor, pass: Pass) {
    let positions = shape.kernel * shape.kernel
    let perSlice = max(1, min(positions, 384 / max(1, shape.inputs)))
    let slices = (positions + perSlice - 1) / perSlice
    let blocks = (shape.images * shape.places + block - 1) / block
    let groups = max(1, min(blocks, (16 + slices - 1) / slices))
    let partial = Tensor(uninitialized: [groups, shape.taps * shape.outputs])
    let scratch = scratch(block * perSlice * shape.inputs, pass)
    let gradients = gradientScratch(dy, pass)
    pass.forEach(slices * groups) { item, worker in
      let (slice, group) = (item % slices, item / slices)
      let taps = slice * perSlice..<min(positions, (slice + 1) * perSlice)
      let width = taps.count * shape.inputs
      let sum =
        partial.pointer + (group * shape.taps + taps.lowerBound * shape.inputs) * shape.outputs
      var isFirst = true
      for part in blocks * group / groups..<blocks * (group + 1) / groups where !pass.isCut {
        let places = part * block..<min(shape.images * shape.places, (part + 1) * block)
        let columns = columns(of: x, at: places, taps: taps, in: scratch[worker])
        gemm(
          transposeA: true, m: width, n: shape.outputs, k: places.count, columns, lda: width,
          self.gradient(of: places, dy, in: gradients[worker]), ldb: shape.outputs, beta: isFirst ? 0 : 1,
          sum,
          ldc: shape.outputs)
        isFirst = false
      }
    }
    addPartials(partial, to: gradient, pass: pass)
  }

  private func gradientScratch(_ dy: PixelReader, _ pass: Pass) -> [Tensor] {
    let count = dy.plain == nil ? block * shape.outputs : 0
    return (0..<pass.workers.count).map { _ in Tensor(uninitialized: [count]) }
  }

  /// The rows of dy at `places`: where they lie, or computed into `scratch`.
  private func gradient(of places: Range<Int>, _ dy: PixelReader, in scratch: Tensor) -> UnsafePointer<Float>
  {
    if let plain = dy.plain { return UnsafePointer(plain + places.lowerBound * shape.outputs) }
    dy.read(places, to: scratch.pointer, step: shape.outputs)
    return UnsafePointer(scratch.pointer)
  }

  private func scratch(_ count: Int, _ pass: Pass) -> [Tensor] {
    isPlain ? [] : (0..<pass.workers.count).map { _ in Tensor(uninitialized: [count]) }
  }

  /// The rows of the output places `places`, each of the kernel positions `taps` (counted a·k + b) times all inputs.
  @inline(__always)
  private func columns(
    of x: Tensor, at places: Range<Int>, taps: Range<Int>, in scratch: @autoclosure () -> Tensor
  ) -> UnsafeMutablePointer<Float> {
    if isPlain { return x.pointer + places.lowerBound * shape.inputs }
    let columns = scratch().pointer
    layOut(x, at: places, taps: taps, in: columns)
    return columns
  }

  private func layOut(
    _ x: Tensor, at places: Range<Int>, taps: Range<Int>, in columns: UnsafeMutablePointer<Float>
  ) {
    var to = columns
    let images = x.pointer
    forEachRun(places, taps) { image, row, column, positions in
      let count = positions * shape.inputs
      let left = max(0, -column), right = min(positions, shape.width - column)
      guard row >= 0, row < shape.height, left < right else {
        to.update(repeating: 0, count: count)
        to += count
        return
      }
      let from = images + ((image * shape.height + row) * shape.width + column) * shape.inputs
      if left > 0 { to.update(repeating: 0, count: left * shape.inputs) }
      (to + left * shape.inputs).update(
        from: from + left * shape.inputs, count: (right - left) * shape.inputs)
      if right < positions {
        (to + right * shape.inputs).update(repeating: 0, count: (positions - right) * shape.inputs)
      }
      to += count
    }
  }

  private func addColumns(_ columns: UnsafePointer<Float>, at places: Range<Int>, to dx: Tensor) {
    var from = columns
    let images = dx.pointer
    forEachRun(places, 0..<shape.kernel * shape.kernel) { image, row, column, positions in
      let left = max(0, -column), right = min(positions, shape.width - column)
      if row >= 0, row < shape.height, left < right {
        let to = images + ((image * shape.height + row) * shape.width + column + left) * shape.inputs
        let part = from + left * shape.inputs
        forEachVector((right - left) * shape.inputs) { at, lanes in
          store(load(to + at, lanes) + load(part + at, lanes), to + at, lanes)
        }
      }
      from += positions * shape.inputs
    }
  }

  /// Calls `body` for each stretch of kernel positions that lie side by side: where it starts in the input (outside
  /// the image too) and how many positions it holds.
  @inline(__always)
  private func forEachRun(
    _ places: Range<Int>, _ taps: Range<Int>,
    _ body: (_ image: Int, _ row: Int, _ column: Int, _ positions: Int) -> Void
  ) {
    let kernel = shape.kernel
    var image = places.lowerBound / shape.places
    var row = places.lowerBound % shape.places / shape.columns
    var column = places.lowerBound % shape.columns
    for _ in places {
      var tap = taps.lowerBound
      while tap < taps.upperBound {
        let (a, b) = (tap / kernel, tap % kernel)
        let positions = min(kernel - b, taps.upperBound - tap)
        body(
          image, row * shape.stride - shape.padding + a, column * shape.stride - shape.padding + b, positions)
        tap += positions
      }
      column += 1
      if column == shape.columns { (row, column) = (row + 1, 0) }
      if row == shape.rows { (image, row) = (image + 1, 0) }
    }
  }
}

/// Adds the rows of `partial` `[groups, count]` to `sum`, in their order.
func addPartials(_ partial: Tensor, to sum: Tensor, pass: Pass) {
  let (groups, count) = (partial.shape[0], partial.shape[1])
  let (from, to) = (partial.pointer, sum.pointer)
  pass.forEachRange(count, grain: grain(width: groups)) { range, _ in
    forEachVector(range.count) { offset, lanes in
      let at = range.lowerBound + offset
      var total = load(to + at, lanes)
      for group in 0..<groups { total += load(from + (group * count + at), lanes) }
      store(total, to + at, lanes)
    }
  }
}
