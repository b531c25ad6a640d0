import Base

/// Interface of a language to front ends: text goes in, outputs and an outcome come out.
///
/// `execute`, `comm`, `code` and `value` are called on one long-lived thread, one at a time. Everything else may be called from
/// another thread at any moment, also while a cell runs: implementations must be thread-safe there, and quick.
public protocol Backend: AnyObject, Sendable {
  var info: LanguageInfo { get }

  /// Runs one cell, on a thread with a large stack. Returns requests to the front end. An interrupted cell throws an error
  /// that says so (`isInterrupt`).
  func execute(_ code: String, console: any Console & Sendable) throws(CellError) -> [Payload]

  /// Whether `makeSubshell` returns a backend.
  var hasSubshells: Bool { get }

  /// A second backend over the same named values, with a thread, an interrupt and outputs of its own, whose cells run
  /// beside those of this one. Nil, the default, if the language does not support that.
  func makeSubshell() -> (any Backend)?

  /// Debugger of the language; nil, the default, if it has none.
  var debugger: (any Debugger)? { get }

  /// Names of the targets that clients may open comms to; none by default.
  var commTargets: Set<String> { get }

  /// Handles a message of an open comm, or one that opens a comm to one of `commTargets`. Called like `execute`: on the
  /// same thread, in the order in which cells and messages came, and interrupted as a cell is. Its outputs belong to the
  /// message. By default it closes the comm.
  ///
  /// Messages wait while a cell runs. Waiting updates of one comm (data `{"method": "update", "state": {…}}`, without
  /// buffers) are merged into the last, so that a slider that is dragged does not lag.
  func comm(_ message: CommMessage, console: any Console & Sendable) throws(CellError)

  /// The cell that a message over a comm runs again, as when a slider moves; for the report of a crash. Called on the same
  /// thread, before `comm`. Nil, the default, if there is none.
  func code(behind message: CommMessage) -> String?

  /// The value of an expression. Called after `execute`, on the same thread.
  func value(of expression: String) throws(CellError) -> Rich

  /// Completions at `cursor`, counted in Unicode code points from the start of `code`.
  func complete(_ code: String, at cursor: Int) -> Completion

  /// Help on the word at `cursor` (Unicode code points); `detail` is 0, or 1 for more of it.
  func inspect(_ code: String, at cursor: Int, detail: Int) -> Rich?

  /// Whether `code` could be run as it stands; consoles ask when Return is typed.
  func completeness(of code: String) -> Completeness

  /// Asks the running cell to stop, by setting a flag; called only between `clearInterrupt` and the end of `execute`.
  func interrupt()

  /// Clears the flag before a new cell begins. Never called at the same time as `interrupt`, so that no interrupt is lost
  /// and none reaches a later cell.
  func clearInterrupt()

  /// Releases what outlives a process, at the end of the kernel. A cell that ignored `interrupt` may still be running.
  /// Does nothing by default.
  func shutdown()
}

extension Backend {
  public var hasSubshells: Bool { false }
  public func makeSubshell() -> (any Backend)? { nil }

  public var debugger: (any Debugger)? { nil }

  public var commTargets: Set<String> { [] }
  public func code(behind message: CommMessage) -> String? { nil }
  public func comm(_ message: CommMessage, console: any Console & Sendable) throws(CellError) {
    console.closeComm(message.id)
  }

  public func shutdown() {}
}

/// A request to the front end, sent with the reply to a cell.
public enum Payload: Sendable, Equatable {
  /// Show a page of help beside the notebook.
  case page(Rich)
  /// Put code into the next cell, or into this one.
  case setNextInput(String, replace: Bool = false)
}

public struct Completion: Sendable, Equatable {
  public struct Match: Sendable, Equatable {
    public var text: String
    /// Kind of the match, which decides its icon: "function", "keyword", "instance", …
    public var type: String
    /// Text shown in grey after the match; may be empty.
    public var signature: String

    public init(_ text: String, type: String = "", signature: String = "") {
      self.text = text
      self.type = type
      self.signature = signature
    }
  }

  public var matches: [Match]
  /// The code points that a match replaces.
  public var start: Int
  public var end: Int

  public init(matches: [Match], start: Int, end: Int) {
    self.matches = matches
    self.start = start
    self.end = end
  }
}

public enum Completeness: Sendable, Equatable {
  case complete
  /// The code continues on another line, which starts with `indent`.
  case incomplete(indent: String)
  case invalid
  case unknown
}

/// Description of a kernel and its language, for `kernel_info_reply`.
public struct LanguageInfo: Sendable {
  public var name: String
  public var version: String
  public var mimetype: String
  /// Ending of the names of files, with its dot.
  public var fileExtension: String
  public var pygmentsLexer: String
  /// A mode's name, or an object with `name` and `mime`.
  public var codemirrorMode: JSON
  public var implementation: String
  public var implementationVersion: String
  /// Text that consoles print when they start.
  public var banner: String
  /// Web pages with their titles, for the help menu.
  public var helpLinks: [(text: String, url: String)]

  public init(
    name: String, version: String, mimetype: String, fileExtension: String, pygmentsLexer: String,
    codemirrorMode: JSON, implementation: String, implementationVersion: String, banner: String,
    helpLinks: [(text: String, url: String)] = []
  ) {
    self.name = name
    self.version = version
    self.mimetype = mimetype
    self.fileExtension = fileExtension
    self.pygmentsLexer = pygmentsLexer
    self.codemirrorMode = codemirrorMode
    self.implementation = implementation
    self.implementationVersion = implementationVersion
    self.banner = banner
    self.helpLinks = helpLinks
  }

  /// `language_info` of the protocol and of notebook files.
  package var json: JSON {
    [
      "name": .string(name), "version": .string(version), "mimetype": .string(mimetype),
      "file_extension": .string(fileExtension), "pygments_lexer": .string(pygmentsLexer),
      "codemirror_mode": codemirrorMode,
    ]
  }
}
