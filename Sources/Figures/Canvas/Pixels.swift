/// Premultiplied pixels as Cairo wants them: one `0xAARRGGBB` word each, rows from the top.
package struct Pixels {
  package let width: Int
  package let height: Int
  package var words: [UInt32]
  package let isOpaque: Bool

  /// Transparent pixels.
  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
    words = [UInt32](repeating: 0, count: width * height)
    isOpaque = false
  }

  package init(_ bitmap: Bitmap) {
    width = bitmap.width
    height = bitmap.height
    isOpaque = true
    words = [UInt32](repeating: 0, count: width * height)
    for index in words.indices {
      let red = UInt32(bitmap.pixels[index * 3])
      let green = UInt32(bitmap.pixels[index * 3 + 1])
      let blue = UInt32(bitmap.pixels[index * 3 + 2])
      words[index] = 0xFF00_0000 | red << 16 | green << 8 | blue
    }
  }
}
