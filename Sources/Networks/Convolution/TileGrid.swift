/// Arrangement of tiles over a batch of images: row by row, image by image.
struct TileGrid {
  /// Images on one side of a convolution, and a tile's part of them.
  struct Side {
    let height: Int
    let width: Int
    /// Pixels of a tile along one side, and from one tile to the next.
    let length: Int
    let step: Int
    /// Offset of the first tile before the first pixel.
    let padding: Int
  }

  let images: Int
  let input: Side
  let output: Side
  /// Tiles side by side, and rows of them in an image.
  let perRow: Int
  let rows: Int

  init(images: Int, input: Side, output: Side) {
    self.images = images
    self.input = input
    self.output = output
    perRow = (output.width + output.step - 1) / output.step
    rows = (output.height + output.step - 1) / output.step
  }

  var perImage: Int { rows * perRow }
  var count: Int { images * perImage }

  /// A strip for a row of tiles on one side.
  func makeStrip(_ side: Side, channels: Int) -> Strip {
    Strip(
      rows: side.length, columns: max(side.step * (perRow - 1) + side.length, side.padding + 1),
      channels: channels)
  }
}
