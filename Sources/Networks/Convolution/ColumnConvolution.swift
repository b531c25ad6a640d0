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
    let scratch = scratch(taps: shape.kernel * shape.kernel, pass)
    let (x, kernels, y) = (Matrix(x), Matrix(weight), Matrix(writer.tensor))
    pass.forEachRange(places, grain: block) { places, worker in
      let columns = columns(
        of: x, at: places, taps: 0..<shape.kernel * shape.kernel, in: scratch, worker)
      y.part(rows: places).set(to: columns, times: kernels)
      forEachStretch(places) { writer.count($0, piece: places.lowerBound / block) }
    }
    return writer
  }

  /// ∂L/∂x. A piece of work is some images whole, because the rows of one image overlap where they are added up.
  package func inputGradient(_ dy: PixelReader, _ weight: Tensor, to target: GradientTarget, pass: Pass)
    -> NormGradient
  {
    let grain = max(1, block / max(1, shape.places))
    let writer = GradientWriter(
      shape: shape.inputShape, to: target, pieces: (shape.images + grain - 1) / max(1, grain))
    let (dx, kernels) = (Matrix(writer.tensor), Matrix(weight))
    let scratch = scratch(taps: shape.kernel * shape.kernel, pass)
    let gradients = gradientScratch(dy, pass)
    let image = shape.height * shape.width
    pass.forEachRange(shape.images, grain: grain) { images, worker in
      let pixels = images.lowerBound * image..<images.upperBound * image
      if target.adding == nil && !isPlain { dx.fill(rows: pixels, with: 0) }
      var start = images.lowerBound * shape.places
      let end = images.upperBound * shape.places
      while start < end && !pass.isCut {
        let places = start..<min(end, start + block)
        let columns = isPlain ? dx.part(rows: places) : Matrix(scratch[worker]).part(rows: 0..<places.count)
        columns.set(
          to: gradient(of: places, dy, in: gradients[worker]), times: kernels, transposeB: true,
          isAdding: isPlain && target.adding != nil)
        if !isPlain { ColumnKernel.add(columns, shape, places: places, to: dx) }
        start = places.upperBound
      }
      forEachStretch(pixels) { writer.finish($0, piece: images.lowerBound / grain) }
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
    let (x, sums) = (Matrix(x), Matrix(partial, columns: shape.outputs))
    let scratch = scratch(taps: perSlice, pass)
    let gradients = gradientScratch(dy, pass)
    pass.forEach(slices * groups) { item, worker in
      let (slice, group) = (item % slices, item / slices)
      let taps = slice * perSlice..<min(positions, (slice + 1) * perSlice)
      let first = group * shape.taps + taps.lowerBound * shape.inputs
      let sum = sums.part(rows: first..<first + taps.count * shape.inputs)
      var isFirst = true
      for part in blocks * group / groups..<blocks * (group + 1) / groups where !pass.isCut {
        let places = part * block..<min(shape.images * shape.places, (part + 1) * block)
        let columns = columns(of: x, at: places, taps: taps, in: scratch, worker)
        sum.set(
          to: columns, transposeA: true, times: self.gradient(of: places, dy, in: gradients[worker]),
          isAdding: !isFirst)
        isFirst = false
      }
    }
    addPartials(partial, to: gradient, pass: pass)
  }

  private func gradientScratch(_ dy: PixelReader, _ pass: Pass) -> [Tensor] {
    let rows = dy.plain == nil ? block : 0
    return (0..<pass.workers.count).map { _ in Tensor(uninitialized: [rows, shape.outputs]) }
  }

  /// The rows of dy at `places`: where they lie, or computed into `scratch`.
  private func gradient(of places: Range<Int>, _ dy: PixelReader, in scratch: Tensor) -> Matrix {
    if let plain = dy.plain { return plain.part(rows: places) }
    let rows = Matrix(scratch).part(rows: 0..<places.count)
    dy.read(places, to: rows)
    return rows
  }

  private func scratch(taps: Int, _ pass: Pass) -> [Tensor] {
    isPlain ? [] : (0..<pass.workers.count).map { _ in Tensor(uninitialized: [block, taps * shape.inputs]) }
  }

  /// The rows of the output places `places`, each of the kernel positions `taps` (counted a·k + b) times all inputs.
  private func columns(
    of x: Matrix, at places: Range<Int>, taps: Range<Int>, in scratch: [Tensor], _ worker: Int
  ) -> Matrix {
    if isPlain { return x.part(rows: places) }
    // The last taps may be fewer, and their rows lie without gaps too.
    let width = taps.count * shape.inputs
    let room = Matrix(scratch[worker])
    let columns = room.packed(rows: places.count, columns: width)
    ColumnKernel.layOut(x, shape, places: places, taps: taps, to: columns)
    return columns
  }
}

/// Adds the rows of `partial` `[groups, count]` to `sum`, in their order.
func addPartials(_ partial: Tensor, to sum: Tensor, pass: Pass) {
  let (from, to) = (Matrix(partial), Matrix(sum, columns: partial.shape[1]))
  pass.forEachRange(from.columns, grain: grain(width: from.rows)) { range, _ in
    LinearKernel.addColumns(range, of: from, to: to)
  }
}
