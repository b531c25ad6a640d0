/// Why a figure cannot be drawn, and what to do about it.
public struct FigureError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was wrong and what was expected, as a sentence.
  public let message: String
  /// What to do next, as a sentence.
  public let advice: String

  public init(_ message: String, advice: String) {
    self.message = message
    self.advice = advice
  }

  public var description: String { "\(message) \(advice)" }
}
