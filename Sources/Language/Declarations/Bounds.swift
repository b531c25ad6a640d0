import Base

/// The numbers that a parameter takes.
public struct Bounds: Equatable, Sendable {
  public var lower: Double?
  public var upper: Double?
  /// The ends themselves are left out.
  public var isLowerOpen = false
  public var isUpperOpen = false

  public init(
    lower: Double? = nil, upper: Double? = nil, isLowerOpen: Bool = false, isUpperOpen: Bool = false
  ) {
    self.lower = lower
    self.upper = upper
    self.isLowerOpen = isLowerOpen
    self.isUpperOpen = isUpperOpen
  }

  /// The bounds of a declaration, or nil if it has none.
  init?(_ bounds: (any BoundsExpression)?, above: Double?, below: Double?) {
    guard bounds != nil || above != nil || below != nil else { return nil }
    self = bounds?.bounds ?? Bounds()
    if let above {
      lower = above
      isLowerOpen = true
    }
    if let below {
      upper = below
      isUpperOpen = true
    }
  }

  public func contains(_ value: Double) -> Bool {
    if let lower, isLowerOpen ? !(value > lower) : !(value >= lower) { return false }
    if let upper, isUpperOpen ? !(value < upper) : !(value <= upper) { return false }
    return true
  }

  /// "from 1 to 10,000", "above 0", "at least 1 and below 2".
  public var summary: String {
    switch (lower, upper) {
    case (let lower?, let upper?):
      if !isLowerOpen, !isUpperOpen { return "from \(text(lower)) to \(text(upper))" }
      return "\(from(lower)) and \(to(upper))"
    case (let lower?, nil): return from(lower)
    case (nil, let upper?): return to(upper)
    case (nil, nil): return ""
    }
  }

  private func from(_ lower: Double) -> String { (isLowerOpen ? "above " : "at least ") + text(lower) }
  private func to(_ upper: Double) -> String { (isUpperOpen ? "below " : "at most ") + text(upper) }

  private func text(_ value: Double) -> String {
    if let whole = Int(exactly: value) { return grouped(whole) }
    return NumberText.exact(value)
  }

  /// The first number outside, in a number or the numbers of a list, with the positions that lead to it.
  func firstOutside(_ value: any Value) -> (number: Double, path: [Int])? {
    if let number = value as? Number { return contains(number.value) ? nil : (number.value, []) }
    guard let list = value as? List else { return nil }
    for (index, element) in list.values.enumerated() {
      if let (number, path) = firstOutside(element) { return (number, [index] + path) }
    }
    return nil
  }
}

/// Ranges that `in:` takes: `1...10_000`, `0.0..<1`, `1...`, `...1`.
public protocol BoundsExpression {
  var bounds: Bounds { get }
}

/// The numbers that bounds are written in.
public protocol BoundNumber: Comparable {
  var asDouble: Double { get }
}

extension Int: BoundNumber { public var asDouble: Double { Double(self) } }
extension Double: BoundNumber { public var asDouble: Double { self } }

extension ClosedRange: BoundsExpression where Bound: BoundNumber {
  public var bounds: Bounds { Bounds(lower: lowerBound.asDouble, upper: upperBound.asDouble) }
}

extension Range: BoundsExpression where Bound: BoundNumber {
  public var bounds: Bounds {
    Bounds(lower: lowerBound.asDouble, upper: upperBound.asDouble, isUpperOpen: true)
  }
}

extension PartialRangeFrom: BoundsExpression where Bound: BoundNumber {
  public var bounds: Bounds { Bounds(lower: lowerBound.asDouble) }
}

extension PartialRangeThrough: BoundsExpression where Bound: BoundNumber {
  public var bounds: Bounds { Bounds(upper: upperBound.asDouble) }
}

extension PartialRangeUpTo: BoundsExpression where Bound: BoundNumber {
  public var bounds: Bounds { Bounds(upper: upperBound.asDouble, isUpperOpen: true) }
}
