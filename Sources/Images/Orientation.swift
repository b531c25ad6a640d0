/// Orientation of an image from the EXIF data of JPEG and PNG files: 1 is upright, 2 to 8 are rotated or mirrored.
struct Orientation: Equatable {
  private(set) var code: Int

  static let upright = Orientation(code: 1)

  var isUpright: Bool { code == 1 }
  /// Whether width and height are exchanged.
  var transposes: Bool { code >= 5 }

  init(code: Int) { self.code = (1...8).contains(code) ? code : 1 }

  /// Looks for the tag in a JPEG file; what is missing or malformed counts as upright.
  init(jpeg bytes: [UInt8]) {
    self = .upright
    var at = 2
    while let marker = bytes.word(at, bigEndian: true), marker >= 0xff01, marker != 0xffda,
      let length = bytes.word(at + 2, bigEndian: true), length >= 2
    {
      let start = at + 4
      if marker == 0xffe1, bytes.count >= start + 6, bytes[start..<start + 6].elementsEqual("Exif\0\0".utf8) {
        self = Orientation(tiff: bytes, at: start + 6)
        return
      }
      at += 2 + length
    }
  }

  /// Looks for the tag in a PNG file, whose EXIF part is a chunk of its own.
  init(png bytes: [UInt8]) {
    self = .upright
    var at = 8
    while let length = bytes.number(at: at), at + 8 + length <= bytes.count {
      if bytes[at + 4..<at + 8].elementsEqual("eXIf".utf8) {
        self = Orientation(tiff: bytes, at: at + 8)
        return
      }
      at += 12 + length
    }
  }

  /// Reads tag 0x0112 of the first directory of the TIFF structure that begins at `origin`.
  private init(tiff bytes: [UInt8], at origin: Int) {
    self = .upright
    guard let order = bytes.word(origin, bigEndian: true), order == 0x4d4d || order == 0x4949 else { return }
    let isBig = order == 0x4d4d
    guard let high = bytes.word(origin + (isBig ? 4 : 6), bigEndian: isBig),
      let low = bytes.word(origin + (isBig ? 6 : 4), bigEndian: isBig)
    else { return }
    let directory = origin + (high << 16 | low)
    guard let count = bytes.word(directory, bigEndian: isBig) else { return }
    for entry in 0..<count {
      let place = directory + 2 + 12 * entry
      guard let tag = bytes.word(place, bigEndian: isBig) else { return }
      if tag == 0x0112, let value = bytes.word(place + 8, bigEndian: isBig) {
        self = Orientation(code: value)
        return
      }
    }
  }

  /// Index in a stored image of `height × width` of the pixel at (`row`, `column`) of the upright image.
  func source(row: Int, column: Int, height: Int, width: Int) -> (row: Int, column: Int) {
    switch code {
    case 2: (row, width - 1 - column)
    case 3: (height - 1 - row, width - 1 - column)
    case 4: (height - 1 - row, column)
    case 5: (column, row)
    case 6: (height - 1 - column, row)
    case 7: (height - 1 - column, width - 1 - row)
    case 8: (column, width - 1 - row)
    default: (row, column)
    }
  }

  /// The upright picture of `height × width` stored RGB pixels.
  func upright(_ pixels: UnsafePointer<UInt8>, height: Int, width: Int) -> [UInt8] {
    let (rows, columns) = transposes ? (width, height) : (height, width)
    var out = [UInt8](repeating: 0, count: rows * columns * 3)
    for row in 0..<rows {
      for column in 0..<columns {
        let from = source(row: row, column: column, height: height, width: width)
        for channel in 0..<3 {
          out[(row * columns + column) * 3 + channel] = pixels[(from.row * width + from.column) * 3 + channel]
        }
      }
    }
    return out
  }
}
