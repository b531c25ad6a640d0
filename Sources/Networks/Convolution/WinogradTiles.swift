/// The tiles that cover a batch of images, counted image by image, row by row, and where they read and write.
struct WinogradTiles {
  /// Images on one side of a convolution, and a tile's part of them.
  struct Side {
    let height: Int
    let width: Int
    /// Places of a tile along one side, and from one tile to the next.
    let length: Int
    let step: Int
    /// How far the first tile begins before the first place.
    let padding: Int
  }

  let input: Side
  let output: Side
  let perRow: Int
  let perImage: Int
  let count: Int

  init(images: Int, input: Side, output: Side) {
    self.input = input
    self.output = output
    perRow = (output.width + output.step - 1) / output.step
    perImage = perRow * ((output.height + output.step - 1) / output.step)
    count = images * perImage
  }

  /// The addresses of the places of `tile` in `images` `[n, height, width, channels]` of one side; `outside` for those
  /// beyond the edge.
  @inline(__always)
  func places(
    of tile: Int, on side: Side, in images: UnsafeMutablePointer<Float>, channels: Int,
    outside: UnsafeMutablePointer<Float>, _ places: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  ) {
    let (image, place) = tile.quotientAndRemainder(dividingBy: perImage)
    let (tileRow, tileColumn) = place.quotientAndRemainder(dividingBy: perRow)
    let top = tileRow &* side.step &- side.padding, left = tileColumn &* side.step &- side.padding
    let start = images + image &* side.height &* side.width &* channels
    for i in 0..<side.length {
      let row = top &+ i
      let isRow = row >= 0 && row < side.height
      for j in 0..<side.length {
        let column = left &+ j
        let isInside = isRow && column >= 0 && column < side.width
        places[side.length &* i &+ j] =
          isInside ? start + (row &* side.width &+ column) &* channels : outside
      }
    }
  }
}
