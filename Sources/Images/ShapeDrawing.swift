import Glibc
import Tensors

/// Appearance of one image of `Shapes`, drawn from one random stream.
///
/// Whatever tells one picture from another, but its form, is such that a view of SimCLR does not keep it: place and
/// size (crop), brightness, contrast and hue within what jitter covers, clouds whose look is the same everywhere while
/// their places differ. With free colours instead, contrastive learning finds colours and no forms.
///
/// Lengths are shares of the picture's side, so that a picture is the same at any size but for its noise.
struct ShapeDrawing {
  private let outline: Outline
  private let size: Int
  private let centre: SIMD2<Float>
  private let radius: Float
  private let tilt: Float
  private let figure: SIMD3<Float>
  private let ground: SIMD3<Float>
  private let specks: [Speck]
  /// Strengths of the coarse and the fine clouds, as shares of the brightness.
  private let clouds: SIMD2<Float>
  private let noise: Float

  /// A small disc in the figure's colour, to distract.
  private struct Speck {
    let centre: SIMD2<Float>
    let radius: Float
  }

  init(_ outline: Outline, size: Int, strength: Float, _ random: inout RandomStream) {
    self.outline = outline
    self.size = size
    let loose = min(1, strength)
    radius = random.uniform(0.38 - 0.16 * loose, 0.38 + 0.02 * loose)
    let room = max(0, 0.5 - radius * 0.85) * loose
    centre = SIMD2(0.5 + random.uniform(-room, room), 0.5 + random.uniform(-room, room))
    tilt = random.uniform(-0.35, 0.35) * strength
    let turn = random.uniform(-0.07, 0.07) * strength
    let light = colour(
      hue: 0.11 + turn, saturation: random.uniform(0.3, 0.6), value: random.uniform(0.7, 0.95))
    let dark = colour(
      hue: 0.61 + turn, saturation: random.uniform(0.4, 0.7), value: random.uniform(0.2, 0.45))
    let isLight = random.happens(0.5)
    figure = isLight ? light : dark
    ground = isLight ? dark : light
    specks = (0..<random.integer(below: 1 + Int(2 * strength))).map { _ in
      Speck(centre: SIMD2(random.uniform(), random.uniform()), radius: random.uniform(0.025, 0.045))
    }
    clouds = SIMD2(0.6, 0.2) * strength
    noise = 0.03 * strength
  }

  func draw(into bytes: UnsafeMutablePointer<UInt8>, scratch: Scratch, _ random: inout RandomStream) {
    let coarse = Clouds(cells: 3, scratch.reserve(Clouds.memory(3) + Clouds.memory(6)), &random)
    let fine = Clouds(cells: 6, coarse.lattice + Clouds.memory(3), &random)
    let (c, s) = (cos(tilt), sin(tilt))
    let (side, perUnit) = (Float(size), radius * Float(size))
    for row in 0..<size {
      let y = (Float(row) + 0.5) / side
      for column in 0..<size {
        let x = (Float(column) + 0.5) / side
        var cover: Float = 0
        for speck in specks {
          let away = SIMD2(x, y) - speck.centre
          cover = max(cover, 0.5 - ((away * away).sum().squareRoot() - speck.radius) * side)
        }
        let (dx, dy) = ((x - centre.x) / radius, (y - centre.y) / radius)
        // No figure reaches farther than 1.4 of its radius.
        if dx * dx + dy * dy < 2 {
          cover = max(cover, 0.5 - outline.distance(dx * c + dy * s, dy * c - dx * s) * perUnit)
        }
        let paint = ground + (figure - ground) * min(1, max(0, cover))
        let brightness = max(0.1, 1 + clouds.x * coarse.at(x, y) + clouds.y * fine.at(x, y))
        write(paint * brightness, to: bytes + 3 * (row * size + column), &random)
      }
    }
  }

  /// The colour with noise: four random bytes a channel, whose sum is nearly normal.
  private func write(
    _ colour: SIMD3<Float>, to bytes: UnsafeMutablePointer<UInt8>, _ random: inout RandomStream
  ) {
    let (first, second) = (random.next(), random.next())
    let sums = SIMD3<Float>(byteSum(first), byteSum(first >> 32), byteSum(second))
    // The sum of four even bytes has the mean 510 and the variance (256² − 1) / 3.
    let noisy = colour + (sums - 510) * (noise / 147.8)
    let scaled = (noisy * 255 + 0.5).clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255))
    for channel in 0..<3 { bytes[channel] = UInt8(scaled[channel]) }
  }
}

/// Smooth noise in −1…1: random numbers on a lattice of `cells × cells` and smooth steps between them.
private struct Clouds {
  let lattice: UnsafeMutablePointer<Float>
  private let cells: Int

  static func memory(_ cells: Int) -> Int { (cells + 2) * (cells + 2) }

  init(cells: Int, _ memory: UnsafeMutablePointer<Float>, _ random: inout RandomStream) {
    self.cells = cells
    lattice = memory
    for place in 0..<Clouds.memory(cells) { memory[place] = random.uniform(-1, 1) }
  }

  /// Value at `x` and `y` in 0…1.
  func at(_ x: Float, _ y: Float) -> Float {
    let (across, down) = (x * Float(cells), y * Float(cells))
    let (column, row) = (Int(across), Int(down))
    let (u, v) = (smoothStep(across - Float(column)), smoothStep(down - Float(row)))
    let corner = lattice + row * (cells + 2) + column
    let top = corner[0] + (corner[1] - corner[0]) * u
    let bottom = corner[cells + 2] + (corner[cells + 3] - corner[cells + 2]) * u
    return top + (bottom - top) * v
  }
}

private func smoothStep(_ t: Float) -> Float { t * t * (3 - 2 * t) }

/// A colour by hue (a share of the circle), saturation and value.
private func colour(hue: Float, saturation: Float, value: Float) -> SIMD3<Float> {
  let sixths = (hue - hue.rounded(.down)) * 6
  func channel(_ offset: Float) -> Float {
    let k = (offset + sixths).truncatingRemainder(dividingBy: 6)
    return value - value * saturation * max(0, min(k, 4 - k, 1))
  }
  return SIMD3(channel(5), channel(3), channel(1))
}

@inline(__always)
private func byteSum(_ word: UInt64) -> Float {
  Float((word & 0xff) + (word >> 8 & 0xff) + (word >> 16 & 0xff) + (word >> 24 & 0xff))
}
