/// Why a figure cannot be drawn, and what to do about it.
public struct FigureError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The message, a sentence: what was wrong and what was expected.
  public let message: String
  /// The advice, a sentence: what to do next.
  public let advice: String

  public init(_ message: String, advice: String) {
    self.message = message
    self.advice = advice
  }

  public var description: String { "\(message) \(advice)" }
}
