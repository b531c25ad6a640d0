import Glibc

/// Learning rate as a function of the step.
public struct Schedule: Sendable, Equatable {
  public enum Shape: String, CaseIterable, Sendable, Codable {
    /// The peak throughout.
    case constant
    /// A fall from the peak to 0 along half a cosine (Loshchilov and Hutter, 2017).
    case cosine
    /// The peak, a tenth of it from 60 % of the steps on, and a hundredth from 80 % on: the steps at epochs 60 and 80 of 100 by which
    /// solo-learn evaluates.
    case steps
  }

  public var shape: Shape
  /// The share of all steps, from 0 to 1, over which the rate first rises linearly from 0 to the peak.
  public var warmUp: Double

  public init(_ shape: Shape, warmUp: Double = 0) {
    self.shape = shape
    self.warmUp = warmUp.isFinite ? min(max(0, warmUp), 1) : 0
  }

  public static let constant = Schedule(.constant)
  public static let cosine = Schedule(.cosine)
  public static func cosine(warmUp: Double) -> Schedule { Schedule(.cosine, warmUp: warmUp) }

  /// `(1 + cos(πk/K))/2` at step k of K: from 1 to 0.
  public static func fall(_ step: Int, of count: Int) -> Double {
    0.5 * (1 + cos(.pi * min(1, Double(step) / Double(max(1, count)))))
  }

  /// The rate of step `step` (from 0) of `count`.
  ///
  /// The first step of a warm-up already moves: step k of w has (k + 1)/w of the peak.
  public func rate(step: Int, of count: Int, peak: Float) -> Float {
    let rising = (warmUp * Double(count)).rounded()
    if rising > 0 && Double(step) < rising { return Float(Double(peak) * Double(step + 1) / rising) }
    switch shape {
    case .constant: return peak
    case .cosine:
      let share = (Double(step) - rising) / max(1, Double(count) - rising)
      return Float(Double(peak) * 0.5 * (1 + cos(.pi * min(max(0, share), 1))))
    case .steps:
      // In whole numbers, so that a share of the steps that is whole is met.
      return 10 * step < 6 * count ? peak : 10 * step < 8 * count ? 0.1 * peak : 0.01 * peak
    }
  }
}
