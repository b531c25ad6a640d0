import Base

/// A sign between two operands.
public enum OperatorSign: String, Sendable {
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divide = "/"
  case remainder = "%"
  case power = "^"
  case product = "@"
  case equal = "=="
  case unequal = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
}

/// A value that operators work on by rules of its own, such as a matrix.
public protocol CalculatingValue: Value {
  /// Result of an operator, this value being one of its operands. `range` is the place of the sign in the cell.
  /// Throws: `Problem`, or what the host explains, where the operands do not go together.
  func result(of sign: OperatorSign, _ left: any Value, _ right: any Value, at range: SourceRange) throws
    -> any Value

  func negated(at range: SourceRange) throws -> any Value
}

/// A value with settings that can be given others: `(mine tau=0.2)`.
public protocol AdjustableValue: Value {
  /// Throws: `Problem` about the name of a setting that it has not, or that cannot be so.
  func adjusted(by settings: NamedValues) throws -> any Value
}

/// A value that may stand in the place of a condition: the command looks for itself what is to be checked.
public protocol CheckedValue: Value {}

extension Evaluator {
  /// `mine tau=0.2`
  func adjusted(_ word: PlacedWord, _ settings: [Expression.Setting]) throws(Fault) -> any Value {
    guard let value = workspace[word.text] else { throw vocabulary.notCommand(word) }
    guard let adjustable = value as? any AdjustableValue else {
      throw Fault(
        .wrongType, "\(quoted(word.text)) is \(withArticle(value.typeName)) and takes no options.",
        at: word.range, advice: "Only a loss does, as in `(mine tau=0.2)`.")
    }
    var given = NamedValues()
    for setting in settings {
      given.pairs.append((setting.name.text, try self.value(of: setting.value, for: nil)))
    }
    do { return try adjustable.adjusted(by: given) } catch let failure as Block.Failure {
      throw failure.fault
    } catch {
      let problem = problem(from: error)
      let setting = settings.first { $0.name.text == problem.about }
      let place = problem.isAboutItsName ? setting?.name.range : setting?.value.range
      throw Fault(problem, at: place ?? word.range)
    }
  }
}

extension Checker {
  /// Refuses what does more than calculate within a formula.
  func checkCalculates(_ statements: [Statement], in call: Call) throws(Fault) {
    for statement in statements {
      switch statement.form {
      case .assign(_, let value), .evaluate(let value): try checkCalculates(value, in: call)
      case .loop(_, let values, let body):
        try checkCalculates(values, in: call)
        try checkCalculates(body, in: call)
      case .branch(let branches, let otherwise):
        for branch in branches {
          try checkCalculates(branch.condition, in: call)
          try checkCalculates(branch.body, in: call)
        }
        try checkCalculates(otherwise ?? [], in: call)
      case .giveBack(let value):
        if let value { try checkCalculates(value, in: call) }
      case .explain: break
      }
    }
  }

  private func checkCalculates(_ expression: Expression, in call: Call) throws(Fault) {
    if case .name(let word) = expression.form, let verb = vocabulary.verb(word), let bare = verb.bare,
      !verb.mayBeName
    {
      try refuse(bare, at: expression.range, in: call)
    }
    guard case .call(let inner) = expression.form else {
      for part in expression.parts { try checkCalculates(part, in: call) }
      return
    }
    try refuse(inner.command, at: inner.verb.range, in: call)
    for argument in inner.arguments {
      let parameter = inner.command.parameters[argument.parameter]
      if !parameter.isWordAlways { try checkCalculates(argument.value, in: call) }
    }
  }

  private func refuse(_ command: any AnyCommand, at range: SourceRange, in call: Call) throws(Fault) {
    guard !command.calculates else { return }
    let known = vocabulary.commands.filter(\.calculates).map { "`\($0.name)`" }
    throw Fault(
      .wrongType, "`\(command.name)` has no gradient and cannot stand in a \(call.command.name).", at: range,
      advice: "Operators may, and \(listed(known, last: "and")).")
  }
}

extension Vocabulary {
  /// The fault of a word that stands where only a command, or a value that takes options, could.
  func notCommand(_ word: PlacedWord, habit: String? = nil) -> Fault {
    let near = nearestWord(to: word.text, among: verbNames).map { "Did you mean `\($0)`?" }
    return Fault(
      .unknownWord, "\(quoted(word.text)) is not a command, so nothing can follow it.", at: word.range,
      advice: habit ?? near ?? "`help` lists the commands.")
  }

  /// Whether the text is one command of that name with a block, given nothing but names and numbers: so that no more can happen when text
  /// from a file is run.
  public func isDeclaration(by name: String, _ text: String) -> Bool {
    do throws(Fault) {
      let program = try Parser.parse(Source(text), vocabulary: self)
      guard program.statements.count == 1, case .evaluate(let value) = program.statements[0].form,
        case .call(let call) = value.form, call.command.name == name, call.command.blockCalculates,
        call.block != nil
      else { return false }
      return call.arguments.allSatisfy { argument in
        switch argument.value.form {
        case .number, .name: true
        case .negative(let inner): if case .number = inner.form { true } else { false }
        default: false
        }
      }
    } catch {
      return false
    }
  }
}
