import Base
import FrontEnd

/// A message to all clients, on IOPub.
enum Broadcast: Sendable {
  enum Status: String {
    case starting, busy, idle
  }

  case status(Status)
  case executeInput(String, count: Int)
  case stream(TextStream, String)
  case display(Rich, id: String?)
  case update(Rich, id: String)
  case result(Rich, count: Int)
  case clear(wait: Bool)
  case error(CellError)
  case commOpen(String, target: String, data: JSON, metadata: JSON)
  case commMessage(String, data: JSON)
  case commClose(String, data: JSON)
  /// News of a cell that is debugged.
  case debugEvent(JSON)
  /// A copy of the reply to a request that concerns all clients.
  case reply(type: String, content: JSON)
  /// Notice to a new subscriber that outputs now reach it.
  case welcome(to: Frame)

  var type: String {
    switch self {
    case .status: "status"
    case .executeInput: "execute_input"
    case .stream: "stream"
    case .display: "display_data"
    case .update: "update_display_data"
    case .result: "execute_result"
    case .clear: "clear_output"
    case .error: "error"
    case .commOpen: "comm_open"
    case .commMessage: "comm_msg"
    case .commClose: "comm_close"
    case .debugEvent: "debug_event"
    case .reply(let type, _): type
    case .welcome: "iopub_welcome"
    }
  }

  /// Topic, which subscriptions match by its beginning.
  var topic: Frame {
    switch self {
    case .stream(let stream, _): Frame("stream.\(stream.rawValue)".utf8)
    case .welcome(let subscription) where !subscription.isEmpty: subscription
    default: Frame(type.utf8)
    }
  }

  var content: JSON {
    switch self {
    case .status(let status): ["execution_state": .string(status.rawValue)]
    case .executeInput(let code, let count): ["code": .string(code), "execution_count": .int(count)]
    case .stream(let stream, let text): ["name": .string(stream.rawValue), "text": .string(text)]
    case .display(let rich, let id): Broadcast.display(rich, id)
    case .update(let rich, let id): Broadcast.display(rich, id)
    case .result(let rich, let count):
      .object(rich.content.merging(["execution_count": .int(count)]) { $1 })
    case .clear(let wait): ["wait": .bool(wait)]
    case .error(let error): .object(error.content)
    case .commOpen(let id, let target, let data, _):
      ["comm_id": .string(id), "target_name": .string(target), "data": data]
    case .commMessage(let id, let data), .commClose(let id, let data):
      ["comm_id": .string(id), "data": data]
    case .debugEvent(let event): event
    case .reply(_, let content): content
    case .welcome(let topic): ["subscription": .string(String(decoding: topic, as: UTF8.self))]
    }
  }

  private static func display(_ rich: Rich, _ id: String?) -> JSON {
    let transient: JSON = id.map { ["display_id": .string($0)] } ?? [:]
    return .object(rich.content.merging(["transient": transient]) { $1 })
  }

  var metadata: JSON { if case .commOpen(_, _, _, let metadata) = self { metadata } else { [:] } }
}
