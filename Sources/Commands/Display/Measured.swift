import Base

/// Formatting of the measurements of a watched training.
enum Measured {
  /// "43.2 %", "−2.104".
  static func text(_ metric: Metric, _ value: Double) -> String {
    if metric.unit == .share { return Format.percent(value) }
    return Format.decimal(value, abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 3)
  }
}
