import Images

/// A picture as the gallery's test compares it: by places and colours, since letters are set a little differently by other
/// versions of Pango, and curves of trained models end a little differently on other processors.
struct ComparedPicture {
  let width: Int
  let height: Int
  /// RGB bytes, row by row.
  var pixels: [UInt8]

  init(png: [UInt8]) throws {
    let image = try ImageFiles.decode(png)
    (width, height, pixels) = (image.width, image.height, image.pixels)
  }

  /// How far two pictures may be from each other.
  struct Tolerance {
    /// Of the colour in a field: red, green and blue less their mean, which letters and axes do not touch.
    var colour = 0.08
    /// Of the brightness in a field.
    var brightness = 0.15
    /// Of the number of coloured pixels and of grey ones, as a share.
    var share = 0.15
  }

  /// In what the other picture differs by more than is allowed; empty where it looks the same.
  func differences(from other: ComparedPicture, within tolerance: Tolerance) -> [String] {
    guard
      abs(width - other.width) * 50 <= other.width, abs(height - other.height) * 50 <= other.height
    else { return ["\(width)×\(height) pixels, and \(other.width)×\(other.height)"] }
    var found: [String] = []
    func compare(_ what: String, _ difference: Double, _ limit: Double) {
      if !(difference <= limit) { found.append("\(what) differs by \(difference), allowed is \(limit)") }
    }
    let places = zip(fields(side: 48), other.fields(side: 48))
    compare("the colour of a place", places.map { ($0.colour - $1.colour).largest }.max()!, tolerance.colour)
    let large = zip(fields(side: 24), other.fields(side: 24))
    compare(
      "the brightness of a place", large.map { abs($0.brightness - $1.brightness) }.max()!,
      tolerance.brightness)
    for (what, mine, theirs) in [
      ("the number of coloured pixels", coloured, other.coloured), ("that of grey pixels", grey, other.grey),
    ] where mine != theirs {
      compare(what, Double(abs(mine - theirs)) / Double(max(1, min(mine, theirs))), tolerance.share)
    }
    return found
  }

  // MARK: - What is compared

  private struct Field {
    var sums = SIMD3<Double>()
    var count = 0.0
    private var mean: SIMD3<Double> { sums / (255 * max(1, count)) }
    var brightness: Double { mean.sum() / 3 }
    var colour: SIMD3<Double> { mean - SIMD3(repeating: brightness) }
  }

  /// The picture in side×side fields.
  private func fields(side: Int) -> [Field] {
    var fields = [Field](repeating: Field(), count: side * side)
    for y in 0..<height {
      for x in 0..<width {
        let field = y * side / height * side + x * side / width
        let at = (y * width + x) * 3
        fields[field].sums += SIMD3(Double(pixels[at]), Double(pixels[at + 1]), Double(pixels[at + 2]))
        fields[field].count += 1
      }
    }
    return fields
  }

  private enum Kind { case white, grey, coloured }

  private func kind(_ pixel: Int) -> Kind {
    let channels = pixels[pixel * 3..<pixel * 3 + 3]
    let (least, most) = (channels.min()!, channels.max()!)
    return most - least > 25 ? .coloured : least < 230 ? .grey : .white
  }

  /// The number of pixels of marks, areas and pictures.
  var coloured: Int { (0..<width * height).count { kind($0) == .coloured } }
  /// The number of pixels of letters, axes and grids.
  var grey: Int { (0..<width * height).count { kind($0) == .grey } }

  // MARK: - Damage, for the test of the test

  static let damages: [(name: String, apply: @Sendable (ComparedPicture) -> ComparedPicture)] = [
    ("blank", { $0.changing { _, _ in (255, 255, 255) } }),
    (
      "without coloured marks",
      { picture in picture.changing { picture.kind($0) == .coloured ? (255, 255, 255) : $1 } }
    ),
    (
      "with grey marks",
      { picture in
        picture.changing { pixel, colour in
          guard picture.kind(pixel) == .coloured else { return colour }
          let mean = UInt8((Int(colour.0) + Int(colour.1) + Int(colour.2)) / 3)
          return (mean, mean, mean)
        }
      }
    ),
    (
      "without letters and axes",
      { picture in picture.changing { picture.kind($0) == .grey ? (255, 255, 255) : $1 } }
    ),
    ("with red and blue exchanged", { $0.changing { _, colour in (colour.2, colour.1, colour.0) } }),
    ("shifted to the right by 3 %", { $0.shifted(right: $0.width * 3 / 100, down: 0) }),
    ("shifted down by 3 %", { $0.shifted(right: 0, down: $0.height * 3 / 100) }),
  ]

  private typealias Colour = (UInt8, UInt8, UInt8)

  private func changing(_ change: (_ pixel: Int, _ colour: Colour) -> Colour) -> ComparedPicture {
    var changed = self
    for pixel in 0..<width * height {
      let at = pixel * 3
      let colour = change(pixel, (pixels[at], pixels[at + 1], pixels[at + 2]))
      (changed.pixels[at], changed.pixels[at + 1], changed.pixels[at + 2]) = colour
    }
    return changed
  }

  private func shifted(right: Int, down: Int) -> ComparedPicture {
    changing { pixel, _ in
      let (x, y) = (pixel % width - right, pixel / width - down)
      guard x >= 0, y >= 0 else { return (255, 255, 255) }
      let at = (y * width + x) * 3
      return (pixels[at], pixels[at + 1], pixels[at + 2])
    }
  }
}

extension SIMD3<Double> {
  fileprivate var largest: Double { Swift.max(abs(x), abs(y), abs(z)) }
}
