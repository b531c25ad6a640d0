/// Whether a cell can be run as it is, for consoles that ask at every Enter.
public enum Completeness: Equatable, Sendable {
  case complete
  /// More must follow; the next line begins with `indent`.
  case incomplete(indent: String)
  case invalid
  /// The code is nested too deeply to say.
  case unknown
}

extension Interpreter {
  public func completeness(of code: String) -> Completeness {
    let source = Source(code)
    let tokens = Lexer.tokens(of: source).tokens
    let open = openBrackets(in: tokens)
    guard open <= Parser.deepest else { return .unknown }
    do throws(Fault) {
      _ = try Parser.parse(source, vocabulary: vocabulary)
      return .complete
    } catch {
      return error.isIncomplete ? .incomplete(indent: String(repeating: "  ", count: open)) : .invalid
    }
  }

  /// How many brackets are open at the end.
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
