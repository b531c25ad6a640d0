import Base
import Learning

/// Formatting of the measurements of a watched training.
enum Measured {
  /// "43.2 %", "−2.104".
  static func text(_ metric: Metric, _ value: Double) -> String {
    if metric.unit == .share { return Format.percent(value) }
    return Format.decimal(value, abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 3)
  }

  /// Spread or deviation below which outputs say next to nothing of their image: of a spread, the mean cosine of two is above 0.96.
  private static let leastSpread = 0.2

  /// "all outputs are alike: spread 0.012 of 1", where that was measured once training had begun. VICReg's outputs shrink in length and not
  /// in direction, so its lack of variance, 1 less the deviation of both views, is looked at too.
  static func collapse(_ metric: Metric, _ value: Double, epoch: Int) -> String? {
    guard epoch > 0 else { return nil }
    switch metric {
    case .spread where value < leastSpread: return "all outputs are alike: spread \(text(metric, value)) of 1"
    case .variance where 1 - value / 2 < leastSpread:
      return "all outputs are alike: they deviate by \(text(metric, max(0, 1 - value / 2))) of 1"
    default: return nil
    }
  }

  static func collapse(in history: History) -> String? {
    let spread = history.measurements.last.flatMap { measurement in
      measurement[.spread].flatMap { collapse(.spread, $0, epoch: measurement.epoch) }
    }
    let lack = history.perEpoch(.variance)?.last
    return spread ?? lack.flatMap { collapse(.variance, $0, epoch: history.epochs.count) }
  }
}
