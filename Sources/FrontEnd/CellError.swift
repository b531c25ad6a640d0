/// Error that ended a cell or an expression.
public struct CellError: Error, Sendable, Equatable {
  /// Kind of error, as Jupyter shows it: "UnknownWord", "BadValue".
  public var name: String
  /// The fault and what was expected, in one line.
  public var message: String
  /// Advice on the next input.
  public var advice: String?
  /// Place in the cell: line from 1, and column from 1 in code points.
  public var line: Int?
  public var column: Int?
  /// Message, the line with carets under the place, and advice.
  public var plainText: String
  /// Lines that a client shows; may contain ANSI colours.
  public var traceback: [String]
  /// Whether the user stopped the cell.
  public var isInterrupt = false

  /// Text and traceback default to name and message.
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
