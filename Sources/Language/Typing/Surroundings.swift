extension Interpreter {
  /// Values that are given to the innermost command around the cursor that is wanted, by the names of its parameters, as far as that can be told without doing
  /// anything: numbers, words, names of the workspace, lists of such, and commands that are harmless. The path leads to the element of a
  /// list in which the cursor stands, outermost first. Nil where there is no such command, or the code cannot be read.
  public func given(
    to isWanted: (any AnyCommand) -> Bool, in code: String, cursor: Int,
    harmless: @escaping (any AnyCommand) -> Bool
  ) -> (values: [String: any Value], path: [Int])? {
    do throws(Fault) {
      let program = try Parser.parse(Source(code), vocabulary: vocabulary)
      let reader = Surroundings(cursor: cursor, harmless: harmless, workspace: host.workspace)
      guard let call = reader.innermost(in: program.statements, where: isWanted) else { return nil }
      let evaluator = Evaluator(vocabulary: program.vocabulary, host: host)
      var (values, path): ([String: any Value], [Int]) = ([:], [])
      for argument in call.arguments {
        let parameter = call.command.parameters[argument.parameter]
        if argument.value.range.contains(cursor) { path = reader.path(in: argument.value) }
        guard reader.isHarmless(argument.value, vocabulary: program.vocabulary, for: parameter) else {
          continue
        }
        values[parameter.name] = try evaluator.value(of: argument.value, for: parameter)
      }
      return (values, path)
    } catch {
      return nil
    }
  }
}

/// Commands around a cursor, and what in them can be evaluated while a cell runs elsewhere.
private struct Surroundings {
  let cursor: Int
  let harmless: (any AnyCommand) -> Bool
  let workspace: Workspace

  func innermost(in statements: [Statement], where isWanted: (any AnyCommand) -> Bool) -> Call? {
    for statement in statements where statement.range.contains(cursor) {
      switch statement.form {
      case .assign(_, let value), .evaluate(let value): return innermost(in: value, where: isWanted)
      case .giveBack(let value): return value.flatMap { innermost(in: $0, where: isWanted) }
      case .loop(_, let values, let body):
        return innermost(in: values, where: isWanted) ?? innermost(in: body, where: isWanted)
      case .branch(let branches, let otherwise):
        for branch in branches {
          if let found = innermost(in: branch.condition, where: isWanted)
            ?? innermost(in: branch.body, where: isWanted)
          {
            return found
          }
        }
        return innermost(in: otherwise ?? [], where: isWanted)
      case .explain: return nil
      }
    }
    return nil
  }

  private func innermost(in expression: Expression, where isWanted: (any AnyCommand) -> Bool) -> Call? {
    guard expression.range.contains(cursor) else { return nil }
    guard case .call(let call) = expression.form else {
      for part in expression.parts {
        if let found = innermost(in: part, where: isWanted) { return found }
      }
      return nil
    }
    for argument in call.arguments {
      if let found = innermost(in: argument.value, where: isWanted) { return found }
    }
    if let block = call.block, let found = innermost(in: block.statements, where: isWanted) { return found }
    return isWanted(call.command) ? call : nil
  }

  /// Positions inside lists that lead to the cursor, through commands that are given lists.
  func path(in expression: Expression) -> [Int] {
    guard let values = expression.listed, let place = values.firstIndex(where: { $0.range.contains(cursor) })
    else {
      return []
    }
    return [place] + path(in: values[place])
  }

  func isHarmless(_ expression: Expression, vocabulary: Vocabulary, for parameter: Parameter? = nil) -> Bool {
    func are(_ expressions: [Expression], for parameter: Parameter? = nil) -> Bool {
      expressions.allSatisfy { isHarmless($0, vocabulary: vocabulary, for: parameter) }
    }
    switch expression.form {
    case .number, .truth: return true
    case .name(let word):
      if parameter?.isWordAlways == true || parameter?.hasWord(word) == true || workspace[word] != nil {
        return true
      }
      return vocabulary.verb(word)?.bare.map(harmless) ?? false
    case .list(let values): return are(values, for: parameter)
    case .negative(let inner), .group(let inner): return are([inner], for: parameter)
    case .range(let lower, let upper, _): return are([lower, upper])
    case .call(let call):
      return harmless(call.command) && call.block == nil
        && call.arguments.allSatisfy {
          isHarmless($0.value, vocabulary: vocabulary, for: call.command.parameters[$0.parameter])
        }
    default: return false
    }
  }
}

extension SourceRange {
  fileprivate func contains(_ place: Int) -> Bool { lower <= place && place <= upper }
}
