/// A measurement of a training or a model: declared once, for whoever shows, keeps or plots it.
public struct Metric: Sendable, Hashable {
  public enum Unit: Sendable {
    /// A share of 1, which reads as per cent.
    case share
    /// A natural logarithm of a likelihood.
    case nats
    case number
  }

  public enum Direction: Sendable { case lower, higher }

  /// Name in cells, columns and files: "positives_top1".
  public let name: String
  /// Name in headings: "positives top-1".
  public let title: String
  public let unit: Unit
  /// Direction that is better; nil if neither is.
  public let better: Direction?

  public init(_ name: String, title: String? = nil, unit: Unit = .number, better: Direction? = nil) {
    (self.name, self.title) = (name, title ?? name.replacing("_", with: " "))
    (self.unit, self.better) = (unit, better)
  }
}

/// A number that was measured.
public struct Reading: Sendable, Equatable {
  public let metric: Metric
  public let value: Double
  /// Chance level to compare values with, if known.
  public let chance: Double?

  public init(_ metric: Metric, _ value: Double, chance: Double? = nil) {
    (self.metric, self.value, self.chance) = (metric, value, chance)
  }
}
