import Figures
import Testing

@Suite struct PaletteTests {
  /// Machado, Oliveira and Fernandes 2009, severity 1: what protanopes, deuteranopes and tritanopes see, in
  /// linear RGB.
  static let sights: [(name: String, rows: [SIMD3<Double>])] = [
    ("normal", [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]),
    (
      "protanopia",
      [
        SIMD3(0.152286, 1.052583, -0.204868), SIMD3(0.114503, 0.786281, 0.099216),
        SIMD3(-0.003882, -0.048116, 1.051998),
      ]
    ),
    (
      "deuteranopia",
      [
        SIMD3(0.367322, 0.860646, -0.227968), SIMD3(0.280085, 0.672501, 0.047413),
        SIMD3(-0.011820, 0.042940, 0.968881),
      ]
    ),
    (
      "tritanopia",
      [
        SIMD3(1.255528, -0.076749, -0.178779), SIMD3(-0.078411, 0.930809, 0.147602),
        SIMD3(0.004733, 0.691367, 0.303900),
      ]
    ),
  ]

  private func seen(_ colour: Colour, _ rows: [SIMD3<Double>]) -> SIMD3<Double> {
    let linear = SIMD3(Colour.linear(colour.red), Colour.linear(colour.green), Colour.linear(colour.blue))
    let mixed = rows.map { min(1, max(0, ($0 * linear).sum())) }
    // OKLab takes encoded colours: an inverse by bisection is exact enough here.
    func encoded(_ value: Double) -> Double {
      var (low, high) = (0.0, 1.0)
      for _ in 0..<40 {
        let middle = (low + high) / 2
        if Colour.linear(middle) < value { low = middle } else { high = middle }
      }
      return (low + high) / 2
    }
    return OKLab.from(Colour(red: encoded(mixed[0]), green: encoded(mixed[1]), blue: encoded(mixed[2])))
  }

  @Test("ten classes can be told apart by every eye", arguments: sights.map(\.name))
  func distances(_ name: String) throws {
    let rows = try #require(PaletteTests.sights.first { $0.name == name }).rows
    for palette in [Palette.light, Palette.dark] {
      #expect(palette.count == 10)
      let seen = palette.map { self.seen($0, rows) }
      var least = Double.infinity
      for a in 0..<10 {
        for b in 0..<a {
          let difference = seen[a] - seen[b]
          least = min(least, (difference * difference).sum().squareRoot())
        }
      }
      // Matplotlib's tab10 falls to 0.007 for protanopes and 0.023 for deuteranopes in the same measure.
      #expect(least > 0.09, "least distance for \(name)")
    }
  }

  @Test func classesStandOutFromTheBackground() {
    for colour in Palette.light { #expect(colour.contrast(with: Colour(hex: 0xFFFFFF)) > 1.7) }
    for colour in Palette.dark { #expect(colour.contrast(with: Colour(hex: 0x15181D)) > 3) }
  }

  @Test func wordsCanBeRead() {
    for theme in [Theme.light, .dark] {
      let style = Style(theme, width: 480)
      #expect(style.ink.contrast(with: style.background) > 12)
      #expect(style.muted.contrast(with: style.background) > 6)
      for colour in style.palette {
        #expect(colour.readable(on: style.background).contrast(with: style.background) >= 4.5)
      }
    }
  }

  @Test func theSequentialMapRisesEvenly() {
    for mode in Theme.Mode.allCases {
      let light = (0...20).map { OKLab.from(ColourMap.sequential.colour(at: Double($0) / 20, on: mode)).x }
      let steps = zip(light, light.dropFirst()).map { $1 - $0 }
      #expect(steps.allSatisfy { $0 > 0.008 && $0 < 0.06 })
    }
  }

  @Test func theDivergingMapIsEvenOnBothSides() {
    for mode in Theme.Mode.allCases {
      let middle = ColourMap.diverging.colour(at: 0.5, on: mode)
      for share in [0.1, 0.3] {
        let left = OKLab.from(ColourMap.diverging.colour(at: share, on: mode)).x
        let right = OKLab.from(ColourMap.diverging.colour(at: 1 - share, on: mode)).x
        #expect(abs(left - right) < 0.12)
      }
      #expect(OKLab.from(middle).y.magnitude < 0.02 && OKLab.from(middle).z.magnitude < 0.02)
    }
  }

  @Test func mapsTakeAnyShare() {
    for map in ColourMap.allCases {
      for share in [-1, 0, 0.5, 1, 2, .nan, .infinity] as [Double] {
        let colour = map.colour(at: share, on: .light)
        #expect(colour.red >= 0 && colour.red <= 1)
      }
    }
  }

  @Test func okLabThereAndBack() {
    for colour in Palette.light + Palette.dark {
      let back = OKLab.colour(OKLab.from(colour))
      #expect(abs(back.red - colour.red) < 1e-4 && abs(back.blue - colour.blue) < 1e-4)
    }
  }

  @Test func dotsCoverTheirArea() {
    for shape in DotShape.allCases {
      var raster = DotRaster(width: 60, height: 60)
      raster.add(x: 30.3, y: 29.6, radius: 12, shape: shape, colour: Colour(hex: 0xFFFFFF))
      let covered = raster.pixels.words.reduce(0.0) { $0 + Double($1 >> 24) / 255 }
      #expect(abs(covered / (Double.pi * 144) - 1) < 0.12, "\(shape)")
    }
    var half = DotRaster(width: 3, height: 3)
    half.add(x: 1.5, y: 1.5, radius: 5, shape: .circle, colour: Colour(red: 1, green: 0, blue: 0, alpha: 0.5))
    #expect(half.pixels.words[4] == 0x8080_0000)
    half.add(x: .nan, y: 1e300, radius: 1, shape: .circle, colour: Colour(hex: 0))
    half.add(x: 1.5, y: 1.5, radius: 5, shape: .circle, colour: Colour(hex: 0x0000FF))
    #expect(half.pixels.words[4] == 0xFF00_00FF)
  }

  @Test func bitmapsAreEnlargedByRepeatingAndShrunkByAveraging() throws {
    let bitmap = try Bitmap(width: 2, height: 1, pixels: [0, 10, 20, 100, 110, 120])
    #expect(
      bitmap.resized(width: 4, height: 1).pixels == [0, 10, 20, 0, 10, 20, 100, 110, 120, 100, 110, 120])
    #expect(bitmap.resized(width: 1, height: 1).pixels == [50, 60, 70])
    #expect(bitmap.resized(width: 2, height: 1) == bitmap)
  }

  @Test func theOrderOfPointsIsMixedAndFixed() {
    let indices = Array(0..<1_000)
    let mixed = Scatter.shuffled(indices)
    #expect(mixed.sorted() == indices && mixed != indices)
    #expect(mixed == Scatter.shuffled(indices))
  }
}
