import Tensors

/// The two passes of a Winograd convolution over a batch: tiles are transformed to frequencies, each frequency is one matrix
/// product over channels, and the products are transformed back.
///
/// Where the weights of all frequencies are small, a worker takes some tiles through all stages while they stay in its
/// L2 cache (`WinogradPass+Alone`). Where they are large, so few tiles would read them too often: then more
/// tiles go through the stages with all workers on each of them (`WinogradPass+Together`).
struct WinogradPass<Method: WinogradMethod> {
  let grid: TileGrid
  let shape: ConvolutionShape
  let pass: Pass

  init(_ shape: ConvolutionShape, pass: Pass) {
    self.shape = shape
    self.pass = pass
    grid = TileGrid(
      images: shape.images,
      input: .init(
        height: shape.height, width: shape.width, length: Method.inputSide, step: Method.inputStep,
        padding: shape.padding),
      output: .init(
        height: shape.rows, width: shape.columns, length: Method.outputSide, step: Method.outputSide,
        padding: 0))
  }

  /// Whether each worker carries its own tiles through all stages.
  var isSmall: Bool { 36 * shape.inputs * shape.outputs <= 1 << 20 }

  /// Rows of a product at once.
  private var productRows: Int { 64 }

  /// `M = V·U` for one frequency of `count` tiles, by blocks that stay in the L1 cache; the weights are those of the outputs
  /// from panel `first` on.
  func multiply(
    _ frequency: Int, _ input: WinogradBlock<Method>, _ weights: WinogradWeights<Method>,
    _ output: WinogradBlock<Method>, count: Int, first: Int = 0
  ) {
    let count = count * WinogradBlock<Method>.copies(frequency)
    for panel in first..<min(output.panels.count, first + weights.panels.count) {
      for start in stride(from: 0, to: count, by: productRows) {
        let rows = start..<min(start + productRows, count)
        let target = output.matrix(frequency, panel: panel, rows: rows)
        for terms in 0..<input.panels.count {
          target.set(
            to: input.matrix(frequency, panel: terms, rows: rows),
            times: weights.matrix(
              frequency, inputs: input.panels.range(terms), panel: panel - first,
              outputs: output.panels.used(panel)),
            isAdding: terms > 0)
        }
      }
    }
  }

  /// `dU = Vᵀ·dM` for one frequency of `count` tiles and a pair of panels, or added to what is there.
  @inline(__always)
  func accumulate(
    _ frequency: Int, _ input: WinogradBlock<Method>, panel inputPanel: Int, _ output: WinogradBlock<Method>,
    panel outputPanel: Int, count: Int, isFirst: Bool, to sum: Matrix
  ) {
    let count = count * WinogradBlock<Method>.copies(frequency)
    for start in stride(from: 0, to: count, by: productRows) {
      let rows = start..<min(start + productRows, count)
      sum.set(
        to: input.matrix(frequency, panel: inputPanel, rows: rows), transposeA: true,
        times: output.matrix(frequency, panel: outputPanel, rows: rows), isAdding: !isFirst || start > 0)
    }
  }
}

/// Scratch memory of one worker: strips of the images, and the frequencies of a block of tiles.
struct WinogradRoom<Method: WinogradMethod> {
  private let grid: TileGrid
  private let inputs: Strip
  private let outputs: Strip
  private let gradients: Strip
  private let shape: ConvolutionShape

  init(_ grid: TileGrid, _ shape: ConvolutionShape) {
    self.grid = grid
    self.shape = shape
    inputs = grid.makeStrip(grid.input, channels: shape.inputs)
    outputs = grid.makeStrip(grid.output, channels: shape.outputs)
    gradients = grid.makeStrip(grid.input, channels: shape.inputs)
  }

  /// A row of tiles of `image`, to the tiles of `block` from `first` on. Rows come in their order, so that those which two
  /// rows of tiles share are read once.
  func readInputs(
    _ image: Int, row: Int, by reader: PixelReader, to block: WinogradBlock<Method>, first: Int, isFresh: Bool
  ) {
    let shared = isFresh ? 0 : Method.inputSide - Method.inputStep
    if shared > 0 { inputs.keepLast(shared) }
    inputs.read(
      shared..<Method.inputSide, of: image, grid.input, top: row * Method.inputStep - grid.input.padding,
      by: reader)
    block.transformInputs(inputs, count: grid.perRow, first: first)
  }

  func readOutputGradients(
    _ image: Int, row: Int, by reader: PixelReader, to block: WinogradBlock<Method>, first: Int
  ) {
    outputs.read(0..<Method.outputSide, of: image, grid.output, top: row * Method.outputSide, by: reader)
    block.transformOutputGradients(outputs, count: grid.perRow, first: first)
  }

  func writeOutputs(
    _ image: Int, row: Int, of block: WinogradBlock<Method>, first: Int, by writer: OutputWriter, piece: Int
  ) {
    block.transformOutputs(to: outputs, count: grid.perRow, first: first)
    let side = grid.output
    for line in 0..<min(side.length, side.height - row * side.step) {
      let start = (image * side.height + row * side.step + line) * side.width
      writer.write(
        start..<start + side.width,
        from: outputs.part(row: line, from: 0, count: side.width, channels: shape.outputs), piece: piece)
    }
  }

  /// Adds a row of tiles to what the row above left, and writes the rows of pixels that no later tile adds to.
  func writeInputGradients(
    _ image: Int, row: Int, of block: WinogradBlock<Method>, first: Int, by writer: GradientWriter, piece: Int
  ) {
    let side = grid.input
    let shared = side.length - side.step
    if row == 0 {
      gradients.clear(0..<side.length)
    } else {
      gradients.keepLast(shared)
      gradients.clear(shared..<side.length)
    }
    block.addInputGradients(to: gradients, count: grid.perRow, first: first)
    let top = row * side.step - side.padding
    let end = row == grid.rows - 1 ? side.length : side.step
    for line in max(0, -top)..<max(max(0, -top), min(end, side.height - top)) {
      let start = (image * side.height + top + line) * side.width
      writer.write(
        start..<start + side.width,
        from: gradients.part(row: line, from: side.padding, count: side.width, channels: shape.inputs),
        piece: piece)
    }
  }
}
