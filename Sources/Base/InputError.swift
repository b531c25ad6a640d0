import Glibc

/// Error of every module for unusable input, and for problems outside the program, such as a port that is taken: what is
/// wrong, and what to do about it.
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

extension InputError {
  /// The system's message about a file, as an error for the user who named it.
  public init(cannot verb: String, _ path: String, _ error: SystemError) {
    let advice =
      switch error.code {
      case ENOENT: verb == "read" ? "Look at the name and the folder again." : "Make its folder first."
      case EACCES, EPERM, EROFS: "Choose a folder and a file that are yours."
      case ENOSPC, EDQUOT: "Free some space on the disk, or choose another one."
      case EISDIR: "Name a file, not a folder."
      case EFBIG: "Name a smaller file."
      default: "Name another file."
      }
    self.init("Cannot \(verb) \(path): \(error.reason).", option: "path", advice: advice)
  }
}
