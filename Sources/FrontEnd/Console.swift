import Base

/// Destination of a cell's outputs and questions. Unless a console says more, calls come from the thread that runs the cell.
public protocol Console: AnyObject {
  /// Text as a terminal would show it. Pieces are joined before they are sent.
  func write(_ text: String, to stream: TextStream)
  /// Removes the cell's outputs: at once, or with `wait` at the next output, so that nothing flickers.
  func clear(wait: Bool)
  /// Adds an output; `update` can replace one that has an `id`.
  func display(_ rich: Rich, id: String?)
  /// Replaces every display with this `id`, including those of earlier cells.
  func update(_ rich: Rich, id: String)
  /// Shows the value of the cell.
  func result(_ rich: Rich)

  /// Asks the person who started the cell, and waits for the answer; a `password` is not seen as it is typed.
  func ask(_ prompt: String, password: Bool) -> Answer

  /// Holds the cell: whoever debugs is told, and says what it shall do next.
  func halt(_ halt: Halt) -> HaltOrder

  /// Whether comms lead to a front end, which then may show widgets.
  var carriesComms: Bool { get }
  /// Opens a comm to the front end's `target` and returns the comm's id.
  func openComm(target: String, data: JSON, metadata: JSON) -> String
  /// Sends over a comm if it is open.
  func sendComm(_ id: String, data: JSON)
  func closeComm(_ id: String, data: JSON)
}

public enum TextStream: String, Sendable, CaseIterable {
  case stdout, stderr
}

/// Outcome of a question.
public enum Answer: Sendable, Equatable {
  case text(String)
  /// Reason why nobody answers: no front end, or one that does not ask.
  case nobody(String)
  case interrupted
}

/// Defaults without a front end: questions get no answer, cells are not held, and comms are not sent.
extension Console {
  public func clear(wait: Bool) {}
  public func ask(_ prompt: String, password: Bool) -> Answer { .nobody("nobody is there to answer") }
  public func halt(_ halt: Halt) -> HaltOrder { .resume }
  public var carriesComms: Bool { false }
  public func openComm(target: String, data: JSON, metadata: JSON) -> String { "" }
  public func sendComm(_ id: String, data: JSON) {}
  public func closeComm(_ id: String, data: JSON) {}
}

extension Console {
  public func write(_ text: String) { write(text, to: .stdout) }
  public func closeComm(_ id: String) { closeComm(id, data: [:]) }
}

/// A message over a comm: a channel between the kernel and a widget in a client, such as a slider.
public struct CommMessage: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// A client opens a comm to one of the backend's `commTargets`.
    case open(target: String)
    case message
    case close
  }

  public var kind: Kind
  /// Identifier of the comm, from its opening to its close.
  public var id: String
  /// Content, in a form that the two sides agree on.
  public var data: JSON
  public var metadata: JSON
  public var buffers: [[UInt8]]

  package init(kind: Kind, id: String, data: JSON, metadata: JSON, buffers: [[UInt8]]) {
    self.kind = kind
    self.id = id
    self.data = data
    self.metadata = metadata
    self.buffers = buffers
  }
}
