import Base

/// A language, as the kernel sees it: text goes in, outputs and an outcome come out.
///
/// `execute` and `evaluate` are called on one long-lived thread, one at a time. Everything else may be called from
/// another thread at any moment, also while a cell runs: implementations must be thread-safe there, and quick.
public protocol Interpreter: AnyObject, Sendable {
  var info: LanguageInfo { get }

  /// Runs one cell. An interrupted cell ends with `.error(.interrupted)`.
  ///
  /// Called on a thread with a large stack.
  func execute(_ code: String, request: ExecuteRequest, output: any Output) -> ExecuteOutcome

  /// Whether `makeSubshell` gives something.
  var hasSubshells: Bool { get }

  /// Another interpreter over the same named values, with a thread, an interrupt and outputs of its own: its cells run
  /// while cells of this one do. Nil, as by default, where the language cannot do that.
  func makeSubshell() -> (any Interpreter)?

  /// What clients may open comms to, by name. None by default.
  var commTargets: Set<String> { get }

  /// Takes a message of an open comm, or one that opens a comm to one of `commTargets`. Called as `execute` is, on the
  /// same thread and in the order in which cells and messages came, and interrupted as a cell is. What it shows belongs
  /// to the message. By default it closes the comm.
  ///
  /// While a cell runs messages wait. Of the updates of one comm that wait together (data
  /// `{"method": "update", "state": {…}}`, without buffers) only the last comes, with all that they set: a slider that
  /// is dragged does not lag.
  func comm(_ message: CommMessage, output: any Output) -> ExecuteOutcome

  /// The cell that a message over a comm makes run again, as one does that moves a slider; for the report of a crash. On
  /// the same thread, before `comm`. Nil, as by default, where there is none.
  func code(behind message: CommMessage) -> String?

  /// The value of an expression, for `user_expressions`; after `execute`, on the same thread.
  func evaluate(expression: String) -> Result<MimeBundle, ExecuteError>

  /// What may stand at `cursor`, counted in Unicode code points from the start of `code`.
  func complete(_ code: String, at cursor: Int) -> Completion

  /// What is known about the thing at `cursor` (Unicode code points); `detail` is 0, or 1 where more is wanted.
  func inspect(_ code: String, at cursor: Int, detail: Int) -> MimeBundle?

  /// Whether `code` could be run as it stands; consoles ask when Return is typed.
  func isComplete(_ code: String) -> Completeness

  /// Asks the running cell to stop. Only sets a flag; called only between `clearInterrupt` and the end of `execute`.
  func interrupt()

  /// Lowers the flag: a new cell is about to begin. Never called at the same time as `interrupt`, so that no
  /// interrupt is lost and none reaches a later cell. Does nothing by default, for interpreters that lower the flag
  /// where `execute` begins and may miss an interrupt of that very instant.
  func clearInterrupt()

  /// The kernel ends: release what outlives a process. A cell that did not heed `interrupt` may still be running.
  func shutdown()
}

extension Interpreter {
  public func clearInterrupt() {}

  public var hasSubshells: Bool { false }
  public func makeSubshell() -> (any Interpreter)? { nil }

  public var commTargets: Set<String> { [] }
  public func code(behind message: CommMessage) -> String? { nil }

  public func comm(_ message: CommMessage, output: any Output) -> ExecuteOutcome {
    output.closeComm(message.id, data: [:])
    return .ok()
  }
}

/// Where a cell's outputs go. Every call may come from any thread during the cell; after the cell it does nothing.
public protocol Output: AnyObject, Sendable {
  /// Text as a terminal would show it. Pieces are joined before they are sent.
  func write(_ text: String, to stream: Stream)
  /// A display; with an `id`, `update` can replace it.
  func display(_ bundle: MimeBundle, id: String?)
  /// Replaces every display made with `id`, those of earlier cells too.
  func update(_ bundle: MimeBundle, id: String)
  /// The cell's value.
  func result(_ bundle: MimeBundle)
  /// Removes the cell's outputs: at once, or with `wait` when the next output comes, so that nothing flickers.
  func clear(wait: Bool)

