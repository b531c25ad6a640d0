import Base
import FrontEnd

/// Request for cells of history. Input is never transformed, so `raw` makes no difference.
struct HistoryRequest: Request {
  private let query: HistoryQuery
  private let withOutput: Bool

  init(_ fields: Fields) throws(CellError) {
    withOutput = try fields.value("output", default: false)
    let count: Int? = try fields.optional("n")
    let kind = try fields.value("hist_access_type", default: "tail")
    switch kind {
    case "tail": query = .tail(count: count ?? 10)
    case "range":
      query = .range(
        session: try fields.value("session", default: 0), start: try fields.value("start", default: 1),
        stop: try fields.optional("stop"))
    case "search":
      query = .search(
        pattern: try fields.value("pattern", default: "*"), count: count,
        unique: try fields.value("unique", default: false))
    default: throw .refused("InvalidRequest", "history has no access type \(kind)")
    }
  }

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    let found = dispatcher.history.entries(query, shell: shell.number).map { entry -> JSON in
      let source = JSON.string(entry.source)
      let text = withOutput ? .array([source, entry.output.map(JSON.string) ?? .null]) : source
      return .array([.int(entry.session), .int(entry.line), text])
    }
    return ["history": .array(found)]
  }
}
