/// Why a figure cannot be drawn, and what to do about it.
public struct FigureError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The message, a sentence: what was wrong and what was expected.
  public let message: String
  /// The advice, a sentence: what to do next.
  public let advice: String
  /// Points of width that the words need, where a figure has fewer.
  package let width: Double?

  public init(_ message: String, advice: String) { self.init(message, advice: advice, width: nil) }

  package init(_ message: String, advice: String, width: Double?) {
    self.message = message
    self.advice = advice
    self.width = width
  }

  public var description: String { "\(message) \(advice)" }
}