  /// Asks the person who started the cell, and waits for the answer; with `password` it is not seen as it is typed.
  /// Fails at once where nobody is there to answer, and with `ExecuteError.interrupted` when the cell is interrupted.
  func ask(_ prompt: String, password: Bool) throws(ExecuteError) -> String

  /// Whether comms lead to a client.
  var carriesComms: Bool { get }
  /// Opens a comm to something that clients know by the name `target`, and returns the comm's own name.
  func openComm(target: String, data: JSON, metadata: JSON, buffers: [[UInt8]]) -> String
  /// Sends over an open comm; over one that is closed nothing is sent.
  func sendComm(_ id: String, data: JSON, metadata: JSON, buffers: [[UInt8]])
  func closeComm(_ id: String, data: JSON)
}

/// Where no client is: nobody answers, and comms lead nowhere.
extension Output {
  public func ask(_ prompt: String, password: Bool) throws(ExecuteError) -> String {
    throw .noInput("nobody is there to answer")
  }
  public var carriesComms: Bool { false }
  public func openComm(target: String, data: JSON, metadata: JSON, buffers: [[UInt8]]) -> String {
    Clock.uuid()
  }
  public func sendComm(_ id: String, data: JSON, metadata: JSON, buffers: [[UInt8]]) {}
  public func closeComm(_ id: String, data: JSON) {}
}

extension Output {
  public func openComm(target: String, data: JSON, metadata: JSON = [:]) -> String {
    openComm(target: target, data: data, metadata: metadata, buffers: [])
  }
  public func sendComm(_ id: String, data: JSON, metadata: JSON = [:]) {
    sendComm(id, data: data, metadata: metadata, buffers: [])
  }
}

public enum Stream: String, Sendable, CaseIterable {
  case stdout, stderr
}

/// What a client asked for along with the code.
public struct ExecuteRequest: Sendable, Equatable {
  /// Nothing is shown and nothing is remembered.
  public var silent: Bool
  public var storeHistory: Bool
  /// Whether somebody is there to answer a question.
  public var allowStdin: Bool
  /// The number of the cell, from 1.
  public var count: Int

  public init(silent: Bool = false, storeHistory: Bool = true, allowStdin: Bool = false, count: Int) {
    self.silent = silent
    self.storeHistory = storeHistory
    self.allowStdin = allowStdin
    self.count = count
  }
}

public enum ExecuteOutcome: Sendable, Equatable {
  case ok(payload: [Payload] = [])
  case error(ExecuteError)

  public static func error(name: String, value: String, traceback: [String]) -> ExecuteOutcome {
    .error(ExecuteError(name: name, value: value, traceback: traceback))
  }
}

/// Why a cell or an expression failed: the kind of error, one line about it, and the lines that a client shows.
public struct ExecuteError: Error, Sendable, Equatable {
  public var name: String
  public var value: String
  /// May hold ANSI colours.
  public var traceback: [String]

  public init(name: String, value: String, traceback: [String]) {
    self.name = name
    self.value = value
    self.traceback = traceback
  }

  /// The name that marks a cell stopped by its user.
  public static let interruptedName = "Interrupted"

  public static let interrupted = ExecuteError(
    name: interruptedName, value: "stopped at your request",
    traceback: ["Interrupted: stopped at your request"])

  /// A question that cannot be asked.
  public static func noInput(_ why: String) -> ExecuteError {
    ExecuteError(name: "NoInput", value: why, traceback: ["NoInput: \(why)"])
  }
}

/// What a client is asked to do once a cell has run.
public enum Payload: Sendable, Equatable {
  /// Show a page of help beside the notebook.
  case page(MimeBundle)
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
public struct LanguageInfo: Sendable, Equatable {
  public struct Link: Sendable, Equatable {
    public var text: String
    public var url: String

    public init(text: String, url: String) {
      self.text = text
      self.url = url
    }
  }

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
  public var helpLinks: [Link]

  public init(
    name: String, version: String, mimetype: String, fileExtension: String, pygmentsLexer: String,
    codemirrorMode: JSON, implementation: String, implementationVersion: String, banner: String,
    helpLinks: [Link] = []
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
