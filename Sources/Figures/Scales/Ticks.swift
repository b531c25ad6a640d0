import Glibc

/// A labelled place on an axis. An empty label is a tick without text.
package struct Tick: Sendable, Equatable {
  package var value: Double
  package var label: String
}

/// Round values along an axis.
package enum Ticks {
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
  package static func linear(low: Double, high: Double, count: Int, format: NumberFormat) -> [Tick] {
    let step = step(low: low, high: high, count: count)
    let slack = 1e-9
    let first = (low / step - slack).rounded(.up)
    let last = (high / step + slack).rounded(.down)
    guard last >= first, last - first <= 100, abs(first) < 1e15 else { return ends(low, high, format) }
    let values = (0...Int(last - first)).map { (first + Double($0)) * step }
    return zip(values, labels(values, step: step, format: format)).map { Tick(value: $0, label: $1) }
  }

  package static func labels(_ values: [Double], step: Double, format: NumberFormat) -> [String] {
    if format.decimals != nil { return values.map(format.text) }
    let step = step * abs(format.factor)
    let largest = values.map { abs($0 * format.factor) }.max() ?? 0
    let decimals = max(0, -Int(floor(log10(step) + 1e-9)))
    if largest >= 1e6 || (largest > 0 && step < 1e-4) {
      let exponent = Int(floor(log10(largest) + 1e-9))
      let digits = max(0, exponent - Int(floor(log10(step) + 1e-9)))
      guard digits <= 6 else { return values.map { format.text($0) } }
      // One power of ten for the whole axis, so that labels compare at a glance.
      return values.map { value in
        guard value != 0 else { return "0" + format.suffix }
        let mantissa = Numbers.fixed(value * format.factor / pow(10, Double(exponent)), decimals: digits)
        return (mantissa == "1" ? "" : mantissa == "−1" ? "−" : mantissa + "×") + Numbers.power(10, exponent)
          + format.suffix
      }
    }
    return values.map { Numbers.fixed($0 * format.factor, decimals: decimals) + format.suffix }
  }

  private static func ends(_ low: Double, _ high: Double, _ format: NumberFormat) -> [Tick] {
    (low == high ? [low] : [low, high]).map { Tick(value: $0, label: format.text($0)) }
  }

  /// Ticks at powers of `base`, of 10 with unnamed ones between; within less than one power, as on a linear
  /// axis.
  package static func log(low: Double, high: Double, base: Int, count: Int, format: NumberFormat) -> [Tick] {
    let scale = log2(Double(base))
    let first = Int((log2(low) / scale - 1e-9).rounded(.up))
    let last = Int((log2(high) / scale + 1e-9).rounded(.down))
    let powers = last - first + 1
    guard powers >= 2 else {
      let wide = linear(low: low, high: high, count: max(3, count), format: format).filter { $0.value > 0 }
      return wide.isEmpty ? ends(low, high, format) : wide
    }
    let stride = max(1, Int((Double(powers) / Double(max(2, count + 1))).rounded(.up)))
    var values: [Double] = []
    for exponent in first...last where (exponent - first) % stride == 0 {
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
    let isPlain = values.allSatisfy { $0 * format.factor >= 0.00999 && $0 * format.factor <= 100_001 }
    let named = values.map { value in
      if isPlain || base != 10 { return Tick(value: value, label: format.text(value)) }
      let exponent = Int(floor(log10(value) + 1e-9))
      let mantissa = (value / pow(10, Double(exponent))).rounded()
      let text = mantissa == 1 ? "" : "\(Int(mantissa))×"
      return Tick(value: value, label: text + Numbers.power(10, exponent) + format.suffix)
    }
    return named + minor.map { Tick(value: $0, label: "") }
  }
}
