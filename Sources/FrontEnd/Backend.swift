import Base

/// What front ends ask of a language: text goes in, outputs and an outcome come out.
///
/// `execute`, `comm`, `code` and `value` are called on one long-lived thread, one at a time. Everything else may be called from
/// another thread at any moment, also while a cell runs: implementations must be thread-safe there, and quick.
public protocol Backend: AnyObject, Sendable {
  var info: LanguageInfo { get }

  /// Runs one cell, on a thread with a large stack. Returns what the front end is asked to do then. An interrupted cell
  /// throws an error that says so (`isInterrupt`).
  func execute(_ code: String, console: any Console & Sendable) throws(CellError) -> [Payload]

  /// Whether `makeSubshell` gives something.
  var hasSubshells: Bool { get }

  /// Another backend over the same named values, with a thread, an interrupt and outputs of its own: its cells run
  /// while cells of this one do. Nil, as by default, where the language cannot do that.
  func makeSubshell() -> (any Backend)?

  /// What clients may open comms to, by name. None by default.
  var commTargets: Set<String> { get }

  /// Takes a message of an open comm, or one that opens a comm to one of `commTargets`. Called as `execute` is, on the
  /// same thread and in the order in which cells and messages came, and interrupted as a cell is. What it shows belongs
  /// to the message. By default it closes the comm.
  ///
  /// While a cell runs messages wait. Of the updates of one comm that wait together (data
  /// `{"method": "update", "state": {…}}`, without buffers) only the last comes, with all that they set: a slider that
  /// is dragged does not lag.
  func comm(_ message: CommMessage, console: any Console & Sendable) throws(CellError)

  /// The cell that a message over a comm makes run again, as one does that moves a slider; for the report of a crash. On
  /// the same thread, before `comm`. Nil, as by default, where there is none.
  func code(behind message: CommMessage) -> String?

  /// The value of an expression; after `execute`, on the same thread.
  func value(of expression: String) throws(CellError) -> Rich

  /// What may stand at `cursor`, counted in Unicode code points from the start of `code`.
  func complete(_ code: String, at cursor: Int) -> Completion

  /// What is known about the thing at `cursor` (Unicode code points); `detail` is 0, or 1 where more is wanted.
  func inspect(_ code: String, at cursor: Int, detail: Int) -> Rich?

  /// Whether `code` could be run as it stands; consoles ask when Return is typed.
  func completeness(of code: String) -> Completeness

  /// Asks the running cell to stop. Only sets a flag; called only between `clearInterrupt` and the end of `execute`.
  func interrupt()

  /// Lowers the flag: a new cell is about to begin. Never called at the same time as `interrupt`, so that no
  /// interrupt is lost and none reaches a later cell.
  func clearInterrupt()

  /// The kernel ends: release what outlives a process. A cell that did not heed `interrupt` may still be running.
  /// Nothing by default.
  func shutdown()
}

extension Backend {
  public var hasSubshells: Bool { false }
  public func makeSubshell() -> (any Backend)? { nil }

  public var commTargets: Set<String> { [] }
  public func code(behind message: CommMessage) -> String? { nil }
  public func comm(_ message: CommMessage, console: any Console & Sendable) throws(CellError) {
    console.closeComm(message.id)
  }

  public func shutdown() {}
}

/// What a front end is asked to do once a cell has run.
public enum Payload: Sendable, Equatable {
  /// Show a page of help beside the notebook.
  case page(Rich)
  /// Put code into the next cell, or into this one.
  case setNextInput(String, replace: Bool = false)
}

public struct Completion: Sendable, Equatable {
  public struct Match: Sendable, Equatable {
    public var text: String
    /// Chooses the icon beside the match: "function", "keyword", "instance", …
    public var type: String
    /// Shown in grey after the match; may be empty.
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
  /// More lines belong to it; the next one starts with `indent`.
  case incomplete(indent: String)
  case invalid
  case unknown
}

/// What a kernel says about itself and its language.
public struct LanguageInfo: Sendable {
  public var name: String
  public var version: String
  public var mimetype: String
  /// With its dot.
  public var fileExtension: String
  public var pygmentsLexer: String
  /// A mode's name, or an object with `name` and `mime`.
  public var codemirrorMode: JSON
  public var implementation: String
  public var implementationVersion: String
  /// Printed by consoles when they start.
  public var banner: String
  /// Pages on the web, by what they are about.
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
