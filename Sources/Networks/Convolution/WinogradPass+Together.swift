import Tensors

/// Both passes where all workers are on one stage at a time.
extension WinogradPass {
  /// Images that go through the stages together.
  private var imagesAtOnce: Int { max(1, min(grid.images, 128 / grid.perImage)) }

  /// Pieces into which the images of a block are cut.
  private var piecesAtOnce: Int { min(8, imagesAtOnce) }

  private var blocks: Int { (grid.images + imagesAtOnce - 1) / imagesAtOnce }

  /// Calls `body` for each of `images` and its rows of tiles, on the workers, with the first tile of a row in the block.
  private func forEachRow(
    _ images: Range<Int>,
    _ body: (_ image: Int, _ row: Int, _ first: Int, _ piece: Int, _ worker: Int) -> Void
  ) {
    let block = images.lowerBound / imagesAtOnce
    pass.forEach(piecesAtOnce) { piece, worker in
      for index in images.count * piece / piecesAtOnce..<images.count * (piece + 1) / piecesAtOnce {
        for row in 0..<grid.rows {
          body(
            images.lowerBound + index, row, (index * grid.rows + row) * grid.perRow,
            block * piecesAtOnce + piece, worker)
        }
      }
    }
  }

  private func forEachBlock(_ body: (Range<Int>) -> Void) {
    for block in 0..<blocks {
      body(block * imagesAtOnce..<min(grid.images, (block + 1) * imagesAtOnce))
    }
  }

  /// The weights of all frequencies, some panels at a time where all of them would leave the cache before they are used.
  private struct WeightParts {
    private let weight: Tensor
    private let pass: Pass
    private let part: WinogradWeights<Method>

    init(_ weight: Tensor, pass: Pass) {
      self.weight = weight
      self.pass = pass
      let fitting = WinogradPanels.most * max(1, (10 << 18) / (36 * WinogradPanels.most * weight.shape[2]))
      part = WinogradWeights(inputs: weight.shape[2], outputs: min(weight.shape[3], fitting))
      if isWhole { part.fill(from: weight, firstOutput: 0, pass: pass) }
    }

    private var isWhole: Bool { part.panels.channels == weight.shape[3] }

    /// Calls `body` with each part and its first panel.
    func forEach(_ body: (WinogradWeights<Method>, Int) -> Void) {
      if isWhole { return body(part, 0) }
      for first in stride(from: 0, to: WinogradPanels(weight.shape[3]).count, by: part.panels.count) {
        part.fill(from: weight, firstOutput: WinogradPanels.most * first, pass: pass)
        body(part, first)
      }
    }
  }

  private func makeRooms() -> [WinogradRoom<Method>] {
    (0..<pass.workers.count).map { _ in WinogradRoom(grid, shape) }
  }

  func forwardTogether(_ x: PixelReader, _ weight: Tensor, moments: Bool) -> OutputWriter {
    let writer = OutputWriter(shape, pieces: blocks * piecesAtOnce, moments: moments)
    let input = WinogradBlock<Method>(channels: shape.inputs, tiles: imagesAtOnce * grid.perImage)
    let output = WinogradBlock<Method>(channels: shape.outputs, tiles: imagesAtOnce * grid.perImage)
    let rooms = makeRooms()
    let parts = WeightParts(weight, pass: pass)
    forEachBlock { images in
      forEachRow(images) { image, row, first, _, worker in
        rooms[worker].readInputs(image, row: row, by: x, to: input, first: first, isFresh: row == 0)
      }
      parts.forEach { weights, first in
        pass.forEach(36) { frequency, _ in
          multiply(frequency, input, weights, output, count: images.count * grid.perImage, first: first)
        }
      }
      forEachRow(images) { image, row, first, piece, worker in
        rooms[worker].writeOutputs(image, row: row, of: output, first: first, by: writer, piece: piece)
      }
    }
    return writer
  }

  func backwardTogether(
    _ x: PixelReader, _ dy: PixelReader, _ weight: Tensor, gradient: Tensor, target: GradientTarget?
  ) -> NormGradient? {
    let writer = target.map { GradientWriter(shape: shape.inputShape, to: $0, pieces: blocks * piecesAtOnce) }
    let parts = writer.map { _ in WeightParts(transposed(weight, pass: pass), pass: pass) }
    let tiles = imagesAtOnce * grid.perImage
    let input = WinogradBlock<Method>(channels: shape.inputs, tiles: tiles)
    let output = WinogradBlock<Method>(channels: shape.outputs, tiles: tiles)
    let rooms = makeRooms()
    let sums = (0..<pass.workers.count).map { _ in
      WinogradWeights<Method>(inputs: WinogradPanels.most, outputs: WinogradPanels.most)
    }
    forEachBlock { images in
      let count = images.count * grid.perImage
      forEachRow(images) { image, row, first, _, worker in
        rooms[worker].readInputs(image, row: row, by: x, to: input, first: first, isFresh: row == 0)
        rooms[worker].readOutputGradients(image, row: row, by: dy, to: output, first: first)
      }
      pass.forEach(input.panels.count * output.panels.count) { pair, worker in
        addGradient(
          input, panel: pair / output.panels.count, output, panel: pair % output.panels.count, count: count,
          to: gradient, sums[worker])
      }
      guard let writer, let parts else { return }
      // What the inputs were is not needed any more: their gradients take the place.
      parts.forEach { weights, first in
        pass.forEach(36) { frequency, _ in
          multiply(frequency, output, weights, input, count: count, first: first)
        }
      }
      forEachRow(images) { image, row, first, piece, worker in
        rooms[worker].writeInputGradients(image, row: row, of: input, first: first, by: writer, piece: piece)
      }
    }
    return writer?.result
  }

  /// The gradients of 64 by 64 kernels from all tiles of a block.
  private func addGradient(
    _ input: WinogradBlock<Method>, panel inputs: Int, _ output: WinogradBlock<Method>, panel outputs: Int,
    count: Int, to gradient: Tensor, _ sum: WinogradWeights<Method>
  ) {
    for frequency in 0..<36 {
      accumulate(
        frequency, input, panel: inputs, output, panel: outputs, count: count, isFirst: true,
        to: sum.matrix(
          frequency, inputs: 0..<input.panels.used(inputs), panel: 0, outputs: output.panels.used(outputs)))
    }
    sum.addGradient(
      of: 0..<input.panels.used(inputs), outputs: output.panels.used(outputs), to: gradient,
      firstInput: WinogradPanels.most * inputs,
      firstOutput: WinogradPanels.most * outputs)
  }
}
