import Tensors

/// The tiles of 4×4 outputs that cover a batch of images, counted image by image, row by row.
struct WinogradTiles {
  let height: Int
  let width: Int
  let rows: Int
  let columns: Int
  let padding: Int
  let perRow: Int
  let perImage: Int
  let count: Int

  /// The tiles of a 3×3 convolution with stride 1 of images of `height` by `width`.
  init(images: Int, height: Int, width: Int, padding: Int) {
    self.height = height
    self.width = width
    self.padding = padding
    rows = height + 2 * padding - 2
    columns = width + 2 * padding - 2
    perRow = (columns + 3) / 4
    perImage = perRow * ((rows + 3) / 4)
    count = images * perImage
  }

  /// The addresses of the 6×6 input places of `tile` in `images` `[n, height, width, channels]`; `outside` for those
  /// beyond the edge.
  @inline(__always)
  func inputs(
    of tile: Int, in images: UnsafeMutablePointer<Float>, channels: Int, outside: UnsafeMutablePointer<Float>,
    _ places: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  ) {
    let (image, place) = tile.quotientAndRemainder(dividingBy: perImage)
    let (tileRow, tileColumn) = place.quotientAndRemainder(dividingBy: perRow)
    addresses(
      images + image &* height &* width &* channels, top: 4 &* tileRow &- padding,
      left: 4 &* tileColumn &- padding, side: 6, height: height, width: width, channels, outside, places)
  }

  /// The addresses of the 4×4 output places of `tile` in `images` `[n, rows, columns, channels]`.
  @inline(__always)
  func outputs(
    of tile: Int, in images: UnsafeMutablePointer<Float>, channels: Int, outside: UnsafeMutablePointer<Float>,
    _ places: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  ) {
    let (image, place) = tile.quotientAndRemainder(dividingBy: perImage)
    let (tileRow, tileColumn) = place.quotientAndRemainder(dividingBy: perRow)
    addresses(
      images + image &* rows &* columns &* channels, top: 4 &* tileRow, left: 4 &* tileColumn, side: 4,
      height: rows, width: columns, channels, outside, places)
  }

  @inline(__always)
  private func addresses(
    _ image: UnsafeMutablePointer<Float>, top: Int, left: Int, side: Int, height: Int, width: Int,
    _ channels: Int, _ outside: UnsafeMutablePointer<Float>,
    _ places: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  ) {
    for i in 0..<side {
      let row = top &+ i
      let isRow = row >= 0 && row < height
      for j in 0..<side {
        let column = left &+ j
        let isInside = isRow && column >= 0 && column < width
        places[side &* i &+ j] = isInside ? image + (row &* width &+ column) &* channels : outside
      }
    }
  }
}
