import Base

/// Where a cell's outputs go, and whom it asks. Unless a console says more, calls come from the thread that runs the cell.
public protocol Console: AnyObject {
  /// Text as a terminal would show it. Pieces are joined before they are sent.
  func write(_ text: String, to stream: TextStream)
  /// Removes what the cell has shown: at once, or with `wait` when the next thing is shown, so that nothing flickers.
  func clear(wait: Bool)
  /// Shows something; with an `id`, `update` can replace it later.
  func display(_ rich: Rich, id: String?)
  /// Replaces every display made with `id`, those of earlier cells too.
  func update(_ rich: Rich, id: String)
  /// The cell's value.
  func result(_ rich: Rich)

  /// Asks the person who started the cell, and waits for the answer; a `password` is not seen as it is typed.
  func ask(_ prompt: String, password: Bool) -> Answer

  /// Whether comms lead to a front end, which then may show widgets.
  var carriesComms: Bool { get }
  /// Opens a comm to something that front ends know by the name `target`, and returns the comm's own name.
  func openComm(target: String, data: JSON, metadata: JSON) -> String
  /// Sends over an open comm; over one that is closed nothing is sent.
  func sendComm(_ id: String, data: JSON)
  func closeComm(_ id: String, data: JSON)
}

public enum TextStream: String, Sendable, CaseIterable {
  case stdout, stderr
}

/// What came of a question.
public enum Answer: Sendable, Equatable {
  case text(String)
  /// Nobody is there, or the front end does not ask; why.
  case nobody(String)
  case interrupted
}

/// Where no front end is: nobody answers, and comms lead nowhere.
extension Console {
  public func clear(wait: Bool) {}
  public func ask(_ prompt: String, password: Bool) -> Answer { .nobody("nobody is there to answer") }
  public var carriesComms: Bool { false }
  public func openComm(target: String, data: JSON, metadata: JSON) -> String { "" }
  public func sendComm(_ id: String, data: JSON) {}
  public func closeComm(_ id: String, data: JSON) {}
}

extension Console {
  public func write(_ text: String) { write(text, to: .stdout) }
  public func closeComm(_ id: String) { closeComm(id, data: [:]) }
}

/// A message over a comm: a channel between the kernel and something that a client shows, as a slider.
public struct CommMessage: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// A client opens a comm to something that the backend offers.
    case open(target: String)
    case message
    case close
  }

  public var kind: Kind
  /// Names the comm, from its opening to its close.
  public var id: String
  /// What the two sides say to each other; its form is theirs to agree on.
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
