import Tensors

/// The frequencies of a block of tiles, for the channels of one side of a convolution.
///
/// Channels lie in panels of 64: a product then reads and writes blocks of 64 columns without gaps, which stay in the L1
/// cache. In a panel, frequency follows frequency; in a frequency, tile follows tile, each with its copies.
struct WinogradBlock<Method: WinogradMethod> {
  let panels: WinogradPanels
  /// Stride from one panel to the next.
  private let panelStep: Int
  private let memory: Tensor
  private let starts: [Int]

  init(channels: Int, tiles: Int) {
    panels = WinogradPanels(channels)
    var (starts, end) = ([Int](), 0)
    for frequency in 0..<36 {
      starts.append(end)
      // One cache line more than needed: frequencies a multiple of 4 KB apart would share one set of the cache.
      end += tiles * WinogradBlock.copies(frequency) * panels.width + 16
    }
    self.starts = starts
    panelStep = end
    memory = Tensor(uninitialized: [end * panels.count])
  }

  /// Number of copies of frequency `frequency` in a tile.
  static func copies(_ frequency: Int) -> Int {
    (frequency / 6 == 5 ? Method.copies : 1) * (frequency % 6 == 5 ? Method.copies : 1)
  }

  @inline(__always)
  func address(_ frequency: Int, panel: Int) -> UnsafeMutablePointer<Float> {
    memory.pointer + (panel &* panelStep &+ starts[frequency])
  }

  /// `Bᵀ d B` of a row of tiles in `strip`, to the tiles from `first` on.
  func transformInputs(_ strip: Strip, count: Int, first: Int) {
    let (side, slots) = (Method.inputSide, Method.slots)
    let (rowStep, pixelStep) = (strip.rowStep, strip.pixelStep)
    forEachTile(strip, Method.inputStep, count, first) { pixels, addresses, place, room in
      for j in 0..<side {
        Method.input(
          SteppedPort(pixels + j &* pixelStep, step: rowStep),
          SteppedPort(room + Vector.lanes &* j, step: Vector.lanes &* side))
      }
      for i in 0..<slots {
        Method.input(
          SteppedPort(room + Vector.lanes &* side &* i, step: Vector.lanes),
          TablePort(addresses + slots &* i, step: 1, place: place))
      }
    }
  }

  /// `A dy Aᵀ` of a row of tiles in `strip`, to the tiles from `first` on.
  func transformOutputGradients(_ strip: Strip, count: Int, first: Int) {
    let (side, slots) = (Method.outputSide, Method.slots)
    let (rowStep, pixelStep) = (strip.rowStep, strip.pixelStep)
    forEachTile(strip, Method.outputSide, count, first) { pixels, addresses, place, room in
      for j in 0..<side {
        Method.outputGradient(
          SteppedPort(pixels + j &* pixelStep, step: rowStep),
          SteppedPort(room + Vector.lanes &* j, step: Vector.lanes &* side))
      }
      for i in 0..<slots {
        Method.outputGradient(
          SteppedPort(room + Vector.lanes &* side &* i, step: Vector.lanes),
          TablePort(addresses + slots &* i, step: 1, place: place))
      }
    }
  }

  /// `Aᵀ m A` of the tiles from `first` on, to a row of tiles in `strip`.
  func transformOutputs(to strip: Strip, count: Int, first: Int) {
    let (side, slots) = (Method.outputSide, Method.slots)
    let (rowStep, pixelStep) = (strip.rowStep, strip.pixelStep)
    forEachTile(strip, Method.outputSide, count, first) { pixels, addresses, place, room in
      for j in 0..<slots {
        Method.output(
          TablePort(addresses + j, step: slots, place: place),
          SteppedPort(room + Vector.lanes &* j, step: Vector.lanes &* slots))
      }
      for i in 0..<side {
        Method.output(
          SteppedPort(room + Vector.lanes &* slots &* i, step: Vector.lanes),
          SteppedPort(pixels + i &* rowStep, step: pixelStep))
      }
    }
  }

  /// `B v Bᵀ` of the tiles from `first` on, added to a row of tiles in `strip`, where neighbours overlap.
  func addInputGradients(to strip: Strip, count: Int, first: Int) {
    let (side, slots) = (Method.inputSide, Method.slots)
    let (rowStep, pixelStep) = (strip.rowStep, strip.pixelStep)
    forEachTile(strip, Method.inputStep, count, first) { pixels, addresses, place, room in
      for j in 0..<slots {
        Method.inputGradient(
          TablePort(addresses + j, step: slots, place: place),
          SteppedPort(room + Vector.lanes &* j, step: Vector.lanes &* slots))
      }
      for i in 0..<side {
        Method.inputGradient(
          SteppedPort(room + Vector.lanes &* slots &* i, step: Vector.lanes),
          AddingPort(pixels + i &* rowStep, step: pixelStep))
      }
    }
  }

  /// Calls `body` for the channels of a vector of each of `count` tiles: with their first pixel in `strip`, the addresses of the tile's
  /// frequencies, copies counted, where the channels lie behind these, and room for vectors.
  @inline(__always)
  private func forEachTile(
    _ strip: Strip, _ step: Int, _ count: Int, _ first: Int,
    _ body: (
      _ pixels: UnsafeMutablePointer<Float>, _ addresses: UnsafeMutablePointer<UnsafeMutablePointer<Float>>,
      _ place: Int, _ room: UnsafeMutablePointer<Float>
    ) -> Void
  ) {
    let size = Method.slots &* Method.slots
    let panels = panels, panelStep = panelStep
    withVectors(81) { room in
      withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>.self, capacity: 81) { addresses in
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 81) { steps in
          let (addresses, steps) = (addresses.baseAddress!, steps.baseAddress!)
          setSlots(of: first, addresses, steps)
          for tile in 0..<count {
            let pixels = strip.row(0) + tile &* step &* strip.pixelStep
            for panel in 0..<panels.count {
              let channels = Vector.whole(panels.used(panel))
              var channel = 0
              while channel < channels {
                body(
                  pixels + (WinogradPanels.most &* panel &+ channel), addresses,
                  panel &* panelStep &+ channel, room)
                channel &+= Vector.lanes
              }
            }
            for slot in 0..<size { addresses[slot] += steps[slot] }
          }
        }
      }
    }
  }

  /// Start of the frequencies of tile `tile`, copies counted, and the distance to those of the next tile.
  private func setSlots(
    of tile: Int, _ addresses: UnsafeMutablePointer<UnsafeMutablePointer<Float>>,
    _ steps: UnsafeMutablePointer<Int>
  ) {
    for i in 0..<Method.slots {
      for j in 0..<Method.slots {
        let frequency = 6 * min(i, 5) + min(j, 5)
        let copies = WinogradBlock.copies(frequency)
        let copy = max(0, i - 5) * (j < 5 ? 1 : Method.copies) + max(0, j - 5)
        let slot = Method.slots * i + j
        addresses[slot] = address(frequency, panel: 0) + (tile * copies + copy) * panels.width
        steps[slot] = copies * panels.width
      }
    }
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
}
