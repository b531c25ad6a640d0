import Base
import Learning

/// Formatting of the measurements of a watched training.
enum Measured {
  /// "43.2 %", "−2.104".
  static func text(_ metric: Metric, _ value: Double) -> String {
    if metric.unit == .share { return Format.percent(value) }
    return Format.decimal(value, abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 3)
  }

  /// Spread below which outputs say next to nothing of their image: the mean cosine of two is above 0.96.
  private static let leastSpread = 0.2

  /// "all outputs are alike: spread 0.012 of 1", where that was measured once training had begun.
  static func collapse(_ metric: Metric, _ value: Double, epoch: Int) -> String? {
    guard metric == .spread, value < leastSpread, epoch > 0 else { return nil }
    return "all outputs are alike: spread \(text(metric, value)) of 1"
  }

  static func collapse(in history: History) -> String? {
    history.measurements.last.flatMap { measurement in
      measurement[.spread].flatMap { collapse(.spread, $0, epoch: measurement.epoch) }
    }
  }
}
