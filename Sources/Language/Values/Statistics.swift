/// A sum without rounding on the way, as an expansion: numbers of which none overlaps another, whose sum is exact
/// (Shewchuk 1997, as in Python's `math.fsum`).
struct ExactSum {
  /// The parts from the smallest to the largest.
  private var parts: [Double] = []
  /// The sum of the values that are infinite or NaN.
  private var special: Double?

  mutating func add(_ value: Double) {
    guard value.isFinite else {
      special = (special ?? 0) + value
      return
    }
    var (kept, value) = (0, value)
    for place in parts.indices {
      let other = parts[place]
      let (large, small) = abs(value) < abs(other) ? (other, value) : (value, other)
      value = large + small
      let lost = small - (value - large)
      if lost != 0 {
        parts[kept] = lost
        kept += 1
      }
    }
    parts.removeSubrange(kept...)
    parts.append(value)
  }

  /// Adds `count · value`, without rounding the product.
  mutating func add(_ count: Double, times value: Double) {
    let product = count * value
    add(product)
    add((-product).addingProduct(count, value))
  }

  /// The nearest number to the sum.
  var value: Double {
    if let special { return special }
    var rest = parts
    guard var sum = rest.popLast() else { return 0 }
    while let next = rest.popLast() {
      let before = sum
      sum = before + next
      let lost = next - (sum - before)
      guard lost != 0 else { continue }
      // Half a unit was lost: the next part decides to which side it is rounded.
      if let below = rest.last, (below < 0) == (lost < 0) {
        let other = sum + 2 * lost
        if 2 * lost == other - sum { sum = other }
      }
      break
    }
    return sum
  }
}

extension Sequence<Double> {
  /// The sum as if nothing was rounded before its end, whatever the order.
  public var exactSum: Double {
    var sum = ExactSum()
    for value in self { sum.add(value) }
    return sum.value
  }
}

/// Count, mean and standard deviation of the finite values: equal values have their value as the mean and a standard deviation of 0.
public struct Spread: Sendable, Equatable {
  public let count: Int
  /// The mean, NaN without values.
  public let mean: Double
  /// The sum of squared distances from the mean is this times `unit` squared, so that no square is too large or too small.
  private let squares: Double
  private let unit: Double

  public init(_ values: some Sequence<Double>) {
    let all = values.filter(\.isFinite)
    count = all.count
    let largest = all.lazy.map { abs($0) }.max() ?? 0
    // Numbers near the end of their range are taken smaller meanwhile: their sum may lie beyond it.
    let shrink = largest > 1e290 ? 0x1p-64 : 1
    let known = shrink == 1 ? all : all.map { $0 * shrink }
    let number = Double(count)
    let first = known.exactSum / number
    // What the division rounded away: exact where the values are alike.
    var rest = ExactSum()
    for value in known { rest.add(value) }
    rest.add(-number, times: first)
    let mean = count > 0 ? first + rest.value / number : .nan
    let away = known.lazy.map { abs($0 - mean) }.max() ?? 0
    let unit = away > 0 && away.isNormal ? Double(sign: .plus, exponent: away.exponent, significand: 1) : 1
    squares = known.lazy.map { ($0 - mean) / unit }.map { $0 * $0 }.exactSum
    self.unit = unit / shrink
    self.mean = mean / shrink
  }

  /// One standard deviation, as estimated from a sample (divided by n − 1); nil for fewer than two values.
  public var deviation: Double? { count > 1 ? (squares / Double(count - 1)).squareRoot() * unit : nil }

  /// The standard deviation of the values themselves (divided by n); nil where there are none.
  public var deviationOfAll: Double? { count > 0 ? (squares / Double(count)).squareRoot() * unit : nil }
}
