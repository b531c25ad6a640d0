import Base
import FrontEnd

/// A request of the Debug Adapter Protocol, as JupyterLab sends it over control. What is wrong with it is told by a reply without
/// success, which the protocol has for that.
struct DebugRequest: Request {
  let command: String
  let sequence: Int
  let arguments: JSON

  init(_ fields: Fields) throws(CellError) {
    command = try fields.value("command")
    sequence = try fields.value("seq", default: 0)
    arguments = try fields.value("arguments", default: [:])
  }

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    reply(from: dispatcher, to: "")
  }

  func reply(from dispatcher: Dispatcher, in shell: Shell, to message: Message) -> [String: JSON] {
    reply(from: dispatcher, to: message.header["session"]?.string ?? "")
  }

  private func reply(from dispatcher: Dispatcher, to client: String) -> [String: JSON] {
    var reply: [String: JSON] = [
      "type": "response", "request_seq": .int(sequence), "command": .string(command),
      "seq": .int(dispatcher.debugging.nextSequence()), "success": true,
    ]
    do throws(DebugError) {
      reply["body"] = try dispatcher.debugging.answer(self, of: client)
    } catch {
      reply["success"] = false
      reply["message"] = .string(error.message)
      reply["body"] = [:]
    }
    return reply
  }

  /// A member of the arguments, by the names that lead to it.
  func argument<Value: FieldValue>(_ path: String...) throws(DebugError) -> Value {
    var value: JSON? = arguments
    for name in path { value = value?[name] }
    guard let found = value.flatMap(Value.read) else {
      throw DebugError("\(command) needs \"\(path.joined(separator: "."))\", which must be \(Value.noun)")
    }
    return found
  }
}

/// Reason why a debug request has no answer.
struct DebugError: Error {
  let message: String

  init(_ message: String) { self.message = message }
}
