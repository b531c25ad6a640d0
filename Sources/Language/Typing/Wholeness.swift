/// The parser's view of a cell as it stands, for consoles that ask at every Enter.
public enum Wholeness: Equatable, Sendable {
  case whole
  /// The cell continues; the next line begins with `indent`.
  case unfinished(indent: String)
  case wrong
  /// The code is nested too deeply to say.
  case tooDeep
}

extension Interpreter {
  public func wholeness(of code: String) -> Wholeness {
    let source = Source(code)
    let tokens = Lexer.tokens(of: source).tokens
    let open = openBrackets(in: tokens)
    guard open <= Parser.deepest else { return .tooDeep }
    do throws(Fault) {
      let program = try Parser.parse(source, vocabulary: vocabulary)
      return isContinued(program, source) ? .unfinished(indent: continuation(after: source)) : .whole
    } catch {
      return error.isIncomplete ? .unfinished(indent: String(repeating: "  ", count: open)) : .wrong
    }
  }

  /// The last line is a command that lacks what it needs, which the next line can still give if it is indented. An empty
  /// line ends the cell all the same.
  private func isContinued(_ program: Program, _ source: Source) -> Bool {
    guard !program.isSilent, source.scalars.last != "\n", let value = program.statements.last?.value,
      let call = value.openCall
    else { return false }
    return call.command.missingParameter(given: call.arguments.lazy.map(\.parameter)) != nil
  }

  /// Two columns more than the last line that begins a statement.
  private func continuation(after source: Source) -> String {
    let line = source.line(at: source.scalars.count).range
    let indent = source.scalars[line.lower..<line.upper].prefix { $0 == " " }.count
    return String(repeating: " ", count: indent + 2)
  }

  /// Number of brackets open at the end.
  private func openBrackets(in tokens: [Token]) -> Int {
    var open: [Symbol] = []
    for case let symbol? in tokens.lazy.map(\.symbol) {
      if symbol.closer != nil {
        open.append(symbol)
      } else if symbol.isCloser, let index = open.lastIndex(where: { $0.closer == symbol }) {
        open.removeSubrange(index...)
      }
    }
    return open.count
  }
}

extension Expression {
  /// The command that the next line can still continue.
  fileprivate var openCall: Call? {
    switch form {
    case .call(let call): call
    case .timed(let inner): inner.openCall
    default: nil
    }
  }
}
