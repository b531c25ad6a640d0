import Tensors

/// Both passes where each worker takes its tiles through all stages.
extension WinogradPass {
  /// Tiles that a worker takes through all stages at once, in whole rows. With copies a tile has 81 frequencies instead of
  /// 36.
  private var rowsAtOnce: Int { max(1, (Method.copies == 1 ? 48 : 16) / grid.perRow) }

  /// Images are cut into this many pieces of work.
  private func pieces(_ most: Int) -> Int { max(1, min(most, grid.images)) }

  private func images(_ piece: Int, of pieces: Int) -> Range<Int> {
    grid.images * piece / pieces..<grid.images * (piece + 1) / pieces
  }

  /// Calls `body` for the rows of tiles of some images, counted over all images, a few at a time.
  private func forEachBlock(_ images: Range<Int>, _ body: (Range<Int>) -> Void) {
    let end = images.upperBound * grid.rows
    for start in stride(from: images.lowerBound * grid.rows, to: end, by: rowsAtOnce) {
      if pass.isCut { return }
      body(start..<min(end, start + rowsAtOnce))
    }
  }

  func forwardAlone(_ x: PixelReader, _ weight: Tensor, moments: Bool) -> OutputWriter {
    let weights = WinogradWeights<Method>(weight, pass: pass)
    let pieces = pieces(32)
    let writer = OutputWriter(shape, pieces: pieces, moments: moments)
    let rooms = makeRooms()
    pass.forEach(pieces) { piece, worker in
      let (room, input, output) = rooms[worker]
      forEachBlock(images(piece, of: pieces)) { rows in
        for (index, row) in rows.enumerated() {
          room.readInputs(
            row / grid.rows, row: row % grid.rows, by: x, to: input, first: index * grid.perRow,
            isFresh: row % grid.rows == 0)
        }
        for frequency in 0..<36 {
          multiply(frequency, input, weights, output, count: rows.count * grid.perRow)
        }
        for (index, row) in rows.enumerated() {
          room.writeOutputs(
            row / grid.rows, row: row % grid.rows, of: output, first: index * grid.perRow, by: writer,
            piece: piece)
        }
      }
    }
    return writer
  }

  /// The gradient of the weights is the sum of a few, each over some of the images: as many as fit, whatever the number of
  /// workers, so that the bits do not depend on it.
  func backwardAlone(
    _ x: PixelReader, _ dy: PixelReader, _ weight: Tensor, gradient: Tensor, target: GradientTarget?
  ) -> NormGradient? {
    let pieces = pieces(8)
    let writer = target.map { GradientWriter(shape: shape.inputShape, to: $0, pieces: pieces) }
    let weights = writer.map { _ in WinogradWeights<Method>(transposed(weight, pass: pass), pass: pass) }
    let sum = WinogradWeights<Method>(inputs: shape.inputs, outputs: shape.outputs)
    let partial = Tensor(uninitialized: [pieces, sum.memory.count])
    let rooms = makeRooms()
    pass.forEach(pieces) { piece, worker in
      let (room, input, output) = rooms[worker]
      let images = images(piece, of: pieces)
      let part = WinogradWeights(like: sum, row: piece, of: partial)
      forEachBlock(images) { rows in
        let count = rows.count * grid.perRow
        for (index, row) in rows.enumerated() {
          let (image, row, first) = (row / grid.rows, row % grid.rows, index * grid.perRow)
          room.readInputs(image, row: row, by: x, to: input, first: first, isFresh: row == 0)
          room.readOutputGradients(image, row: row, by: dy, to: output, first: first)
        }
        let isFirst = rows.lowerBound == images.lowerBound * grid.rows
        for frequency in 0..<36 {
          for outputs in 0..<output.panels.count {
            for inputs in 0..<input.panels.count {
              accumulate(
                frequency, input, panel: inputs, output, panel: outputs, count: count, isFirst: isFirst,
                to: part.matrix(
                  frequency, inputs: input.panels.range(inputs), panel: outputs,
                  outputs: output.panels.used(outputs)))
            }
          }
          // What the inputs were is not needed any more: their gradients take the place.
          if let weights { multiply(frequency, output, weights, input, count: count) }
        }
        guard let writer else { return }
        for (index, row) in rows.enumerated() {
          room.writeInputGradients(
            row / grid.rows, row: row % grid.rows, of: input, first: index * grid.perRow, by: writer,
            piece: piece)
        }
      }
    }
    sum.memory.fill(0)
    addPartials(partial, to: sum.memory, pass: pass)
    sum.addGradient(to: gradient, pass: pass)
    return writer?.result
  }

  private func makeRooms() -> [(WinogradRoom<Method>, WinogradBlock<Method>, WinogradBlock<Method>)] {
    let tiles = rowsAtOnce * grid.perRow
    return (0..<pass.workers.count).map { _ in
      (
        WinogradRoom(grid, shape), WinogradBlock(channels: shape.inputs, tiles: tiles),
        WinogradBlock(channels: shape.outputs, tiles: tiles)
      )
    }
  }
}
