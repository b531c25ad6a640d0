import Base

/// Finds, before anything runs, what will be wrong whatever the names hold: missing arguments, numbers out of bounds,
/// unknown choices. A slip in the last line of a cell then does not cost the training in its first.
struct Checker {
  let vocabulary: Vocabulary
  /// The names of the workspace; nil where they are not known.
  var names: Set<String>?

  func check(_ program: Program) throws(Fault) {
    var checker = self
    checker.names?.formUnion(vocabulary.names(in: program.statements))
    try checker.check(program.statements)
  }

  private func check(_ statements: [Statement]) throws(Fault) {
    for statement in statements {
      switch statement.form {
      case .assign(_, let value), .evaluate(let value):
        try check(value)
      case .loop(_, let values, let body):
        try check(values)
        try check(body)
      case .branch(let branches, let otherwise):
        for (condition, body) in branches {
          try check(condition)
          try check(body)
        }
        if let otherwise { try check(otherwise) }
      case .giveBack(let value):
        if let value { try check(value) }
      case .explain:
        break
      }
    }
  }

  /// `parameter` is the one that the expression is given to directly.
  private func check(_ expression: Expression, for parameter: Parameter? = nil) throws(Fault) {
    switch expression.form {
    case .number, .truth, .help: break
    case .text(let parts):
      for case .value(let inner, _) in parts { try check(inner) }
    case .name(let word): try checkName(word, at: expression.range, for: parameter)
    case .list(let values):
      for value in values { try check(value, for: parameter) }
    case .range(let lower, let upper, _), .power(let lower, let upper, _):
      try check(lower)
      try check(upper)
    case .path(let base, let steps):
      try check(base)
      for case .index(let index, _) in steps { try check(index) }
    case .negative(let inner), .not(let inner), .group(let inner), .timed(let inner): try check(inner)
    case .chain(let first, let links):
      try check(first)
      for link in links { try check(link.operand) }
    case .call(let call): try check(call)
    case .adjusted(let word, let settings):
      if names?.contains(word.text) == false { throw vocabulary.notCommand(word) }
      for setting in settings { try check(setting.value) }
    }
  }

  /// A verb that stands alone must be able to run so.
  private func checkName(_ word: String, at range: SourceRange, for parameter: Parameter?) throws(Fault) {
    if let parameter, parameter.isWordAlways || parameter.hasWord(word) { return }
    guard let verb = vocabulary.verb(word), !verb.mayBeName else { return }
    _ = try verb.alone(at: range)
  }

  private func check(_ call: Call) throws(Fault) {
    let command = call.command
    if command is Command<DefineOptions> { try checkDefinition(call) }
    for given in call.arguments {
      let parameter = command.parameters[given.parameter]
      try check(given.value, for: parameter)
      guard let value = constant(given.value, for: parameter) else { continue }
      do {
        try parameter.check(value)
      } catch {
        guard
          let found = BindingProblem(error, parameter: parameter, name: given.name?.text ?? parameter.name)
        else {
          continue
        }
        throw Fault(found.problem, at: given.value.range(of: found.path))
      }
    }
    if let block = call.block {
      try check(block.statements)
      if call.command.blockCalculates { try checkCalculates(block.statements, in: call) }
    }
    if let missing = command.missingParameter(given: call.arguments.lazy.map(\.parameter)) {
      throw command.missingFault(missing, at: call.verb.range)
    }
  }

  /// The value of what can have only one, or nil.
  private func constant(_ expression: Expression, for parameter: Parameter?) -> (any Value)? {
    switch expression.form {
    case .number(let value): return Number(value)
    case .truth(let isTrue): return Truth(isTrue)
    case .negative(let inner):
      guard case .number(let value) = inner.form else { return nil }
      return Number(-value)
    case .text(let parts):
      if parts.isEmpty { return Text("") }
      guard parts.count == 1, case .text(let text) = parts[0] else { return nil }
      return Text(text)
    case .name(let word):
      return parameter?.isWordAlways == true ? Word(word) : nil
    case .list(let values):
      var constants: [any Value] = []
      for value in values {
        guard let constant = constant(value, for: parameter) else { return nil }
        constants.append(constant)
      }
      return List(constants)
    default: return nil
    }
  }
}

extension Parameter {
  /// Whether the word is one of the parameter's own.
  func hasWord(_ word: String) -> Bool {
    guard !words.isEmpty else { return false }
    let key = spellingKey(word)
    return words.contains { spellingKey($0) == key }
  }
}

extension Vocabulary.Verb {
  /// The command that the verb alone means.
  func alone(at range: SourceRange) throws(Fault) -> any AnyCommand {
    guard let bare else {
      throw Fault(
        .syntax, "`\(name)` alone is not a value.", at: range,
        advice: "Write \(listed(kindNames.map { "`(\(name) \($0))`" })).")
    }
    if let missing = bare.missingParameter(given: []) { throw bare.missingFault(missing, at: range) }
    return bare
  }
}
