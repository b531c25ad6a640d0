import Networks
import Tensors
import Testing

/// Winograd's transforms, tile by tile, beside their matrices in double precision. Whole convolutions are compared in `ConvolutionTests`.
@Suite("Winograd's transforms agree with their matrices")
struct WinogradReferenceTests {
  static let seeds: ClosedRange<UInt64> = 1...12

  @Test("F(4, 3), stride 1", arguments: seeds)
  func unitStride(seed: UInt64) { compare(WinogradUnitStride.self, .unitStride, seed) }

  @Test("F(4, 2) and the odd inputs, stride 2", arguments: seeds)
  func strideTwo(seed: UInt64) { compare(WinogradStrideTwo.self, .strideTwo, seed) }

  private func compare<Method: WinogradMethod>(
    _ method: Method.Type, _ matrices: Reference.Winograd, _ seed: UInt64
  ) {
    var draw = Draw(seed, "winograd \(Method.copies)")
    let (channels, tiles, first) = (draw.length(1...150), draw.length(1...4), draw.length(0...2))
    let block = WinogradBlock<Method>(channels: channels, tiles: first + tiles)
    let row = TileRow(first: first, tiles: tiles, channels: channels)
    let (inputs, outputs) = (Method.inputSide, Method.outputSide)

    let x = row.strip(side: inputs, step: Method.inputStep, &draw)
    block.transformInputs(x, count: tiles, first: first)
    row.forEachTile { tile, channel in
      let expected = Reference.Winograd.twice(
        matrices.inputs, row.pixels(x, inputs, Method.inputStep, tile, channel))
      #expect(difference(row.frequencies(block, tile, channel), expected) < 1e-5)
    }

    let y = row.strip(side: outputs, step: outputs, &draw)
    block.transformOutputs(to: y, count: tiles, first: first)
    row.forEachTile { tile, channel in
      let expected = Reference.Winograd.twice(matrices.outputs, row.frequencies(block, tile, channel))
      #expect(difference(row.pixels(y, outputs, outputs, tile, channel), expected) < 1e-5)
    }

    let dy = row.strip(side: outputs, step: outputs, &draw)
    block.transformOutputGradients(dy, count: tiles, first: first)
    row.forEachTile { tile, channel in
      let expected = Reference.Winograd.twice(
        Reference.Winograd.transposed(matrices.outputs), row.pixels(dy, outputs, outputs, tile, channel))
      #expect(difference(row.frequencies(block, tile, channel), expected) < 1e-5)
    }

    // Tiles overlap, so the whole row is compared, with what was there before.
    let dx = row.strip(side: inputs, step: Method.inputStep, &draw)
    let before = (0..<channels).map { row.line(dx, inputs, $0) }
    block.addInputGradients(to: dx, count: tiles, first: first)
    for channel in 0..<channels {
      var expected = before[channel]
      for tile in 0..<tiles {
        let added = Reference.Winograd.twice(
          Reference.Winograd.transposed(matrices.inputs), row.frequencies(block, tile, channel))
        for i in 0..<inputs {
          for j in 0..<inputs { expected[i][tile * Method.inputStep + j] += added[i][j] }
        }
      }
      #expect(difference(row.line(dx, inputs, channel), expected) < 1e-5)
    }
    compareWeights(method, matrices, &draw)
  }

  private func compareWeights<Method: WinogradMethod>(
    _ method: Method.Type, _ matrices: Reference.Winograd, _ draw: inout Draw
  ) {
    let (inputs, outputs) = (draw.length(1...40), draw.length(1...140))
    let weight = draw.tensor([3, 3, inputs, outputs])
    let gradient = draw.tensor([3, 3, inputs, outputs])
    let before = gradient.elements
    let weights = WinogradWeights<Method>(weight, pass: Pass())
    weights.addGradient(to: gradient, pass: Pass())
    func kernel(_ numbers: [Float], _ input: Int, _ output: Int) -> [[Double]] {
      (0..<3).map { a in
        (0..<3).map { b in Double(numbers[((3 * a + b) * inputs + input) * outputs + output]) }
      }
    }
    for input in 0..<inputs {
      for output in 0..<outputs {
        let ours = (0..<6).map { i in
          (0..<6).map { j in
            let matrix = weights.matrix(
              6 * i + j, inputs: input..<input + 1, panel: output / 64, outputs: output % 64 + 1)
            return Double(matrix[0, output % 64])
          }
        }
        let there = kernel(weight.elements, input, output)
        #expect(difference(ours, Reference.Winograd.twice(matrices.weights, there)) < 1e-5)
        let added = Reference.Winograd.twice(Reference.Winograd.transposed(matrices.weights), ours)
        let (was, now) = (kernel(before, input, output), kernel(gradient.elements, input, output))
        let expected = zip(was, added).map { zip($0, $1).map(+) }
        #expect(difference(now, expected) < 1e-5)
      }
    }
  }

  private func difference(_ ours: [[Double]], _ expected: [[Double]]) -> Double {
    let size = expected.joined().reduce(1) { max($0, abs($1)) }
    return zip(ours.joined(), expected.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) } / size
  }
}

/// A row of tiles that begins in the middle of a block.
private struct TileRow {
  let first: Int
  let tiles: Int
  let channels: Int

  func forEachTile(_ body: (_ tile: Int, _ channel: Int) -> Void) {
    for tile in 0..<tiles { for channel in 0..<channels { body(tile, channel) } }
  }

  /// Random pixels under all tiles.
  func strip(side: Int, step: Int, _ draw: inout Draw) -> Strip {
    let width = step * (tiles - 1) + side
    let strip = Strip(rows: side, columns: width, channels: channels)
    for pixel in 0..<side * width {
      for channel in 0..<channels { strip.pixels[pixel, channel] = draw.stream.normal() }
    }
    return strip
  }

  func pixels(_ strip: Strip, _ side: Int, _ step: Int, _ tile: Int, _ channel: Int) -> [[Double]] {
    let width = step * (tiles - 1) + side
    return (0..<side).map { y in
      (0..<side).map { x in Double(strip.pixels[y * width + tile * step + x, channel]) }
    }
  }

  /// All pixels of a channel.
  func line(_ strip: Strip, _ side: Int, _ channel: Int) -> [[Double]] {
    let width = strip.pixels.rows / side
    return (0..<side).map { y in (0..<width).map { x in Double(strip.pixels[y * width + x, channel]) } }
  }

  func frequencies<Method: WinogradMethod>(
    _ block: WinogradBlock<Method>, _ tile: Int, _ channel: Int
  ) -> [[Double]] {
    (0..<Method.slots).map { i in
      (0..<Method.slots).map { j in
        let (frequency, copy) = WinogradBlock<Method>.frequency(i, j)
        let row = (first + tile) * WinogradBlock<Method>.copies(frequency) + copy
        let matrix = block.matrix(frequency, panel: channel / 64, rows: row..<row + 1)
        return Double(matrix[0, channel % 64])
      }
    }
  }
}
