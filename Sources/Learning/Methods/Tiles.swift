import Base
import Images
import Networks
import Tensors

/// Tiles that are cut out of a view of an image and shuffled (Noroozi and Favaro, 2016): one from each cell of a grid, at a random place
/// in it, and in one of some orders.
///
/// What would give the order away without a look at the content is taken out: the gap between tiles, so that no edge goes on in the next one,
/// and the mean and deviation of each tile's channels, so that a slow change of colour or brightness does not tell.
public struct Tiles: Sendable, Equatable {
  /// Tiles along a side: 2 or 3.
  public var grid: Int
  /// Side of a tile in pixels; nil for 7/8 of a cell of the encoder's images, and no less than 8.
  public var side: Int?
  /// Pixels by which a cell is longer than its tile, and by which the tile moves in it; nil for a seventh of the tile.
  public var gap: Int?
  /// Whether each tile is moved to mean 0 and deviation 1.
  public var areNormalised: Bool

  public init(grid: Int = 2, side: Int? = nil, gap: Int? = nil, areNormalised: Bool = true) {
    (self.grid, self.side, self.gap, self.areNormalised) = (grid, side, gap, areNormalised)
  }

  public static let grids = 2...3

  public var count: Int { grid * grid }

  /// Side of a tile for images of `size` pixels, and of the cell that it lies in.
  public func sides(for size: Int) -> (tile: Int, cell: Int) {
    let tile = side ?? max(8, size * 7 / (8 * grid))
    return (tile, tile + (gap ?? max(1, tile / 7)))
  }

  /// The group of tiles, whose answer is the number of their order.
  func group(of augmentation: Augmentation, size: Int, orders: TileOrders) -> ViewGroup {
    let (tile, cell) = sides(for: size)
    let (grid, areNormalised) = (grid, areNormalised)
    let task = ViewTask.together(from: grid * cell) { whole, tiles, random in
      let answer = random.integer(below: orders.count)
      for (place, from) in orders[answer].enumerated() {
        let top = from / grid * cell + random.integer(below: cell - tile + 1)
        let left = from % grid * cell + random.integer(below: cell - tile + 1)
        cut(whole, side: grid * cell, top: top, left: left, into: tiles[place], side: tile)
        if areNormalised { standardise(tiles[place]) }
      }
      return answer
    }
    return ViewGroup(views: count, outputs: 1, augmentation: augmentation, side: tile, task: task)
  }

  /// Throws where the network does not take images of a tile's size.
  func check(_ encoder: NetworkDescription) throws {
    let (size, tile) = (encoder.inputSize, sides(for: encoder.inputSize).tile)
    guard !encoder.hasFixedSize else {
      throw MethodUseError.fixedTiles(architecture: encoder.architecture, tile, size: size)
    }
    func takes(_ side: Int) -> Bool {
      (try? NetworkDescription(settings: encoder.metadata.merging(["size": String(side)]) { $1 })) != nil
    }
    guard takes(tile) else {
      throw MethodUseError.smallTiles(
        tile, architecture: encoder.architecture, least: (tile...max(tile, size)).first(where: takes) ?? size)
    }
  }

  func write(to settings: inout MethodSettings) {
    settings["grid"] = .number(Double(grid))
    if let side { settings["tile"] = .number(Double(side)) }
    if let gap { settings["gap"] = .number(Double(gap)) }
    settings["normalised"] = .flag(areNormalised)
  }

  init(from settings: MethodSettings) throws {
    func optional(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
      settings[name] == nil ? nil : try settings.whole(name, in: range)
    }
    self.init(
      grid: try settings.whole("grid", in: Tiles.grids), side: try optional("tile", in: 1...2048),
      gap: try optional("gap", in: 0...2048), areNormalised: try settings.flag("normalised"))
  }
}

/// Copies a square of `side` pixels out of a larger one.
private func cut(
  _ whole: ViewTask.Pixels, side outer: Int, top: Int, left: Int, into tile: ViewTask.Pixels, side: Int
) {
  for row in 0..<side {
    for at in 0..<side * 3 {
      tile[row * side * 3 + at] = whole[((top + row) * outer + left) * 3 + at]
    }
  }
}

