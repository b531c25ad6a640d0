/// Why a cell or an expression failed.
public struct CellError: Error, Sendable, Equatable {
  /// The sort of error, as Jupyter shows it: "UnknownWord", "BadValue".
  public var name: String
  /// What was wrong and what was expected, in one line.
  public var message: String
  /// What to type next.
  public var advice: String?
  /// Where in the cell, counted from 1, in code points.
  public var line: Int?
  public var column: Int?
  /// Message, the line with carets under the place, and advice.
  public var plainText: String
  /// The lines that a client shows; they may hold ANSI colours.
  public var traceback: [String]
  /// The person asked for it.
  public var isInterrupt = false

  /// The text and the traceback are made of name and message where they are not given.
  public init(name: String, message: String, plainText: String? = nil, traceback: [String]? = nil) {
    self.name = name
    self.message = message
    let line = "\(name): \(message)"
    self.plainText = plainText ?? line
    self.traceback = traceback ?? [line]
  }

  /// A cell that its user stopped.
  public static let interrupted = {
    var error = CellError(name: "Interrupted", message: "stopped at your request")
    error.isInterrupt = true
    return error
  }()
}
