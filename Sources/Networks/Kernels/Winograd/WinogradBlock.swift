import Tensors

/// The frequencies of a block of tiles, for the channels of one side of a convolution.
///
/// Channels lie in panels of 64: a product then reads and writes blocks of 64 columns without gaps, which stay in the L1
/// cache. In a panel, frequency follows frequency; in a frequency, tile follows tile, each with its copies.
package struct WinogradBlock<Method: WinogradMethod> {
  let panels: WinogradPanels
  /// Stride from one panel to the next.
  private let panelStep: Int
  private let memory: Tensor
  private let numbers: Matrix
  /// Start of each frequency in a panel, and the end of the last.
  private let starts: [Int]

  package init(channels: Int, tiles: Int) {
    panels = WinogradPanels(channels)
    var (starts, end) = ([Int](), 0)
    for frequency in 0..<36 {
      starts.append(end)
      // One cache line more than needed: frequencies a multiple of 4 KB apart would share one set of the cache.
      end += tiles * WinogradBlock.copies(frequency) * panels.width + 16
    }
    self.starts = starts + [end]
    panelStep = end
    memory = Tensor(uninitialized: [end * panels.count])
    numbers = Matrix(memory)
  }

  /// Number of copies of frequency `frequency` in a tile.
  package static func copies(_ frequency: Int) -> Int {
    (frequency / 6 == 5 ? Method.copies : 1) * (frequency % 6 == 5 ? Method.copies : 1)
  }

  /// Frequency `frequency` in the channels of panel `panel`: a row for each tile, or for each copy of it.
  @inline(__always)
  package func matrix(_ frequency: Int, panel: Int, rows: Range<Int>) -> Matrix {
    assert(rows.upperBound * panels.width <= starts[frequency + 1] - starts[frequency])
    return numbers.window(
      at: panel &* panelStep &+ starts[frequency] &+ rows.lowerBound &* panels.width, rows: rows.count,
      columns: panels.used(panel), step: panels.width)
  }

  /// `Bᵀ d B` of a row of tiles in `strip`, to the tiles from `first` on.
  package func transformInputs(_ strip: Strip, count: Int, first: Int) {
    let (side, slots, numbers) = (Method.inputSide, Method.slots, numbers)
    let (rowStep, pixelStep) = (strip.rowStep, strip.pixelStep)
    forEachTile(Method.inputStep &* pixelStep, count, first) { pixel, places, offset, room in
      for j in 0..<side {
        Method.input(
          SteppedPort(strip.pixels, from: pixel &+ j &* pixelStep, step: rowStep),
          SteppedPort(room, from: Vector.lanes &* j, step: Vector.lanes &* side))
      }
      for i in 0..<slots {
        Method.input(
          SteppedPort(room, from: Vector.lanes &* side &* i, step: Vector.lanes),
          TablePort(numbers, at: places, from: slots &* i, step: 1, offset: offset))
      }
    }
  }

  /// `A dy Aᵀ` of a row of tiles in `strip`, to the tiles from `first` on.
  package func transformOutputGradients(_ strip: Strip, count: Int, first: Int) {
    let (side, slots, numbers) = (Method.outputSide, Method.slots, numbers)
    let (rowStep, pixelStep) = (strip.rowStep, strip.pixelStep)
    forEachTile(Method.outputSide &* pixelStep, count, first) { pixel, places, offset, room in
      for j in 0..<side {
        Method.outputGradient(
          SteppedPort(strip.pixels, from: pixel &+ j &* pixelStep, step: rowStep),
          SteppedPort(room, from: Vector.lanes &* j, step: Vector.lanes &* side))
      }
      for i in 0..<slots {
        Method.outputGradient(
          SteppedPort(room, from: Vector.lanes &* side &* i, step: Vector.lanes),
          TablePort(numbers, at: places, from: slots &* i, step: 1, offset: offset))
      }
    }
  }

  /// `Aᵀ m A` of the tiles from `first` on, to a row of tiles in `strip`.
  package func transformOutputs(to strip: Strip, count: Int, first: Int) {
    let (side, slots, numbers) = (Method.outputSide, Method.slots, numbers)
    let (rowStep, pixelStep) = (strip.rowStep, strip.pixelStep)
    forEachTile(Method.outputSide &* pixelStep, count, first) { pixel, places, offset, room in
      for j in 0..<slots {
        Method.output(
          TablePort(numbers, at: places, from: j, step: slots, offset: offset),
          SteppedPort(room, from: Vector.lanes &* j, step: Vector.lanes &* slots))
      }
      for i in 0..<side {
        Method.output(
          SteppedPort(room, from: Vector.lanes &* slots &* i, step: Vector.lanes),
          SteppedPort(strip.pixels, from: pixel &+ i &* rowStep, step: pixelStep))
      }
    }
  }

  /// `B v Bᵀ` of the tiles from `first` on, added to a row of tiles in `strip`, where neighbours overlap.
  package func addInputGradients(to strip: Strip, count: Int, first: Int) {
    let (side, slots, numbers) = (Method.inputSide, Method.slots, numbers)
    let (rowStep, pixelStep) = (strip.rowStep, strip.pixelStep)
    forEachTile(Method.inputStep &* pixelStep, count, first) { pixel, places, offset, room in
      for j in 0..<slots {
        Method.inputGradient(
          TablePort(numbers, at: places, from: j, step: slots, offset: offset),
          SteppedPort(room, from: Vector.lanes &* j, step: Vector.lanes &* slots))
      }
      for i in 0..<side {
        Method.inputGradient(
          SteppedPort(room, from: Vector.lanes &* slots &* i, step: Vector.lanes),
          AddingPort(strip.pixels, from: pixel &+ i &* rowStep, step: pixelStep))
      }
    }
  }

  /// Calls `body` for the channels of a vector of each of `count` tiles, `step` numbers apart in a strip: with the place of their first
  /// pixel in the strip, the places of the tile's frequencies, copies counted, how far behind these the channels lie, and room for vectors.
  @inline(__always)
  private func forEachTile(
    _ step: Int, _ count: Int, _ first: Int,
    _ body: (_ pixel: Int, _ places: UnsafeMutableBufferPointer<Int>, _ offset: Int, _ room: Matrix) -> Void
  ) {
    let (panels, panelStep) = (panels, panelStep)
    withVectors(81) { room in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: 81) { places in
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 81) { steps in
          setSlots(of: first, places, steps)
          for tile in 0..<count {
            for panel in 0..<panels.count {
              let channels = Vector.whole(panels.used(panel))
              var channel = 0
              while channel < channels {
                body(
                  tile &* step &+ WinogradPanels.most &* panel &+ channel, places,
                  panel &* panelStep &+ channel, room)
                channel &+= Vector.lanes
              }
            }
            for slot in 0..<Method.slots &* Method.slots { places[slot] &+= steps[slot] }
          }
        }
      }
    }
  }

  /// Start of the frequencies of tile `tile`, copies counted, and the distance to those of the next tile.
  private func setSlots(
    of tile: Int, _ places: UnsafeMutableBufferPointer<Int>, _ steps: UnsafeMutableBufferPointer<Int>
  ) {
    for i in 0..<Method.slots {
      for j in 0..<Method.slots {
        let (frequency, copy) = WinogradBlock.frequency(i, j)
        let copies = WinogradBlock.copies(frequency)
        let slot = Method.slots * i + j
        places[slot] = starts[frequency] + (tile * copies + copy) * panels.width
        steps[slot] = copies * panels.width
      }
    }
  }

  /// The frequency, and which of its copies, in row `i` and column `j` of a tile's transform.
  package static func frequency(_ i: Int, _ j: Int) -> (frequency: Int, copy: Int) {
    (6 * min(i, 5) + min(j, 5), max(0, i - 5) * (j < 5 ? 1 : Method.copies) + max(0, j - 5))
  }
}

/// Channels cut into panels of 64; fewer than 64 are one panel, rounded up to whole vectors.
struct WinogradPanels {
  @inline(__always)
  static var most: Int { 64 }

  let channels: Int
  let count: Int
  let width: Int

  init(_ channels: Int) {
    self.channels = channels
    count = (channels + WinogradPanels.most - 1) / WinogradPanels.most
    width = min(WinogradPanels.most, Vector.whole(channels))
  }

  /// Channels that panel `panel` holds.
  @inline(__always)
  func used(_ panel: Int) -> Int { min(WinogradPanels.most, channels &- WinogradPanels.most &* panel) }

  /// The channels of panel `panel`.
  func range(_ panel: Int) -> Range<Int> {
    WinogradPanels.most * panel..<WinogradPanels.most * panel + used(panel)
  }
}
