import Base
import FrontEnd

/// Request to run a cell.
struct ExecuteRequest: Sendable {
  let code: String
  /// Whether the cell has no outputs and is not kept in history.
  let silent: Bool
  /// Whether the cell is counted and kept in history.
  let storeHistory: Bool
  /// Whether the client answers questions of the cell.
  let allowStdin: Bool
  /// Whether waiting cells are aborted if this one fails.
  let stopOnError: Bool
  /// Expressions to evaluate after the cell, by name.
  let userExpressions: [String: String]

  init(_ fields: Fields) throws(CellError) {
    code = try fields.value("code")
    silent = try fields.value("silent", default: false)
    storeHistory = try fields.value("store_history", default: true) && !silent
    allowStdin = try fields.value("allow_stdin", default: false)
    stopOnError = try fields.value("stop_on_error", default: true)
    userExpressions = try fields.value("user_expressions", default: [:])
  }
}

/// Reply to a cell that has ended.
struct ExecuteReply {
  /// Number of the cell; nil if it was not run, since it would be another cell's number.
  var count: Int?
  /// Start of the cell, in ISO 8601.
  var started: String?
  let outcome: Result<[Payload], CellError>
  var userExpressions: [String: JSON] = [:]

  var metadata: JSON {
    var members: [String: JSON] = ["status": "ok"]
    if case .failure = outcome { members["status"] = "error" }
    members["started"] = started.map(JSON.string)
    return .object(members)
  }

  var content: JSON {
    // Stand beside an error too, for clients that read them without looking at the status.
    var content: [String: JSON] = ["payload": [], "user_expressions": .object(userExpressions)]
    content["execution_count"] = count.map(JSON.int)
    switch outcome {
    case .success(let payload):
      content["status"] = "ok"
      content["payload"] = .array(payload.map(\.json))
    case .failure(let error): content.merge(error.reply) { $1 }
    }
    return .object(content)
  }
}

extension Payload {
  fileprivate var json: JSON {
    switch self {
    case .page(let page): ["source": "page", "data": .object(page.data), "start": 0]
    case .setNextInput(let text, let replace):
      ["source": "set_next_input", "text": .string(text), "replace": .bool(replace)]
    }
  }
}

extension CellError {
  /// Members shared by IOPub's `error`, an error reply and a notebook's output.
  var content: [String: JSON] {
    ["ename": .string(name), "evalue": .string(message), "traceback": .array(traceback.map(JSON.string))]
  }

  /// The content of a reply that reports this error.
  var reply: [String: JSON] { content.merging(["status": "error"]) { $1 } }
}
