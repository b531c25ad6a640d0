import Language

// What a session answers to the program around it, in plain types: that program does not know the language.

/// Why a cell failed.
public struct CellError: Error, Sendable {
  /// The sort of error, as Jupyter shows it: "UnknownWord", "BadValue".
  public let name: String
  /// The message: what was wrong and what was expected, in one line.
  public let message: String
  /// The advice: what to type next.
  public let advice: String?
  /// Position of the caret, counted from 1, in code points.
  public let line: Int
  public let column: Int
  /// Message, the line with carets under the place, and advice.
  public let plainText: String
  /// The plain text with ANSI colours.
  public let colouredText: String
  /// The person asked for it.
  public let isInterrupt: Bool

  init(_ diagnostic: Diagnostic) {
    name = diagnostic.ename
    message = diagnostic.message
    advice = diagnostic.advice
    line = diagnostic.line
    column = diagnostic.column
    plainText = diagnostic.plainText
    colouredText = diagnostic.colouredText
    isInterrupt = diagnostic.kind == .interrupted
  }
}

/// Completions at the cursor.
public struct Suggestions: Sendable {
  /// `type` chooses the icon, in the words that front ends know: "function", "instance", "path"; `signature` stands beside the text in grey.
  public let matches: [(text: String, type: String, signature: String)]
  /// The code points that a match replaces.
  public let start: Int
  public let end: Int
}

/// Whether a cell is complete and can be run.
public enum Readiness: Equatable, Sendable {
  case complete, invalid, unknown
  /// More must follow, and the next line begins with `indent`.
  case incomplete(indent: String)
}

/// Help on a value or word, in three forms.
public struct Explanation: Sendable {
  public let plainText: String
  public let markdown: String
  public let html: String
}

extension Session {
  // From any thread, also while a cell runs.

  public func complete(_ code: String, at cursor: Int) -> Suggestions {
    let found = interpreter.complete(code, cursor: cursor)
    return Suggestions(
      matches: found.matches.map { ($0.text, $0.kind.icon, $0.signature) }, start: found.start,
      end: found.end)
  }

  /// Help on what stands at the cursor, or what its name holds, with a small picture where there is one.
  public func inspect(_ code: String, at cursor: Int) -> Explanation? {
    interpreter.inspect(code, cursor: cursor).map { help in
      let picture = Rich(text: "", html: help.html, png: help.subject.flatMap(Preview.picture))
      return Explanation(
        plainText: help.plainText, markdown: help.markdown, html: picture.page ?? help.html)
    }
  }

  public func readiness(of code: String) -> Readiness {
    switch interpreter.completeness(of: code) {
    case .complete: .complete
    case .incomplete(let indent): .incomplete(indent: indent)
    case .invalid: .invalid
    case .unknown: .unknown
    }
  }
}

extension Completion.Match.Kind {
  /// The name of the sort as JupyterLab's list of completions knows it: it chooses the icon.
  fileprivate var icon: String {
    switch self {
    case .verb: "function"
    case .kind: "module"
    case .option: "parameter"
    case .choice: "constant"
    case .name: "instance"
    case .member: "property"
    case .key: "class"
    case .path: "path"
    case .keyword: "keyword"
    }
  }
}
