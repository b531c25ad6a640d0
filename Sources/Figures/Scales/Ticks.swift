import Glibc

/// A labelled place on an axis. An empty label is a tick without text.
package struct Tick: Sendable, Equatable {
  package var value: Double
  package var label: String
}

/// Round values along an axis, and how its numbers are written.
package struct Ticks: Sendable {
  package var ticks: [Tick]
  package var notation: Notation

  init(_ values: [Double], _ notation: Notation) {
    ticks = values.map { Tick(value: $0, label: notation.text($0)) }
    self.notation = notation
  }

  /// The smallest step of 1, 2 or 5 times a power of ten that makes no more than `count` intervals.
  package static func step(low: Double, high: Double, count: Int) -> Double {
    let span = high - low
    guard span > 0, span.isFinite else { return 1 }
    let rough = span / Double(max(1, count))
    let exponent = floor(log10(rough))
    let power = pow(10, exponent)
    for candidate in [1.0, 2, 5, 10] where candidate * power >= rough * (1 - 1e-9) {
      return candidate * power
    }
    return 10 * power
  }

  /// Values and labels inside `low…high`, at most `count + 1` of them.
  /// - Parameter whole: whether only whole numbers mean something, such as epochs and counts.
  package static func linear(
    low: Double, high: Double, count: Int, format: NumberFormat, whole: Bool = false, atLeastTwo: Bool = true
  ) -> Ticks {
    func places(_ count: Int) -> (step: Double, first: Double, last: Double) {
      var step = Ticks.step(low: low, high: high, count: count)
      if whole { step = max(1, step) }
      // Of numbers much larger than a step, rounding alone is more of it.
      let slack = max(1e-9, min(0.01, max(abs(low), abs(high)) / step * 4e-16))
      return (step, (low / step - slack).rounded(.up), (high / step + slack).rounded(.down))
    }
    // One number alone gives no measure: where there is room for two, there are two.
    let (step, first, last) =
      (count < 2 || !atLeastTwo ? count...count : count...count + 3).lazy.map(places).first {
        $0.first < $0.last
      }
      ?? places(count)
    guard last >= first, last - first <= 100, abs(first) < 1e15 else { return ends(low, high, format) }
    // Within rounding of an end is at the end.
    let values = (0...Int(last - first)).map { min(high, max(low, (first + Double($0)) * step)) }
    return Ticks(values, Notation(first: first, last: last, step: step, format: format))
  }

  private static func ends(_ low: Double, _ high: Double, _ format: NumberFormat) -> Ticks {
    let given = Ticks([low, high], Notation(.given, format))
    if given.ticks[0].label != given.ticks[1].label { return given }
    let long = Ticks(
      [low, high], Notation(.given, NumberFormat(decimals: 12, suffix: format.suffix, factor: format.factor)))
    return long.ticks[0].label != long.ticks[1].label ? long : Ticks([low], Notation(.given, format))
  }

  /// Ticks at powers of `base`, of 10 with unnamed ones between; within less than one power, as on a linear
  /// axis.
  package static func log(low: Double, high: Double, base: Int, count: Int, format: NumberFormat) -> Ticks {
    let scale = log2(Double(base))
    let first = Int((log2(low) / scale - 1e-9).rounded(.up))
    let last = Int((log2(high) / scale + 1e-9).rounded(.down))
    let powers = last - first + 1
    guard powers >= 2 else {
      var wide = linear(low: low, high: high, count: max(3, count), format: format)
      wide.ticks.removeAll { $0.value <= 0 }
      return wide.ticks.isEmpty ? ends(low, high, format) : wide
    }
    let stride = max(1, Int((Double(powers) / Double(max(2, count + 1))).rounded(.up)))
    var values: [Double] = []
    // Every third power counted from 1 rather than from the lower end: 10⁰ and 10³ are what one looks for.
    let aligned = (first...last).first { $0 % stride == 0 } ?? first
    let start = aligned + stride <= last ? aligned : first
    for exponent in start...last where (exponent - start) % stride == 0 {
      values.append(pow(Double(base), Double(exponent)))
    }
    var minor: [Double] = []
    if base == 10, stride == 1, powers <= 8 {
      let inside = ((first - 1)...last).flatMap { exponent in
        (2...9).map { (digit: $0, value: Double($0) * pow(10, Double(exponent))) }
      }.filter { $0.value >= low && $0.value <= high }
      // Within one or two decades, 2 and 5 need their numbers too.
      let isNamed = { (digit: Int) in powers == 2 && count >= 5 && (digit == 2 || digit == 5) }
      values += inside.filter { isNamed($0.digit) }.map(\.value)
      minor = inside.filter { !isNamed($0.digit) }.map(\.value)
      values.sort()
    }
    values = values.map { min(high, max(low, $0)) }
    var out = Ticks(values, notation(values, base: base, format))
    out.ticks += minor.map { Tick(value: $0, label: "") }
    return out
  }

  /// Plain decimal notation if all numbers have a suitable size, otherwise powers of ten.
  private static func notation(_ values: [Double], base: Int, _ format: NumberFormat) -> Notation {
    let scaled = values.map { $0 * format.factor }
    if scaled.allSatisfy({ $0 >= 0.00999 && $0 <= (base == 2 ? 524_288.0 : 100_001) }) {
      return Notation(.given, format)
    }
    return Notation(base == 2 && format.factor == 1 ? .powersOfTwo : .powers, format)
  }
}
