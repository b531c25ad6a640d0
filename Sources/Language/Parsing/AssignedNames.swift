extension Vocabulary {
  /// The names that a cell assigns or gives to a control, in their order. Of a cell that cannot be parsed, what looks like an
  /// assignment: something else will say what is wrong with it.
  public func namesAssigned(in cell: String) -> [String] {
    let source = Source(cell)
    do throws(Fault) {
      return names(in: try Parser.parse(source, vocabulary: self).statements)
    } catch {
      let tokens = Lexer.tokens(of: source).tokens
      return zip(tokens, tokens.dropFirst()).filter { $0.isName && $0.isFirstInLine && $1.symbol == .assign }
        .map(\.0.text)
    }
  }

  func names(in statements: [Statement]) -> [String] {
    statements.flatMap { statement -> [String] in
      switch statement.form {
      case .assign(let name, let value): [name.text] + names(in: value)
      case .evaluate(let value): names(in: value)
      case .loop(_, _, let body): names(in: body)
      case .branch(let branches, let otherwise):
        branches.flatMap { names(in: $0.body) } + names(in: otherwise ?? [])
      case .explain, .giveBack: []
      }
    }
  }

  /// A control names its value, and the statements of its block may assign.
  private func names(in expression: Expression) -> [String] {
    switch expression.form {
    case .timed(let inner), .group(let inner): return names(in: inner)
    // The names of a definition are its own.
    case .call(let call) where call.command is Command<DefineOptions>: return []
    case .call(let call):
      let own = call.arguments.compactMap { argument -> String? in
        guard call.command.parameters[argument.parameter].typeName == NewName.typeName,
          case .name(let name) = argument.value.form
        else { return nil }
        return name
      }
      return own + (call.command.blockCalculates ? [] : names(in: call.block?.statements ?? []))
    default: return []
    }
  }
}
