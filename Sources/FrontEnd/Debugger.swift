/// Interface by which a front end lets a person step through cells. Called from the thread that answers
/// requests, also while a cell runs or is halted; quick.
///
/// Cells that begin while it is attached halt at breakpoints by `Console.halt`, on their own thread.
public protocol Debugger: AnyObject, Sendable {
  /// Makes cells that begin from now on look at breakpoints.
  func attach()

  /// Forgets breakpoints, and lets all cells run on.
  func detach()

  /// Replaces the breakpoints of a source. Lines count from 1.
  /// Returns: for each, the line at which a cell will halt; nil where no statement is left.
  func setBreakpoints(_ lines: [Int], in source: DebugSource) -> [Int?]

  /// Whether cells halt where an error arises.
  func haltAtErrors(_ halts: Bool)

  /// Asks running cells to halt at their next statement.
  func pause()

  /// The values that have names, whether or not a cell runs.
  var globals: [DebugVariable] { get }

  /// The text of a file that statements come from.
  func text(of source: DebugSource) -> String?
}

/// The text that statements come from.
public enum DebugSource: Hashable, Sendable {
  /// The whole text of a cell.
  case cell(String)
  /// The path of a file of definitions.
  case file(String)
}

/// A cell that is held before a statement.
public struct Halt: Sendable {
  /// Reason, in the words of the Debug Adapter Protocol.
  public enum Reason: String, Sendable { case breakpoint, step, pause, exception }

  public let reason: Reason
  /// The error, where that is the reason.
  public let message: String?
  /// Activities within one another, the innermost first; never empty.
  public let frames: [DebugFrame]

  public init(_ reason: Reason, message: String? = nil, frames: [DebugFrame]) {
    (self.reason, self.message, self.frames) = (reason, message, frames)
  }
}

/// Order to a cell that is held.
public enum HaltOrder: Sendable {
  case resume
  /// To the next statement, past what it calls; into what it calls; out of what called it.
  case stepOver, stepIn, stepOut
  /// Ends as if it had been interrupted.
  case end
}

/// A cell, definition or command at work, with the statement that it has come to.
public struct DebugFrame: Sendable {
  public let name: String
  public let source: DebugSource
  /// Line and column of the statement, from 1.
  public let line: Int
  public let column: Int
  public let scopes: [DebugScope]

  public init(name: String, source: DebugSource, line: Int, column: Int, scopes: [DebugScope]) {
    (self.name, self.source, self.scopes) = (name, source, scopes)
    (self.line, self.column) = (line, column)
  }
}

/// Names that are seen together.
public struct DebugScope: Sendable {
  public let name: String
  public let variables: @Sendable () -> [DebugVariable]

  public init(_ name: String, variables: @escaping @Sendable () -> [DebugVariable]) {
    (self.name, self.variables) = (name, variables)
  }
}

/// A named value, or a part of one.
public struct DebugVariable: Sendable {
  public let name: String
  /// The value in one line.
  public let summary: String
  public let type: String
  /// Parts of the value, found when they are asked for; nil if it has none.
  public let children: (@Sendable () -> [DebugVariable])?
  /// The value as a cell would show it.
  public let rich: @Sendable () -> Rich
  /// Gives the value a name in the session, which the next cells see. Returns why it cannot, or nil.
  public let assign: @Sendable (_ name: String) -> String?

  public init(
    name: String, summary: String, type: String, children: (@Sendable () -> [DebugVariable])?,
    rich: @escaping @Sendable () -> Rich, assign: @escaping @Sendable (String) -> String?
  ) {
    (self.name, self.summary, self.type) = (name, summary, type)
    (self.children, self.rich, self.assign) = (children, rich, assign)
  }
}
