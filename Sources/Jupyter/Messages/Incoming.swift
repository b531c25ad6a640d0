import Base
import FrontEnd

/// A message that came, decoded. A new message is a file of this folder and a case of the `switch` below.
enum Incoming {
  /// Waits for its turn.
  case cell(ExecuteRequest)
  /// Waits for its turn.
  case comm(CommMessage)
  /// Is answered at once, also while a cell runs.
  case request(any Request)
  /// Answers a question of a cell.
  case input(InputReply)

  /// Throws: what is wrong with the message, for a reply or a line of the log.
  init(_ message: Message, on channel: Connection.Channel) throws(CellError) {
    let fields = Fields(message)
    self =
      switch (message.type, channel) {
      case ("execute_request", .shell): .cell(try ExecuteRequest(fields))
      case ("comm_open", .shell): .comm(try CommMessage(opening: fields, message))
      case ("comm_msg", .shell): .comm(try CommMessage(.message, fields, message))
      case ("comm_close", .shell): .comm(try CommMessage(.close, fields, message))
      case ("input_reply", .stdin): .input(try InputReply(fields))
      default: .request(try Incoming.requestType(message.type, on: channel).init(fields))
      }
  }

  private static func requestType(
    _ type: String, on channel: Connection.Channel
  ) throws(CellError) -> any Request.Type {
    switch type {
    case "kernel_info_request": KernelInfoRequest.self
    case "connect_request": ConnectRequest.self
    case "complete_request": CompleteRequest.self
    case "inspect_request": InspectRequest.self
    case "is_complete_request": IsCompleteRequest.self
    case "history_request": HistoryRequest.self
    case "comm_info_request": CommInfoRequest.self
    case "shutdown_request": ShutdownRequest.self
    case "interrupt_request" where channel == .control: InterruptRequest.self
    case "create_subshell_request" where channel == .control: CreateSubshellRequest.self
    case "delete_subshell_request" where channel == .control: DeleteSubshellRequest.self
    case "list_subshell_request" where channel == .control: ListSubshellRequest.self
    case "usage_request" where channel == .control: UsageRequest.self
    default:
      throw .refused("UnknownRequest", "this kernel does not answer \(type) on \(channel.rawValue)")
    }
  }
}

/// A request that is answered at once.
protocol Request: Sendable {
  /// Whether all clients are told the reply.
  static var isBroadcast: Bool { get }

  init(_ fields: Fields) throws(CellError)

  /// The content of the reply. Where it has no `status` that is "ok"; an error is replied as one.
  /// - Parameter shell: the one that is asked.
  func reply(from dispatcher: Dispatcher, in shell: Shell) throws(CellError) -> [String: JSON]
}

extension Request {
  static var isBroadcast: Bool { false }
}
