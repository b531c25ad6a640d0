import Glibc

/// The colours that figures choose by themselves.
public enum Palette {
  /// Ten colours for classes on white. Found by annealing the smallest distance between any two in OKLab,
  /// seen with normal sight and with the three dichromacies (Machado 2009), starting from Okabe and Ito's
  /// colours; the first blue was then made stronger by hand. `PaletteTests` measures the distances.
  public static let light: [Colour] = [
    0x1F5FA0, 0xF69109, 0x228E65, 0xE44000, 0xBF7AB1, 0x36CAFF, 0x6C304E, 0x39229E, 0xA1B994, 0x538CFF,
  ].map { Colour(hex: $0) }

  /// Ten colours for classes on a dark background, found in the same way, the lightest blue put first.
  public static let dark: [Colour] = [
    0x55C8FF, 0xF9C81D, 0x0AB777, 0xFF761C, 0xFC90BE, 0x8086E1, 0xB7563E, 0x94FCE7, 0x2C8093, 0x8E39FF,
  ].map { Colour(hex: $0) }
}

/// Colours for a range of values.
public enum ColourMap: String, Sendable, CaseIterable {
  /// Dark blue-violet to yellow: even steps of lightness, readable in grey.
  case sequential
  /// Blue through near-white to red, for values on both sides of a middle.
  case diverging
  /// Background to blue: for counts, where nothing should look like nothing.
  case counts

  /// The colour at 0…1.
  package func colour(at share: Double, on mode: Theme.Mode) -> Colour {
    let stops = stops(on: mode)
    let share = share.isFinite ? min(1, max(0, share)) : 0
    let place = share * Double(stops.count - 1)
    let index = min(stops.count - 2, Int(place))
    return OKLab.mix(stops[index], stops[index + 1], place - Double(index))
  }

  private func stops(on mode: Theme.Mode) -> [Colour] {
    let hexes: [UInt32] =
      switch (self, mode) {
      case (.sequential, .dark): [0x5D45A8, 0x4C63B6, 0x3A84B4, 0x2CA3A0, 0x4FBE7E, 0x9FD656, 0xF8E95A]
      case (.sequential, .light): [0x2B0F54, 0x45317F, 0x3D5A94, 0x27818E, 0x2BA57F, 0x79C653, 0xF3E04B]
      case (.diverging, .light): [0x1C4E8A, 0x4A8BC2, 0xA6CBE3, 0xF6F5F3, 0xF2B89B, 0xD6604D, 0x8E1B2C]
      case (.diverging, .dark): [0x7CC4FF, 0x3D86C6, 0x245077, 0x22262D, 0x7C3A2C, 0xC95F45, 0xFFA98A]
      case (.counts, .light): [0xF5F7FA, 0xC6DBEC, 0x82B4D6, 0x3C85B8, 0x10568C, 0x08305A]
      case (.counts, .dark): [0x1C2027, 0x1C3B57, 0x23608F, 0x3A8CC4, 0x7FBDE6, 0xDCEFFB]
      }
    return hexes.map { Colour(hex: $0) }
  }
}

/// Björn Ottosson's OKLab, in which equal distances look alike.
package enum OKLab {
  package static func from(_ colour: Colour) -> SIMD3<Double> {
    let r = Colour.linear(colour.red)
    let g = Colour.linear(colour.green)
    let b = Colour.linear(colour.blue)
    let l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    let m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    let s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return SIMD3(
      0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s)
  }

  package static func colour(_ lab: SIMD3<Double>) -> Colour {
    let l = cube(lab.x + 0.3963377774 * lab.y + 0.2158037573 * lab.z)
    let m = cube(lab.x - 0.1055613458 * lab.y - 0.0638541728 * lab.z)
    let s = cube(lab.x - 0.0894841775 * lab.y - 1.2914855480 * lab.z)
    return Colour(
      red: encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
      green: encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
      blue: encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s))
  }

  package static func mix(_ a: Colour, _ b: Colour, _ share: Double) -> Colour {
    if share <= 0 { return a }
    return colour(from(a) * (1 - share) + from(b) * share)
  }

  private static func cube(_ value: Double) -> Double { value * value * value }

  private static func encoded(_ value: Double) -> Double {
    let value = min(1, max(0, value))
    return value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
  }
}
