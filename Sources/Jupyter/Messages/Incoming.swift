import Base
import FrontEnd

/// A received message, decoded. A new message is a file of this folder and a case of the `switch` below.
enum Incoming {
  /// A cell, which waits for its turn.
  case cell(ExecuteRequest)
  /// A message over a comm, which waits for its turn.
  case comm(CommMessage)
  /// A request that is answered at once, even while a cell runs.
  case request(any Request)
  /// The answer to a question of a cell.
  case input(InputReply)

  /// Decodes a message. Throws an error for the reply, or for the log on stdin.
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
    case "debug_request" where channel == .control: DebugRequest.self
    case "usage_request" where channel == .control: UsageRequest.self
    default:
      throw .refused("UnknownRequest", "this kernel does not answer \(type) on \(channel.rawValue)")
    }
  }
}

/// A request that is answered at once.
protocol Request: Sendable {
  /// Whether the reply goes to all clients.
  static var isBroadcast: Bool { get }

  init(_ fields: Fields) throws(CellError)

  /// Content of the reply; its `status` defaults to "ok". A thrown error becomes an error reply.
  /// - Parameter shell: the shell that the request addresses.
  func reply(from dispatcher: Dispatcher, in shell: Shell) throws(CellError) -> [String: JSON]

  /// The same where it matters who sent the message; by default it does not.
  func reply(from dispatcher: Dispatcher, in shell: Shell, to message: Message) throws(CellError) -> [String:
    JSON]
}

extension Request {
  static var isBroadcast: Bool { false }

  func reply(from dispatcher: Dispatcher, in shell: Shell, to message: Message) throws(CellError) -> [String:
    JSON]
  {
    try reply(from: dispatcher, in: shell)
  }
}
