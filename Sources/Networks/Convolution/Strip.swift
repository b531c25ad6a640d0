import Tensors

/// Some rows of an image with zeros around it, in scratch memory that stays in the cache: what a row of tiles reads or
/// writes.
///
/// Channels are rounded up to whole vectors, so that nobody who works on a strip meets an edge.
package struct Strip {
  let rows: Int
  let columns: Int
  /// Stride from one pixel to the next.
  let pixelStep: Int
  private let memory: Tensor
  /// A row for each pixel, row of pixels after row, without gaps.
  package let pixels: Matrix

  package init(rows: Int, columns: Int, channels: Int) {
    self.rows = rows
    self.columns = columns
    pixelStep = Vector.whole(channels)
    memory = Tensor([rows * columns, pixelStep])
    pixels = Matrix(memory)
  }

  /// Stride from one row of pixels to the next.
  var rowStep: Int { columns &* pixelStep }

  /// `count` pixels of a row from `column` on, and their first `channels`.
  func part(row: Int, from column: Int, count: Int, channels: Int) -> Matrix {
    precondition(column >= 0 && column + count <= columns, "\(count) pixels from \(column) of \(columns)")
    let first = row &* columns &+ column
    return pixels.part(rows: first..<first &+ count, columns: 0..<channels)
  }

  func clear(_ range: Range<Int>) {
    pixels.fill(rows: range.lowerBound * columns..<range.upperBound * columns, with: 0)
  }

  /// Moves the last `count` rows to the top.
  func keepLast(_ count: Int) {
    pixels.part(rows: 0..<count * columns).copy(
      pixels.part(rows: (rows - count) * columns..<rows * columns))
  }

  /// Reads rows `range` of the strip from an image whose first pixel lies at strip row `-top`, column `-left`…; what lies
  /// outside the image stays zero.
  func read(_ range: Range<Int>, of image: Int, _ side: TileGrid.Side, top: Int, by reader: PixelReader) {
    let padding = side.padding
    let width = min(side.width, columns - padding)
    for index in range {
      let line = top &+ index
      if line >= 0 && line < side.height {
        let first = (image &* side.height &+ line) &* side.width
        reader.read(
          first..<first &+ width,
          to: part(row: index, from: padding, count: width, channels: reader.channels))
      } else {
        let first = index &* columns &+ padding
        pixels.fill(rows: first..<first &+ width, with: 0)
      }
    }
  }
}
