/// Mapping of values to places along an axis.
public struct Scale: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// The kind that the marks ask for: bands for bars, otherwise linear.
    case automatic
    case linear
    /// Equal ratios are equally far apart. Base 2 or 10 says where the ticks are.
    case log(base: Int)
    /// One band for each category.
    case band
  }

  public var kind: Kind
  /// The values at the two ends; `nil` fits the data.
  public var domain: ClosedRange<Double>?
  /// Whether zero must be seen, whatever the data.
  public var includesZero: Bool

  public init(_ kind: Kind = .automatic, domain: ClosedRange<Double>? = nil, includesZero: Bool = false) {
    self.kind = kind
    self.domain = domain
    self.includesZero = includesZero
  }

  public static let automatic = Scale()
  public static let linear = Scale(.linear)
  public static let log = Scale(.log(base: 10))
  /// The scale for batch sizes and the like: ticks at powers of two.
  public static let log2 = Scale(.log(base: 2))
  public static let band = Scale(.band)

  public static func linear(_ domain: ClosedRange<Double>) -> Scale { Scale(.linear, domain: domain) }
  public static func log(_ domain: ClosedRange<Double>) -> Scale { Scale(.log(base: 10), domain: domain) }

  /// The scale with ends that hold all of `values` and leave a share of `room` beyond them, for figures side by side that
  /// are to be compared; as it is where no value has a place on it.
  public func shared(by values: [Double], room: Double = 0.05) -> Scale {
    guard let extent = Extent(values.lazy.filter(accepts)),
      let axis = try? Axis.fitted(self, to: extent, padLow: room, padHigh: room, named: "shared")
    else { return self }
    var scale = self
    let (least, most) = (isLog ? Scale.reach.least : -Scale.reach.most, Scale.reach.most)
    scale.domain = max(least, axis.low)...min(most, axis.high)
    return scale
  }

  package var isLog: Bool { if case .log = kind { true } else { false } }

  /// Range of absolute values: beyond 1e300 arithmetic on axes would overflow, below 1e-300 numbers lose digits.
  package static let reach = (least: 1e-300, most: 1e300)

  /// Whether a value has a place on this scale.
  package func accepts(_ value: Double) -> Bool {
    value.isFinite && abs(value) <= Scale.reach.most && (!isLog || value >= Scale.reach.least)
  }
}

/// The reach of some values along one axis.
package struct Extent: Sendable, Equatable {
  package var low: Double
  package var high: Double

  package init?(_ values: some Sequence<Double>) {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return nil }
    self.low = low
    self.high = high
  }

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// Whether all values are equal up to rounding, with `precision` as a share of their size.
  package func isFlat(_ precision: Double) -> Bool {
    high / 2 - low / 2 <= max(abs(low), abs(high)) / 2 * precision
  }

  package static func union(_ a: Extent?, _ b: Extent?) -> Extent? {
    guard let a else { return b }
    guard let b else { return a }
    return Extent(low: min(a.low, b.low), high: max(a.high, b.high))
  }
}
