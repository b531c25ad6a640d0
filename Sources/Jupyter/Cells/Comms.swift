import Base
import Synchronization

/// A message over a comm: a channel between the kernel and something that a client shows, as a slider.
public struct CommMessage: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// A client opens a comm to something that the interpreter offers.
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

  public init(kind: Kind, id: String, data: JSON = [:], metadata: JSON = [:], buffers: [[UInt8]] = []) {
    self.kind = kind
    self.id = id
    self.data = data
    self.metadata = metadata
    self.buffers = buffers
  }

  /// A wire message of type `comm_open`, `comm_msg` or `comm_close`; nil without the members that it needs.
  init?(_ message: Message) {
    guard let id = message.content["comm_id"]?.string else { return nil }
    switch message.type {
    case "comm_open":
      guard let target = message.content["target_name"]?.string else { return nil }
      kind = .open(target: target)
    case "comm_msg": kind = .message
    case "comm_close": kind = .close
    default: return nil
    }
    self.id = id
    data = message.content["data"] ?? [:]
    metadata = message.metadata
    buffers = message.buffers
  }

  /// Whether it sets a state (`{"method": "update", "state": {…}}`, as widgets do), so that a later one of its kind
  /// makes it needless. Those with buffers, which belong to parts of the state, are taken as they are.
  var isUpdate: Bool {
    kind == .message && data["method"] == "update" && data["state"]?.object != nil && buffers.isEmpty
  }

  /// This update with what `earlier` set besides.
  func absorbing(_ earlier: CommMessage) -> CommMessage {
    guard var members = data.object, let state = members["state"]?.object else { return self }
    var merged = self
    members["state"] = .object((earlier.data["state"]?.object ?? [:]).merging(state) { $1 })
    merged.data = .object(members)
    return merged
  }
}

/// The comms that are open, whoever opened them.
final class Comms: Sendable {
  private let targets = Mutex<[String: String]>([:])

  func open(_ id: String, target: String) { targets.withLock { $0[id] = target } }

  /// Says whether it was open.
  @discardableResult
  func close(_ id: String) -> Bool { targets.withLock { $0.removeValue(forKey: id) } != nil }

  func isOpen(_ id: String) -> Bool { targets.withLock { $0[id] != nil } }

  /// The content of a `comm_info_reply`: of one target, or of all.
  func info(target: String?) -> JSON {
    let open = targets.withLock { $0 }.filter { target == nil || $0.value == target }
    return ["status": "ok", "comms": .object(open.mapValues { ["target_name": .string($0)] })]
  }
}