/// Moves each channel to mean 0 and deviation 1; one that hardly varies stays small.
private func standardise(_ tile: ViewTask.Pixels) {
  let count = Float(tile.count / 3)
  for channel in 0..<3 {
    let places = stride(from: channel, to: tile.count, by: 3)
    let mean = places.reduce(0) { $0 + tile[$1] } / count
    let variance = places.reduce(0) { $0 + (tile[$1] - mean) * (tile[$1] - mean) } / count
    let factor = 1 / (variance + 1e-4).squareRoot()
    for at in places { tile[at] = (tile[at] - mean) * factor }
  }
}

/// Orders of tiles, which differ in as many places as can be.
public struct TileOrders: Sendable {
  /// Each order in an integer of four bits for each place.
  private let packed: [UInt64]
  private let length: Int

  /// Orders there are of the tiles of a grid.
  public static func most(of grid: Int) -> Int { (1...grid * grid).reduce(1, *) }
  /// Orders that are usual: all 24 of four tiles, and the published 100 of nine.
  public static func usual(of grid: Int) -> Int { grid == 2 ? 24 : 100 }

  public var count: Int { packed.count }

  /// The cell that is shown at each place.
  public subscript(number: Int) -> [Int] {
    (0..<length).map { Int(packed[number] >> UInt64(4 * $0) & 15) }
  }

  /// The first order leaves all tiles in their places; each further one is that with the largest sum of Hamming distances to those
  /// before it (Noroozi and Favaro, 2016, algorithm 1), of several the first in the order of the alphabet.
  public init(of grid: Int, count: Int) {
    precondition((1...TileOrders.most(of: grid)).contains(count), "there are so many orders")
    length = grid * grid
    var all: [UInt64] = []
    TileOrders.extend(0, place: 0, used: 0, length: length, into: &all)
    var sums = [Int](repeating: 0, count: all.count)
    var chosen = [0]
    while chosen.count < count {
      let last = all[chosen[chosen.count - 1]]
      sums[chosen[chosen.count - 1]] = .min / 2
      var best = 0
      for (number, order) in all.enumerated() {
        sums[number] += TileOrders.distance(order, last)
        if sums[number] > sums[best] { best = number }
      }
      chosen.append(best)
    }
    packed = chosen.map { all[$0] }
  }

  private static func extend(
    _ order: UInt64, place: Int, used: Int, length: Int, into all: inout [UInt64]
  ) {
    guard place < length else { return all.append(order) }
    for tile in 0..<length where used & 1 << tile == 0 {
      extend(
        order | UInt64(tile) << UInt64(4 * place), place: place + 1, used: used | 1 << tile, length: length,
        into: &all)
    }
  }

  /// Number of places at which two orders differ.
  private static func distance(_ a: UInt64, _ b: UInt64) -> Int {
    let apart = a ^ b
    let low: UInt64 = 0x1111_1111_1111_1111
    return ((apart | apart >> 1 | apart >> 2 | apart >> 3) & low).nonzeroBitCount
  }
}

extension Tensor {
  /// Rows of the views of each image, first views before second ones, joined: `[n·views, width]` as `[n, views·width]`.
  func joiningViews(_ views: Int) -> Tensor {
    let (images, width) = (shape[0] / views, shape[1])
    let whole = Tensor(uninitialized: [images, views * width])
    for view in 0..<views {
      for image in 0..<images {
        (whole.pointer + (image * views + view) * width).update(
          from: pointer + (view * images + image) * width, count: width)
      }
    }
    return whole
  }

  /// The same back.
  func partingViews(_ views: Int) -> Tensor {
    let (images, width) = (shape[0], shape[1] / views)
    let parts = Tensor(uninitialized: [images * views, width])
    for view in 0..<views {
      for image in 0..<images {
        (parts.pointer + (view * images + image) * width).update(
          from: pointer + (image * views + view) * width, count: width)
      }
    }
    return parts
  }
}
