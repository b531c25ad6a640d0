import Glibc

/// A scale fitted to data and laid along a stretch of the page.
package struct Axis: Sendable {
  package enum Form: Sendable, Equatable {
    case linear
    case log(base: Int)
    case band([String])
  }

  package let form: Form
  package let low: Double
  package let high: Double
  /// Positions of `low` and `high` on the page.
  package var start = 0.0
  package var end = 1.0

  package init(form: Form, low: Double, high: Double) {
    self.form = form
    self.low = low
    self.high = high
  }

  package var categories: [String]? { if case .band(let names) = form { names } else { nil } }

  /// The page coordinate of a value; of a category's middle, by its index, on a band scale.
  package func callAsFunction(_ value: Double) -> Double {
    let share: Double
    switch form {
    case .linear:
      // Halves first: the span of ±1e300 must not overflow.
      share = (value / 2 - low / 2) / (high / 2 - low / 2)
    case .log:
      share = (log2(value) - log2(low)) / (log2(high) - log2(low))
    case .band(let names):
      share = (value + 0.5) / Double(max(1, names.count))
    }
    // Far outside the page is outside the page; Cairo's coordinates are 24 bits wide.
    return min(1e5, max(-1e5, start + share * (end - start)))
  }

  /// Width of one band on the page.
  package var bandWidth: Double { abs(end - start) / Double(max(1, categories?.count ?? 1)) }

  /// Ticks of an axis of numbers; an axis of names has none.
  package func ticks(count: Int, format: NumberFormat, whole: Bool = false, atLeastTwo: Bool = true) -> Ticks
  {
    switch form {
    case .linear:
      Ticks.linear(
        low: low, high: high, count: count, format: format, whole: whole, atLeastTwo: atLeastTwo)
    case .log(let base): Ticks.log(low: low, high: high, base: base, count: count, format: format)
    case .band: Ticks([], Notation(.given, format))
    }
  }

  /// Fits a linear or log axis to data.
  /// - Parameters:
  ///   - padLow, padHigh: shares of the span left free at the two ends.
  ///   - precision: share of the numbers below which differences are rounding; such data lies flat in the middle.
  package static func fitted(
    _ scale: Scale, to extent: Extent, padLow: Double, padHigh: Double, precision: Double = Figure.exact,
    named name: String
  ) throws -> Axis {
    if let domain = scale.domain {
      guard scale.accepts(domain.lowerBound), scale.accepts(domain.upperBound),
        domain.lowerBound < domain.upperBound
      else {
        throw FigureError.axis(name, domain, isLogarithmic: scale.isLog)
      }
    }
    if case .log(let base) = scale.kind {
      return logarithmic(scale, base, extent, (padLow, padHigh), precision)
    }
    var (low, high) = (extent.low, extent.high)
    if scale.includesZero { (low, high) = (min(low, 0), max(high, 0)) }
    if let domain = scale.domain {
      return Axis(form: .linear, low: domain.lowerBound, high: domain.upperBound)
    }
    // Closer together than numbers of this size can tell apart: show them in the middle of a round stretch.
    if Extent(low: low, high: high).isFlat(precision) {
      let room = low == 0 ? 1 : abs(low) * 0.1
      return Axis(form: .linear, low: low - (padLow > 0 ? room : 0), high: high + room)
    }
    let span = high - low
    let paddedLow = low - span * padLow
    let paddedHigh = high + span * padHigh
    // Padding never invents negative values for data that has none.
    low = low >= 0 && paddedLow < 0 ? 0 : paddedLow
    high = high <= 0 && paddedHigh > 0 ? 0 : paddedHigh
    return Axis(form: .linear, low: low, high: high)
  }

  private static func logarithmic(
    _ scale: Scale, _ base: Int, _ extent: Extent, _ pad: (low: Double, high: Double), _ precision: Double
  ) -> Axis {
    let base = base < 2 ? 10 : base
    if let domain = scale.domain {
      return Axis(form: .log(base: base), low: domain.lowerBound, high: domain.upperBound)
    }
    var low = log2(max(extent.low, Scale.reach.least))
    var high = log2(max(extent.high, Scale.reach.least))
    let span = high - low
    if span <= max(1e-9, 2 * precision) {
      (low, high) = (low - 1, high + 1)
    } else {
      (low, high) = (low - span * pad.low, high + span * pad.high)
    }
    return Axis(form: .log(base: base), low: pow(2, max(-1000, low)), high: pow(2, min(1000, high)))
  }
}
