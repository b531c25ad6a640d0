import Base
import FrontEnd

/// Code with a cursor in code points, by default at its end.
private struct CodeAtCursor {
  let code: String
  let cursor: Int

  init(_ fields: Fields) throws(CellError) {
    code = try fields.value("code")
    let length = code.unicodeScalars.count
    cursor = min(max(try fields.value("cursor_pos", default: length), 0), length)
  }
}

/// Request for the completions at the cursor.
struct CompleteRequest: Request {
  private let place: CodeAtCursor

  init(_ fields: Fields) throws(CellError) { place = try CodeAtCursor(fields) }

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    let completion = shell.backend.complete(place.code, at: place.cursor)
    let start = min(max(completion.start, 0), place.cursor)
    let end = max(completion.end, start)
    let types = completion.matches.map { match -> JSON in
      [
        "start": .int(start), "end": .int(end), "text": .string(match.text), "type": .string(match.type),
        "signature": .string(match.signature),
      ]
    }
    return [
      "matches": .array(completion.matches.map { .string($0.text) }),
      "cursor_start": .int(start), "cursor_end": .int(end),
      "metadata": ["_jupyter_types_experimental": .array(types)],
    ]
  }
}

/// Request for help on the word at the cursor.
struct InspectRequest: Request {
  private let place: CodeAtCursor
  private let detail: Int

  init(_ fields: Fields) throws(CellError) {
    place = try CodeAtCursor(fields)
    detail = try fields.value("detail_level", default: 0)
  }

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    let found = shell.backend.inspect(place.code, at: place.cursor, detail: detail > 0 ? 1 : 0)
    let content = found?.content ?? ["data": [:], "metadata": [:]]
    return content.merging(["found": .bool(found != nil)]) { $1 }
  }
}

/// Question whether the code is complete.
struct IsCompleteRequest: Request {
  private let code: String

  init(_ fields: Fields) throws(CellError) { code = try fields.value("code") }

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    switch shell.backend.completeness(of: code) {
    case .complete: ["status": "complete"]
    case .incomplete(let indent): ["status": "incomplete", "indent": .string(indent)]
    case .invalid: ["status": "invalid"]
    case .unknown: ["status": "unknown"]
    }
  }
}
