/// An error in words for the user, for unusable input and for problems outside the program, such as a port that is taken: what
/// is wrong, and what to do about it.
public struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
  public let message: String
  public let advice: String?
  /// The option whose value is at fault, where one is.
  public let option: String?

  public init(_ message: String, option: String? = nil, advice: String? = nil) {
    self.message = message
    self.option = option
    self.advice = advice
  }

  public var description: String { advice.map { "\(message)\n\($0)" } ?? message }
}
