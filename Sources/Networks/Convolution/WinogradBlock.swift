import Tensors

/// The frequencies of a block of tiles, for the channels of one side of a convolution.
///
/// Channels lie in panels of 64: a product then reads and writes blocks of 64 columns without gaps, which stay in the L1
/// cache. In a panel, frequency follows frequency; in a frequency, tile follows tile, each with its copies.
struct WinogradBlock<Method: WinogradMethod> {
  let channels: Int
  let panels: WinogradPanels
  /// From one panel to the next.
  let panelStep: Int
  private let memory: Tensor
  private let starts: [Int]

  init(channels: Int, tiles: Int) {
    self.channels = channels
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

  /// How often a tile has frequency `frequency`.
  static func copies(_ frequency: Int) -> Int {
    (frequency / 6 == 5 ? Method.copies : 1) * (frequency % 6 == 5 ? Method.copies : 1)
  }

  @inline(__always)
  func address(_ frequency: Int, panel: Int) -> UnsafeMutablePointer<Float> {
    memory.pointer + (panel &* panelStep &+ starts[frequency])
  }

  /// Where the frequencies of tile `tile` start, copies counted, and how far the next tile's are from them.
  private func slots(
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

  /// Calls `body` for each of `count` tiles from `tile` on, with the addresses of its frequencies and with `places` free
  /// for those of its places.
  @inline(__always)
  private func forEachTile(
    from tile: Int, count: Int,
    _ body: (
      _ index: Int, _ slots: UnsafeMutablePointer<UnsafeMutablePointer<Float>>,
      _ places: UnsafeMutablePointer<UnsafeMutablePointer<Float>>, _ room: UnsafeMutablePointer<Vector>
    ) -> Void
  ) {
    let size = Method.slots * Method.slots
    withUnsafeTemporaryAllocation(of: Vector.self, capacity: 81) { room in
      withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>.self, capacity: 81 + size) { addresses in
        withUnsafeTemporaryAllocation(of: Int.self, capacity: size) { steps in
          let (places, slots) = (addresses.baseAddress!, addresses.baseAddress! + 81)
          self.slots(of: tile, slots, steps.baseAddress!)
          for index in 0..<count {
            body(index, slots, places, room.baseAddress!)
            for slot in 0..<size { slots[slot] += steps[slot] }
          }
        }
      }
    }
  }

  /// `Bᵀ d B` of the tiles `range` of `x`, to the places from `offset` on.
  func transformInputs(
    _ x: Tensor, _ tiles: WinogradTiles, _ range: Range<Int>, offset: Int, edge: WinogradEdge
  ) {
    let (source, zeros) = (x.pointer, edge.zeros)
    let (side, width) = (Method.inputSide, Method.slots)
    forEachTile(from: offset, count: range.count) { index, slots, places, room in
      tiles.places(
        of: range.lowerBound &+ index, on: tiles.input, in: source, channels: channels, outside: zeros, places
      )
      forEachVector(channels) { at, lanes in
        for j in 0..<side {
          Method.input({ load(places[side &* $0 &+ j] + at, lanes) }, { room[side &* $0 &+ j] = $1 })
        }
        let column = column(at)
        for i in 0..<width {
          Method.input({ room[side &* i &+ $0] }, { store($1, slots[width &* i &+ $0] + column) })
        }
      }
    }
  }

  /// `A dy Aᵀ` of the tiles `range` of `dy`, to the places from `offset` on.
  func transformOutputGradients(
    _ dy: Tensor, _ tiles: WinogradTiles, _ range: Range<Int>, offset: Int, edge: WinogradEdge
  ) {
    let (source, zeros) = (dy.pointer, edge.zeros)
    let (side, width) = (Method.outputSide, Method.slots)
    forEachTile(from: offset, count: range.count) { index, slots, places, room in
      tiles.places(
        of: range.lowerBound &+ index, on: tiles.output, in: source, channels: channels, outside: zeros,
        places)
      forEachVector(channels) { at, lanes in
        for j in 0..<side {
          Method.outputGradient({ load(places[side &* $0 &+ j] + at, lanes) }, { room[side &* $0 &+ j] = $1 })
        }
        let column = column(at)
        for i in 0..<width {
          Method.outputGradient({ room[side &* i &+ $0] }, { store($1, slots[width &* i &+ $0] + column) })
        }
      }
    }
  }

  /// `Aᵀ m A` of the places from `offset` on, to the tiles `range` of `y`, or added to what is there.
  func transformOutputs(
    _ y: Tensor, _ tiles: WinogradTiles, _ range: Range<Int>, offset: Int, adding: Bool, edge: WinogradEdge
  ) {
    let (target, dump) = (y.pointer, edge.dump)
    let (side, width) = (Method.outputSide, Method.slots)
    forEachTile(from: offset, count: range.count) { index, slots, places, room in
      tiles.places(
        of: range.lowerBound &+ index, on: tiles.output, in: target, channels: channels, outside: dump, places
      )
      forEachVector(channels) { at, lanes in
        let column = column(at)
        for j in 0..<width {
          Method.output({ load(slots[width &* $0 &+ j] + column) }, { room[width &* $0 &+ j] = $1 })
        }
        for i in 0..<side {
          Method.output(
            { room[width &* i &+ $0] },
            {
              let place = places[side &* i &+ $0] + at
              store(adding ? load(place, lanes) + $1 : $1, place, lanes)
            })
        }
      }
    }
  }

  /// Where channel `channel` lies behind the start of a tile's frequency.
  @inline(__always)
  private func column(_ channel: Int) -> Int {
    (channel &>> 6) &* panelStep &+ (channel & 63)
  }
}

/// Channels cut into panels of 64; fewer than 64 are one panel, rounded up to whole vectors.
struct WinogradPanels {
  let channels: Int
  let count: Int
  let width: Int

  init(_ channels: Int) {
    self.channels = channels
    count = (channels + 63) / 64
    width = min(64, (channels + 7) / 8 * 8)
  }

  /// Channels that panel `panel` holds.
  @inline(__always)
  func used(_ panel: Int) -> Int { min(width, channels &- 64 &* panel) }
}

/// What lies around an image: a row of zeros to read, and a row to write what nobody reads.
struct WinogradEdge {
  private let memory: Tensor

  init(channels: Int) { memory = Tensor([2, (channels + 15) / 16 * 16]) }

  var zeros: UnsafeMutablePointer<Float> { memory.pointer }
  var dump: UnsafeMutablePointer<Float> { memory.pointer + memory.shape[1] }
}
