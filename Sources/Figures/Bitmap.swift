import FoundationEssentials

/// A small picture: rows of red, green and blue bytes from the top left.
/// Shape: `pixels` is `[height, width, 3]`, 0…255 in sRGB.
public struct Bitmap: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public let pixels: [UInt8]

  /// Throws when the picture has no pixels or `pixels.count` is not `width · height · 3`.
  public init(width: Int, height: Int, pixels: [UInt8]) throws {
    guard width > 0, height > 0 else {
      throw FigureError.pictures(.emptyPicture(width: width, height: height))
    }
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    let (count, overflow3) = area.multipliedReportingOverflow(by: 3)
    guard !overflow, !overflow3, pixels.count == count else {
      throw FigureError.pictures(.pictureBytes(pixels.count, width: width, height: height))
    }
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  private init(unchecked width: Int, _ height: Int, _ pixels: [UInt8]) {
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The picture as a PNG file, brought down to `side` pixels where it is larger.
  public func png(side: Int) throws -> Data {
    let longer = max(width, height)
    let small = longer > side ? resized(width: width * side / longer, height: height * side / longer) : self
    return try Pixels(small).words.withUnsafeBufferPointer {
      try PNGFile.encoded($0, width: small.width, height: small.height, isOpaque: true, dotsPerInch: 96)
    }
  }

  /// The picture at another size: enlarged by repeating pixels, so that edges stay crisp; shrunk by averaging
  /// areas.
  package func resized(width newWidth: Int, height newHeight: Int) -> Bitmap {
    let newWidth = max(1, newWidth)
    let newHeight = max(1, newHeight)
    if newWidth == width && newHeight == height { return self }
    var out = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
    for y in 0..<newHeight {
      let top = y * height / newHeight
      let bottom = max(top + 1, min(height, (y + 1) * height / newHeight))
      for x in 0..<newWidth {
        let left = x * width / newWidth
        let right = max(left + 1, min(width, (x + 1) * width / newWidth))
        let target = (y * newWidth + x) * 3
        if bottom == top + 1 && right == left + 1 {
          let source = (top * width + left) * 3
          for channel in 0..<3 { out[target + channel] = pixels[source + channel] }
        } else {
          average(rows: top..<bottom, columns: left..<right, into: &out, at: target)
        }
      }
    }
    return Bitmap(unchecked: newWidth, newHeight, out)
  }

  private func average(rows: Range<Int>, columns: Range<Int>, into out: inout [UInt8], at target: Int) {
    let count = rows.count * columns.count
    for channel in 0..<3 {
      var sum = 0
      for row in rows {
        for column in columns { sum += Int(pixels[(row * width + column) * 3 + channel]) }
      }
      out[target + channel] = UInt8((sum + count / 2) / count)
    }
  }
}
