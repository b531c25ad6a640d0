import Base
import Glibc

/// Format of numbers on axes and as value labels.
public struct NumberFormat: Sendable, Equatable {
  /// Digits after the point; `nil` chooses what the numbers need.
  public var decimals: Int?
  /// Suffix of each number, such as `" %"`.
  public var suffix: String
  /// Each number is multiplied by this before it is written.
  public var factor: Double

  public init(decimals: Int? = nil, suffix: String = "", factor: Double = 1) {
    self.decimals = decimals
    self.suffix = suffix
    self.factor = factor
  }

  public static let automatic = NumberFormat()
  /// Shares 0…1 written as 0 %…100 %.
  public static let percent = NumberFormat(suffix: " %", factor: 100)

  package func text(_ value: Double) -> String {
    let scaled = value * factor
    guard let decimals else { return Numbers.short(scaled) + suffix }
    return Numbers.fixed(scaled, decimals: min(12, max(0, decimals))) + suffix
  }

  /// Writes several numbers alike: with the fewest digits, at most two, that show all of them; a few numbers with as many
  /// more as tell them apart.
  package func texts(_ values: [Double]) -> [String] {
    let texts = similar(values)
    guard values.count <= 12, Set(texts).count < Set(values).count else { return texts }
    if let decimals {
      let finer = (1...3).lazy.map { more in
        let format = NumberFormat(decimals: decimals + more, suffix: suffix, factor: factor)
        return values.map(format.text)
      }
      return finer.first { Set($0).count == Set(values).count } ?? texts
    }
    let sorted = Set(values.filter(\.isFinite)).sorted()
    guard let low = sorted.first, let high = sorted.last,
      let gap = zip(sorted, sorted.dropFirst()).map({ $1 - $0 }).min(), gap.isFinite,
      gap > max(abs(low), abs(high)) * 1e-7
    else { return texts }
    let step = pow(10, floor(log10(gap)))
    guard step > 0 else { return texts }
    let notation = Notation(
      first: (low / step).rounded(), last: (high / step).rounded(), step: step, format: self)
    let told = values.map { $0.isFinite ? notation.text($0) : text($0) }
    if case .offset = notation.form { return texts }
    return told
  }

  /// Numbers in a sentence: as `texts`, and with all the digits it takes where they differ by more than `precision`.
  package func told(_ values: [Double], precision: Double) -> [String] {
    let texts = texts(values)
    let kept = values.filter(\.isFinite)
    guard Set(texts).count < Set(values).count, let reach = Extent(kept), !reach.isFlat(precision) else {
      return texts
    }
    return NumberFormat.names(of: values.map { $0 * factor }).map { $0 + suffix }
  }

  private func similar(_ values: [Double]) -> [String] {
    guard decimals == nil else { return values.map(text) }
    let scaled = values.map { $0 * factor }
    guard scaled.allSatisfy({ abs($0) < 1e6 && ($0 == 0 || abs($0) >= 0.01) }) else {
      return values.map(text)
    }
    let largest = scaled.map(abs).max() ?? 0
    let most = largest >= 1000 ? 0 : largest < 1 ? 3 : 2
    let digits =
      (0...most).first { digits in
        scaled.allSatisfy { value in
          let shifted = value * pow(10, Double(digits))
          return abs(shifted - shifted.rounded()) < 1e-6
        }
      } ?? most
    return scaled.map { Numbers.fixed($0, decimals: digits) + suffix }
  }
}

extension NumberFormat {
  /// Numbers as names, such as those of bars and lines: alike, distinct numbers by distinct names, and no digit that none of
  /// them needs.
  public static func names(of values: [Double]) -> [String] {
    let known = Set(values.filter { $0.isFinite && $0 != 0 })
    let sizes = known.map { abs($0) }
    let isPlain = (sizes.max() ?? 1) < 1e7 && (sizes.min() ?? 1) >= 1e-5
    func name(_ value: Double, _ digits: Int) -> String {
      guard value.isFinite, value != 0 else { return Numbers.fixed(value, decimals: 0) }
      // Beside 10¹², 3 is not 3×10⁰.
      let isOrdinary = abs(value) < 1e5 && abs(value) >= 1e-3
      guard isPlain || isOrdinary else { return Numbers.scientific(value, digits: digits - 1) }
      let decimals = max(0, digits - 1 - Numbers.exponent(value))
      return Numbers.trimmed(Numbers.fixed(value, decimals: decimals))
    }
    for digits in 4..<16 where Set(known.map { name($0, digits) }).count == known.count {
      return values.map { name($0, digits) }
    }
    let exact = values.map { $0.isFinite ? "\($0)" : name($0, 1) }
    return exact.map { $0.replacing("-", with: "−") }
  }
}

/// Numbers as people write them: grouped thousands, a true minus sign, powers of ten for the very large and
/// small.
package enum Numbers {
  /// `-1234.5` with one decimal is `−1,234.5`.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value > 0 ? "∞" : "−∞" }
    // More digits than a Double holds say nothing.
    let decimals = min(15, max(0, decimals))
    let scale = pow(10, Double(decimals))
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15 else { return scientific(value) }
    let whole = UInt64(scaled)
    let unit = UInt64(scale)
    var text = grouped(Int(whole / unit))
    if decimals > 0 {
      let fraction = String(whole % unit)
      text += "." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
    return (value < 0 && whole > 0 ? "−" : "") + text
  }

  /// The number with at most `digits` significant digits and no trailing zeros.
  package static func short(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite, value != 0 else { return fixed(value, decimals: 0) }
    let magnitude = exponent(value)
    if magnitude >= 6 || magnitude < -3 { return scientific(value, digits: digits - 2) }
    let decimals = max(0, digits - 1 - magnitude)
    return trimmed(fixed(value, decimals: min(12, decimals)))
  }

  /// `2.5×10⁶`
  package static func scientific(_ value: Double, digits: Int = 2) -> String {
    guard value.isFinite, value != 0 else { return fixed(value, decimals: 0) }
    var exponent = exponent(value)
    var mantissa = mantissa(value, exponent)
    if (abs(mantissa) * pow(10, Double(digits))).rounded() >= pow(10, Double(digits + 1)) {
      exponent += 1
      mantissa /= 10
    }
    let text = trimmed(fixed(mantissa, decimals: max(0, digits)))
    if text == "1" { return power(10, exponent) }
    if text == "−1" { return "−" + power(10, exponent) }
    return text + "×" + power(10, exponent)
  }

  /// The power of ten below a finite number other than 0.
  static func exponent(_ value: Double) -> Int { Int(floor(log10(abs(value)) + 1e-12)) }

  /// `value / 10^exponent`, also where that power is smaller than any number.
  static func mantissa(_ value: Double, _ exponent: Int) -> Double {
    exponent < -300 ? value * 1e300 / pow(10, Double(exponent + 300)) : value / pow(10, Double(exponent))
  }

  /// `10⁻⁴`
  package static func power(_ base: Int, _ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let raised = String(abs(exponent)).compactMap(\.wholeNumberValue).map { digits[$0] }
    return "\(base)" + (exponent < 0 ? "⁻" : "") + String(raised)
  }

  static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = Substring(text)
    while text.hasSuffix("0") { text = text.dropLast() }
    if text.hasSuffix(".") { text = text.dropLast() }
    return String(text)
  }
}
