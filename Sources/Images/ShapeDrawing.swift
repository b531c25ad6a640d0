import Glibc
import Tensors

/// What one picture of `Shapes` looks like, all of it drawn from one random stream.
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
  /// How the ground's colour changes across the picture and down it.
  private let slope: (across: SIMD3<Float>, down: SIMD3<Float>)
  private let waves: [Wave]
  private let specks: [Speck]
  private let noise: Float

  private struct Wave {
    let across: Float
    let down: Float
    let phase: Float
    let colour: SIMD3<Float>
  }

  private struct Speck {
    let centre: SIMD2<Float>
    let radius: Float
    let colour: SIMD3<Float>
  }

  init(_ outline: Outline, size: Int, strength: Float, _ random: inout RandomStream) {
    self.outline = outline
    self.size = size
    let loose = min(1, strength)
    radius = random.uniform(0.36 - 0.12 * loose, 0.36 + 0.06 * loose)
    let room = max(0, 0.5 - radius * 0.95) * loose
    centre = SIMD2(0.5 + random.uniform(-room, room), 0.5 + random.uniform(-room, room))
    tilt = random.uniform(-0.3, 0.3) * strength
    (figure, ground) = ShapeDrawing.colours(&random)
    let colours = ground
    func near(_ distance: Float) -> SIMD3<Float> {
      SIMD3(random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)) * distance * strength
    }
    slope = (near(0.15), near(0.15))
    waves = (0..<2).map { _ in
      let turns = random.uniform(1, 4) * 2 * Float.pi
      let angle = random.uniform(0, 2 * Float.pi)
      return Wave(
        across: turns * cos(angle), down: turns * sin(angle), phase: random.uniform(0, 2 * Float.pi),
        colour: near(0.05))
    }
    let count = random.integer(below: 1 + Int(3 * strength))
    specks = (0..<count).map { _ in
      Speck(
        centre: SIMD2(random.uniform(), random.uniform()), radius: random.uniform(0.03, 0.06),
        colour: colours + near(0.4))
    }
    noise = random.uniform(0.01, 0.05) * strength
  }

  /// A figure and a ground that differ clearly in luminance, either of them the lighter one.
  private static func colours(_ random: inout RandomStream) -> (figure: SIMD3<Float>, ground: SIMD3<Float>) {
    while true {
      let one = SIMD3(random.uniform(), random.uniform(), random.uniform())
      let other = SIMD3(random.uniform(), random.uniform(), random.uniform())
      let difference = ((one - other) * SIMD3(0.299, 0.587, 0.114)).sum()
      if abs(difference) > 0.25 { return (one, other) }
    }
  }

  func draw(into bytes: UnsafeMutablePointer<UInt8>, scratch: Scratch, _ random: inout RandomStream) {
    // A wave is sin(a·x + b·y + c): by the addition theorem two tables for x and two for y are enough.
    let tables = scratch.reserve(waves.count * 4 * size)
    for (number, wave) in waves.enumerated() {
      let table = tables + number * 4 * size
      for place in 0..<size {
        let at = (Float(place) + 0.5) / Float(size)
        table[place] = sin(wave.across * at + wave.phase)
        table[size + place] = cos(wave.across * at + wave.phase)
        table[2 * size + place] = sin(wave.down * at)
        table[3 * size + place] = cos(wave.down * at)
      }
    }
    let (c, s) = (cos(tilt), sin(tilt))
    let pixelsPerUnit = radius * Float(size)
    for row in 0..<size {
      let y = (Float(row) + 0.5) / Float(size)
      for column in 0..<size {
        let x = (Float(column) + 0.5) / Float(size)
        var colour = ground + slope.across * (x - 0.5) + slope.down * (y - 0.5)
        for number in 0..<waves.count {
          let table = tables + number * 4 * size
          colour +=
            (table[column] * table[3 * size + row] + table[size + column] * table[2 * size + row])
            * waves[number].colour
        }
        for speck in specks {
          let away = SIMD2(x, y) - speck.centre
          let distance = ((away * away).sum().squareRoot() - speck.radius) * Float(size)
          if distance < 0.5 { colour += (speck.colour - colour) * min(1, 0.5 - distance) }
        }
        let (dx, dy) = ((x - centre.x) / radius, (y - centre.y) / radius)
        if dx * dx + dy * dy < 2.2 {
          let cover = 0.5 - outline.distance(dx * c + dy * s, dy * c - dx * s) * pixelsPerUnit
          if cover > 0 { colour += (figure - colour) * min(1, cover) }
        }
        write(colour, to: bytes + 3 * (row * size + column), &random)
      }
    }
  }

  /// The colour with noise: four random bytes a channel, whose sum is nearly normal.
  private func write(
    _ colour: SIMD3<Float>, to bytes: UnsafeMutablePointer<UInt8>, _ random: inout RandomStream
  ) {
    let (first, second) = (random.next(), random.next())
    let sums = SIMD3<Float>(byteSum(first), byteSum(first >> 32), byteSum(second))
    // The sum of four even bytes has mean 510 and variance (256² − 1) / 3.
    let noisy = colour + (sums - 510) * (noise / 147.8)
    let scaled = (noisy * 255 + 0.5).clamped(
      lowerBound: SIMD3(repeating: 0), upperBound: SIMD3(repeating: 255))
    for channel in 0..<3 { bytes[channel] = UInt8(scaled[channel]) }
  }
}

@inline(__always)
private func byteSum(_ word: UInt64) -> Float {
  Float((word & 0xff) + (word >> 8 & 0xff) + (word >> 16 & 0xff) + (word >> 24 & 0xff))
}
