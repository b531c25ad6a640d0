import Base
import FrontEnd

/// Decoding of `comm_open`, `comm_msg` and `comm_close`.
extension CommMessage {
  init(_ kind: Kind, _ fields: Fields, _ message: Message) throws(CellError) {
    self.init(
      kind: kind, id: try fields.value("comm_id"), data: try fields.value("data", default: [:]),
      metadata: message.metadata, buffers: message.buffers)
  }

  init(opening fields: Fields, _ message: Message) throws(CellError) {
    try self.init(.open(target: try fields.value("target_name")), fields, message)
  }

  /// Whether the message sets a widget's state (`{"method": "update", "state": {…}}`), so that a later update can replace
  /// it. Messages with buffers, which belong to parts of the state, do not count.
  var isUpdate: Bool {
    kind == .message && data["method"] == "update" && data["state"]?.object != nil && buffers.isEmpty
  }

  /// This update, with the members of `earlier` that it does not set itself.
  func absorbing(_ earlier: CommMessage) -> CommMessage {
    guard var members = data.object, let state = members["state"]?.object else { return self }
    var merged = self
    members["state"] = .object((earlier.data["state"]?.object ?? [:]).merging(state) { $1 })
    merged.data = .object(members)
    return merged
  }
}

/// Request for the open comms of one target or of all.
struct CommInfoRequest: Request {
  private let target: String?

  init(_ fields: Fields) throws(CellError) { target = try fields.optional("target_name") }

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    let open = dispatcher.comms.targets.filter { target == nil || $0.value == target }
    return ["comms": .object(open.mapValues { ["target_name": .string($0)] })]
  }
}
