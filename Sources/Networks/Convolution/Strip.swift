import Tensors

/// Some rows of an image with zeros around it, in scratch memory that stays in the cache: what a row of tiles reads or
/// writes.
///
/// Channels are rounded up to whole vectors, so that nobody who works on a strip meets an edge.
struct Strip {
  let rows: Int
  let columns: Int
  /// Stride from one pixel to the next.
  let pixelStep: Int
  private let memory: Tensor

  init(rows: Int, columns: Int, channels: Int) {
    self.rows = rows
    self.columns = columns
    pixelStep = Vector.whole(channels)
    memory = Tensor([rows * columns * pixelStep])
  }

  var rowStep: Int { columns &* pixelStep }

  @inline(__always)
  func row(_ row: Int) -> UnsafeMutablePointer<Float> { memory.pointer + row &* rowStep }

  func clear(_ range: Range<Int>) {
    row(range.lowerBound).update(repeating: 0, count: range.count * rowStep)
  }

  /// Moves the last `count` rows to the top.
  func keepLast(_ count: Int) {
    row(0).update(from: row(rows - count), count: count * rowStep)
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
        reader.read(first..<first &+ width, to: row(index) + padding &* pixelStep, step: pixelStep)
      } else {
        (row(index) + padding &* pixelStep).update(repeating: 0, count: width &* pixelStep)
      }
    }
  }
}
