import Base
import Glibc

/// The replies to the requests that are answered at once.
extension Dispatcher {
  /// The content of the reply; nil for messages that have none.
  func reply(to message: Message, on channel: Channel, of shell: Shell?) -> JSON? {
    let content = message.content
    let interpreter = shell?.interpreter ?? interpreter
    switch message.type {
    case "kernel_info_request": return kernelInfo()
    case "connect_request": return connect()
    case "complete_request": return withCode(content) { complete($0, at: $1, by: interpreter) }
    case "inspect_request":
      let detail = content["detail_level"]?.int ?? 0
      return withCode(content) { inspect($0, at: $1, detail: detail > 0 ? 1 : 0, by: interpreter) }
    case "is_complete_request": return withCode(content) { code, _ in isComplete(code, by: interpreter) }
    case "history_request": return answerHistory(content, in: shell?.number ?? 0)
    case "comm_info_request": return comms.info(target: content["target_name"]?.string)
    case "interrupt_request" where channel == .control:
      interrupt()
      return ["status": "ok"]
    case "shutdown_request":
      let restart = content["restart"]?.bool ?? false
      let reply: JSON = ["status": "ok", "restart": .bool(restart)]
      iopub.post("shutdown_reply", parent: message.header, content: reply)
      requestShutdown(restart: restart)
      return reply
    case "create_subshell_request" where channel == .control: return createSubshell()
    case "delete_subshell_request" where channel == .control: return deleteSubshell(content["subshell_id"])
    case "list_subshell_request" where channel == .control: return listSubshells()
    case "usage_request" where channel == .control:
      return usage.measure()
    default: return unknown(message, on: channel)
    }
  }

  private func unknown(_ message: Message, on channel: Channel) -> JSON? {
    logger.notice("no answer to a \(message.type) on \(channel.rawValue)")
    guard message.type.hasSuffix("_request") else { return nil }
    return failure("UnknownRequest", "this kernel does not answer \(message.type) on \(channel.rawValue)")
  }

  func failure(_ name: String, _ value: String) -> JSON {
    .object(ExecuteError(name: name, value: value, traceback: []).reply)
  }

  /// Reads `code` and `cursor_pos`, and puts the cursor within the code.
  private func withCode(_ content: JSON, _ body: (String, Int) -> JSON) -> JSON {
    guard let code = content["code"]?.string else {
      return failure("InvalidRequest", "the request has no text \"code\"")
    }
    let length = code.unicodeScalars.count
    return body(code, min(max(content["cursor_pos"]?.int ?? length, 0), length))
  }

  private func kernelInfo() -> JSON {
    let info = interpreter.info
    return [
      "status": "ok", "protocol_version": .string(Wire.protocolVersion),
      "implementation": .string(info.implementation),
      "implementation_version": .string(info.implementationVersion), "language_info": info.json,
      "banner": .string(info.banner), "debugger": false,
      "supported_features": interpreter.hasSubshells ? ["kernel subshells"] : [],
      "help_links": .array(info.helpLinks.map { ["text": .string($0.text), "url": .string($0.url)] }),
    ]
  }

  private func connect() -> JSON {
    var content: [String: JSON] = ["status": "ok"]
    for channel in Connection.Channel.allCases {
      content[channel.rawValue + "_port"] = .int(connection.ports[channel] ?? 0)
    }
    return .object(content)
  }

  private func complete(_ code: String, at cursor: Int, by interpreter: any Interpreter) -> JSON {
    let completion = interpreter.complete(code, at: cursor)
    let start = min(max(completion.start, 0), cursor)
    let end = max(completion.end, start)
    let types = completion.matches.map { match -> JSON in
      [
        "start": .int(start), "end": .int(end), "text": .string(match.text), "type": .string(match.type),
        "signature": .string(match.signature),
      ]
    }
    return [
      "status": "ok", "matches": .array(completion.matches.map { .string($0.text) }),
      "cursor_start": .int(start), "cursor_end": .int(end),
      "metadata": ["_jupyter_types_experimental": .array(types)],
    ]
  }

  private func inspect(
    _ code: String, at cursor: Int, detail: Int, by interpreter: any Interpreter
  ) -> JSON {
    let bundle = interpreter.inspect(code, at: cursor, detail: detail)
    var content = (bundle ?? MimeBundle(data: [:])).content
    content["status"] = "ok"
    content["found"] = .bool(bundle != nil)
    return .object(content)
  }

  private func isComplete(_ code: String, by interpreter: any Interpreter) -> JSON {
    switch interpreter.isComplete(code) {
    case .complete: ["status": "complete"]
    case .incomplete(let indent): ["status": "incomplete", "indent": .string(indent)]
    case .invalid: ["status": "invalid"]
    case .unknown: ["status": "unknown"]
    }
  }
}
