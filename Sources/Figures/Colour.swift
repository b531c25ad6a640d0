import Glibc

/// A colour in sRGB, each part 0…1.
public struct Colour: Sendable, Hashable {
  public var red: Double
  public var green: Double
  public var blue: Double
  public var alpha: Double

  public init(red: Double, green: Double, blue: Double, alpha: Double = 1) {
    func unit(_ value: Double) -> Double { value.isFinite ? min(1, max(0, value)) : 0 }
    self.red = unit(red)
    self.green = unit(green)
    self.blue = unit(blue)
    self.alpha = unit(alpha)
  }

  /// `0xRRGGBB`
  public init(hex: UInt32, alpha: Double = 1) {
    self.init(
      red: Double((hex >> 16) & 255) / 255, green: Double((hex >> 8) & 255) / 255,
      blue: Double(hex & 255) / 255,
      alpha: alpha)
  }

  package func opacity(_ alpha: Double) -> Colour {
    Colour(red: red, green: green, blue: blue, alpha: self.alpha * alpha)
  }

  /// The colour a share of the way to another one, mixed in sRGB.
  package func mixed(with other: Colour, _ share: Double) -> Colour {
    func between(_ a: Double, _ b: Double) -> Double { a + (b - a) * share }
    return Colour(
      red: between(red, other.red), green: between(green, other.green), blue: between(blue, other.blue),
      alpha: between(alpha, other.alpha))
  }

  /// WCAG relative luminance, 0 for black and 1 for white.
  package var luminance: Double {
    func linear(_ value: Double) -> Double { Colour.linear(value) }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// WCAG contrast ratio, 1…21.
  package func contrast(with other: Colour) -> Double {
    let (light, dark) = (max(luminance, other.luminance), min(luminance, other.luminance))
    return (light + 0.05) / (dark + 0.05)
  }

  /// The colour moved towards black or white only as far as text needs to be read on `background`.
  package func readable(on background: Colour, ratio: Double = 4.5) -> Colour {
    let target = background.luminance > 0.4 ? Colour(hex: 0x000000) : Colour(hex: 0xFFFFFF)
    var share = 0.0
    while share < 1, mixed(with: target, share).contrast(with: background) < ratio { share += 0.05 }
    return mixed(with: target, min(share, 1))
  }

  /// "#1f5fa0".
  public var hexText: String {
    func byte(_ value: Double) -> String {
      let text = String(Int((value * 255).rounded()), radix: 16)
      return text.count == 1 ? "0" + text : text
    }
    let rgb = "#" + byte(red) + byte(green) + byte(blue)
    return alpha >= 0.9995 ? rgb : rgb + "/" + Numbers.fixed(alpha, decimals: 2)
  }

  package static func linear(_ value: Double) -> Double {
    value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
  }
}
