/// Size of a JPEG or PNG from its first bytes, without decoding it.
package struct PictureHeader {
  package let width: Int
  package let height: Int
  /// Coefficients of all scans that are kept while a progressive JPEG is decoded, of each pixel.
  private let kept: Int
  private let isJPEG: Bool

  package init?(_ bytes: [UInt8]) {
    if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) {
      guard let width = bytes.number(at: 16), let height = bytes.number(at: 20) else { return nil }
      (self.width, self.height, kept, isJPEG) = (width, height, 0, false)
      return
    }
    var at = 2
    while let marker = bytes.word(at, bigEndian: true), marker >= 0xff01, marker != 0xffda,
      let length = bytes.word(at + 2, bigEndian: true), length >= 2
    {
      // Frame headers are 0xffc0 to 0xffcf but for three that are tables.
      if (0xffc0...0xffcf).contains(marker), ![0xffc4, 0xffc8, 0xffcc].contains(marker) {
        guard let height = bytes.word(at + 5, bigEndian: true),
          let width = bytes.word(at + 7, bigEndian: true),
          at + 9 < bytes.count
        else { return nil }
        let isProgressive = marker & 3 == 2
        (self.width, self.height, kept, isJPEG) = (
          width, height, isProgressive ? 2 * Int(bytes[at + 9]) : 0, true
        )
        return
      }
      at += 2 + length
    }
    return nil
  }

  /// Bytes that decoding takes at the most, where a JPEG may come smaller with both sides at least `least` pixels.
  package func memory(atLeast least: Int) -> Int {
    var factor = 1
    while isJPEG, least > 0, factor < 8, min(width, height) / (2 * factor) >= least { factor *= 2 }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    return overflow || pixels > 1 << 40 ? .max : 3 * (pixels / (factor * factor)) + kept * pixels
  }
}

extension [UInt8] {
  /// Two bytes as a number, or nil where there are none.
  func word(_ at: Int, bigEndian: Bool) -> Int? {
    guard at >= 0, at + 1 < count else { return nil }
    let (first, second) = (Int(self[at]), Int(self[at + 1]))
    return bigEndian ? first << 8 | second : second << 8 | first
  }

  /// Four bytes as a number with the highest first, or nil where there are none.
  func number(at place: Int) -> Int? {
    guard let high = word(place, bigEndian: true), let low = word(place + 2, bigEndian: true) else {
      return nil
    }
    return high << 16 | low
  }
}
