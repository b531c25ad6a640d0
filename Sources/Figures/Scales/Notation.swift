import Base
import Glibc

/// One way to write all numbers along an axis: labels differ where values do, and compare at a glance.
package struct Notation: Sendable, Equatable {
  package enum Form: Sendable, Equatable {
    /// `0.25`, `1,000,001`.
    case plain(decimals: Int)
    /// One power of ten for the whole axis: `2.5×10⁶`.
    case power(exponent: Int, digits: Int)
    /// Numbers that differ far behind the point: one tick is the base, written out, and the others say how far they are
    /// from it: `5`, `+2×10⁻⁸`; where some lie below it and the base is short, each with the base, since a difference below it would
    /// read as a number below 0: `10⁹ − 3`.
    indirect case offset(base: Double, words: String, step: Double, isLowest: Bool, Form)
    /// Each with a power of its own, as along a logarithmic axis: `10⁻³`, `2×10⁻³`.
    case powers
    /// Powers of two by their exponent: `2²⁰`.
    case powersOfTwo
    /// The format of the figure, whatever the numbers.
    case given
  }

  package let form: Form
  package let format: NumberFormat

  package init(_ form: Form, _ format: NumberFormat) {
    self.form = form
    self.format = format
  }

  /// Notation for the multiples of `step` from `first` to `last`.
  package init(first: Double, last: Double, step: Double, format: NumberFormat) {
    self.format = format
    if let decimals = format.decimals, step * abs(format.factor) >= pow(10, -Double(decimals)) * 0.999 {
      form = .given
      return
    }
    form = Notation.form(first: first, last: last, step: step * format.factor)
  }

  /// - Parameters:
  ///   - first, last: the ends as multiples of `step`.
  private static func form(first: Double, last: Double, step: Double) -> Form {
    let largest = max(abs(first), abs(last)) * abs(step)
    guard largest > 0, step != 0, largest.isFinite else { return .plain(decimals: 0) }
    let (unit, size) = (Numbers.exponent(step), Numbers.exponent(largest))
    // Digits of the largest number down to the last one that differs, less one.
    let digits = max(0, size - unit)
    let decimals = max(0, -unit)
    if largest < 1e6, decimals <= 4 || (largest >= 1e-3 && decimals <= 7), digits < 8 {
      return .plain(decimals: decimals)
    }
    if largest >= 1e6, digits > 2, decimals == 0, largest < 1e9 { return .plain(decimals: 0) }
    if digits <= 3 { return .power(exponent: size, digits: digits) }
    let base = roundest(from: first, to: last)
    let away = form(first: first - base, last: last - base, step: step)
    let words = full(base * step, digits: digits, decimals: decimals)
    return .offset(base: base * step, words: words, step: abs(step), isLowest: base <= first, away)
  }

  /// The whole number between two that ends in the most zeros.
  private static func roundest(from first: Double, to last: Double) -> Double {
    var unit = 1.0
    var found = first
    while unit <= max(abs(first), abs(last)) {
      let next = (first / unit).rounded(.up) * unit
      if next > last { break }
      found = next
      unit *= 10
    }
    return found
  }

  private static func full(_ value: Double, digits: Int, decimals: Int) -> String {
    abs(value) < 1e9 && abs(value) >= 1e-3
      ? Numbers.trimmed(Numbers.fixed(value, decimals: decimals)) : Numbers.scientific(value, digits: digits)
  }

  /// A number in full, for a label that stands alone beside an axis of differences: no rounder than the axis, and `nil` where
  /// that takes more digits than one reads.
  private static func standing(_ value: Double, step: Double) -> String? {
    let decimals = max(0, -Numbers.exponent(step))
    guard abs(value) < 1e12, decimals <= 12, Numbers.exponent(value) + decimals < 13 else { return nil }
    let (text, finer) = (
      Numbers.fixed(value, decimals: decimals), Numbers.fixed(value, decimals: decimals + 1)
    )
    return finer.hasSuffix("0") ? text : finer
  }

  /// A number of the axis; with `finer`, one that stands between its ticks, with at least three digits; `isNarrow`
  /// keeps a long one in two parts, which can stand below each other.
  package func text(_ value: Double, finer: Bool = false, isNarrow: Bool = false) -> String {
    if form == .given { return format.text(value) }
    return written(value * format.factor, form, finer, isNarrow) + format.suffix
  }

  /// Whether the label of a tick is its whole value, not its difference from another.
  package func isWhole(_ value: Double) -> Bool {
    guard case .offset(let base, _, let step, _, _) = form else { return true }
    return abs(value * format.factor - base) <= step * 1e-3
  }

  private func written(_ value: Double, _ form: Form, _ finer: Bool, _ isNarrow: Bool = false) -> String {
    switch form {
    case .given: return format.text(value)
    case .plain(let decimals):
      guard finer, value != 0, abs(value) < 1e6 else { return Numbers.fixed(value, decimals: decimals) }
      return Numbers.fixed(value, decimals: max(decimals, min(decimals + 3, 2 - Numbers.exponent(value))))
    case .power(let exponent, let digits):
      guard value != 0 else { return "0" }
      let text = Numbers.fixed(Numbers.mantissa(value, exponent), decimals: finer ? max(2, digits) : digits)
      return (text == "1" ? "" : text == "−1" ? "−" : text + "×") + Numbers.power(10, exponent)
    case .offset(let base, let words, let step, let isLowest, let away):
      let distance = value - base
      if finer, !isNarrow, let whole = Notation.standing(value, step: step) { return whole }
      guard abs(distance) > step * 1e-3 else { return words }
      let far = written(distance, away, finer)
      // A label away from the axis cannot leave the base to it.
      return finer || (!isLowest && words.count <= 4 && format.suffix.isEmpty)
        ? words + (distance > 0 ? " + " : " − ") + far.drop { $0 == "−" } : (distance > 0 ? "+" : "") + far
    case .powers:
      return finer ? Numbers.short(value) : Numbers.scientific(value, digits: 1)
    case .powersOfTwo:
      let exponent = log2(value)
      return finer || abs(exponent - exponent.rounded()) > 1e-6
        ? Numbers.short(value) : Numbers.power(2, Int(exponent.rounded()))
    }
  }
}
