import Base

/// Commands: a verb, perhaps its kind, arguments by position and options by name.
extension Parser {
  /// A command or expression, as allowed alone, after `name =` and inside parentheses.
  mutating func commandOrExpression(lineIndent: Int?) throws(Fault) -> Expression {
    let start = token
    if isAt(.time) {
      advance()
      if token.isEnd || token.isNewline {
        throw unexpected(expecting: "a command to be timed, as in `time train model`")
      }
      if token.symbol == .dot, let advice = vocabulary.answer(toHabit: "time.time", given: []) {
        throw unexpected(expecting: "a command to be timed, as in `time train model`", advice: advice)
      }
      try enter(at: start.range)
      let timed = try commandOrExpression(lineIndent: lineIndent)
      leave()
      return Expression(form: .timed(timed), range: start.range.joined(with: timed.range))
    }
    if isAt(.help) { return help() }
    guard start.isName, let verb = vocabulary.verb(start.text), !isNameHere(verb), !isValueHere(verb) else {
      return try expression()
    }
    return try command(verb, lineIndent: lineIndent)
  }

  /// `help`, `help train`, `help load cifar10`, `help model.encoder`.
  private mutating func help() -> Expression {
    var range = advance().range
    var words: [PlacedWord] = []
    while token.isName || token.symbol == .dot || token.symbol == .question {
      let word = advance()
      range = range.joined(with: word.range)
      if word.isName { words.append(PlacedWord(text: word.text, range: word.range)) }
    }
    return Expression(form: .help(words), range: range)
  }

  private mutating func command(_ verb: Vocabulary.Verb, lineIndent: Int?) throws(Fault) -> Expression {
    let first = advance()
    if token.symbol == .openParen, token.isTouching {
      throw Fault(
        .syntax, "Commands take their arguments without parentheses.", at: token.range,
        advice: adviceForParentheses(after: first))
    }
    var range = first.range
    var spelled = first.text
    let command: any AnyCommand
    if let kind = kind(of: verb) {
      let word = advance()
      range = range.joined(with: word.range)
      spelled += " " + word.text
      command = kind
    } else if let bare = verb.bare {
      command = bare
    } else {
      throw missingKind(of: verb, spelled: first)
    }
    let given = try arguments(
      of: command, verb: PlacedWord(text: spelled, range: range), lineIndent: lineIndent)
    var call = Call(command: command, verb: PlacedWord(text: spelled, range: range), arguments: given)
    var end = given.last?.value.range ?? range
    if command.takesBlock, token.symbol == .openBrace {
      let (start, opener, outer) = (index, token.range, (reached, isInDefinition))
      (reached, isInDefinition) = (depth, isInDefinition || command is Command<DefineOptions>)
      let (body, stretch) = try block(after: "the command")
      let nesting = reached - depth
      (reached, isInDefinition) = (max(reached, outer.0), outer.1)
      let last = tokens[start..<max(start, index - 1)].last { !$0.isNewline }
      call.block = Block(
        statements: body, isSilent: last?.symbol == .semicolon, source: source, vocabulary: vocabulary,
        range: opener.joined(with: stretch), nesting: nesting)
      end = stretch
    }
    return Expression(form: .call(call), range: range.joined(with: end))
  }

  /// The kind at hand. The word must stand alone: `show images.train` is about a value, even if `show images` exists.
  private func kind(of verb: Vocabulary.Verb) -> (any AnyCommand)? {
    guard token.isName, let kind = verb.kind(token.text) else { return nil }
    let next = token(after: 1)
    let isPart =
      next.symbol == .assign || (next.isTouching && (next.symbol == .dot || next.symbol == .openBracket))
    return isPart ? nil : kind
  }

  private func missingKind(of verb: Vocabulary.Verb, spelled: Token) -> Fault {
    let kinds = verb.kindNames
    let all = "Kinds: \(kinds.joined(separator: ", "))."
    guard token.isName, token(after: 1).symbol != .assign else {
      return Fault(
        .syntax, "\(spelled.text.prefix(1).uppercased() + spelled.text.dropFirst()) what?", at: spelled.range,
        advice: "Write \(listed(kinds.map { "`\(spelled.text) \($0)`" })).")
    }
    let near = nearestWord(to: token.text, among: kinds)
    return Fault(
      .unknownWord, "`\(spelled.text)` has no kind \(quoted(token.text)).", at: token.range,
      advice: (near.map { "Did you mean `\(spelled.text) \($0)`? " } ?? "") + all)
  }

  // MARK: Arguments

  private mutating func arguments(of command: any AnyCommand, verb: PlacedWord, lineIndent: Int?)
    throws(Fault)
    -> [Call.Given]
  {
    var collector = ArgumentCollector(command: command, verb: verb, vocabulary: vocabulary)
    while true {
      if token.isNewline {
        guard let indent = lineIndent, let ahead = continuation(of: command, deeperThan: indent) else {
          break
        }
        index = ahead
      }
      if token.isName, token(after: 1).symbol == .assign {
        let name = advance()
        let sign = advance()
        if token.isEnd || token.isNewline || token.symbol?.isCloser == true || token.symbol == .semicolon {
          throw Fault(
            .syntax, "`\(name.text)=` needs a value.", at: name.range.joined(with: sign.range),
            isIncomplete: token.isEnd)
        }
        let parameter = try collector.option(PlacedWord(text: name.text, range: name.range))
        let value = try argument(after: verb)
        collector.add(
          name: PlacedWord(text: name.text, range: name.range), value: value, parameter: parameter)
      } else if collector.next?.isExpression == true, startsArgument(token) || token.symbol == .plus {
        try collector.positional(try expression())
      } else if startsArgument(token) {
        let value = isHyphenated(for: collector.next) ? hyphenated() : try argument(after: verb)
        try collector.positional(value)
      } else if let symbol = token.symbol, isOperator(symbol) {
        throw strayOperator(symbol)
      } else {
        break
      }
    }
    return collector.given
  }

  /// Whether words joined by hyphens begin here, where only words are taken: `explain weight-decay`.
  private func isHyphenated(for parameter: Parameter?) -> Bool {
    guard let parameter, parameter.isWordAlways, parameter.role == .rest, token.isName else { return false }
    return hasHyphen
  }

  /// Whether a hyphen and another word touch the word at hand.
  private var hasHyphen: Bool {
    let (sign, word) = (token(after: 1), token(after: 2))
    return sign.symbol == .minus && sign.isTouching && word.isName && word.isTouching
  }

  /// The words as a single one.
  private mutating func hyphenated() -> Expression {
    var (text, range) = (token.text, token.range)
    while hasHyphen {
      advance()
      advance()
      text += "-" + token.text
      range = range.joined(with: token.range)
    }
    advance()
    return Expression(form: .name(text), range: range)
  }

  private func strayOperator(_ symbol: Symbol, at range: SourceRange? = nil) -> Fault {
    let calculation = "Put a calculation in parentheses: `(a \(symbol.rawValue) b)`."
    return Fault(
      .syntax, "`\(symbol.rawValue)` cannot stand between arguments.", at: range ?? token.range,
      advice: calculation + (symbol == .minus ? " Options are written `name=value`." : ""))
  }

  func startsArgument(_ token: Token) -> Bool {
    switch token.kind {
    case .number, .string: true
    case .name: !["for", "in", "if", "else", "and", "or", "time"].contains(token.text)
    case .symbol(let symbol): symbol == .openBracket || symbol == .openParen || symbol == .minus
    default: false
    }
  }

  private func isOperator(_ symbol: Symbol) -> Bool {
    switch symbol {
    case .plus, .minus, .times, .divide, .remainder, .product, .power, .equal, .unequal, .less, .lessOrEqual,
      .greater,
      .greaterOrEqual:
      true
    default: false
    }
  }

  /// The place of the next token, if the next line continues the command: it is indented deeper than the statement
  /// and starts with an argument or `option=`.
  private func continuation(of command: any AnyCommand, deeperThan indent: Int) -> Int? {
    var ahead = index
    while tokens[ahead].isNewline { ahead += 1 }
    let next = tokens[ahead]
    guard let column = next.indent, column > indent else { return nil }
    guard next.isName else { return startsArgument(next) ? ahead : nil }
    let sign = tokens[min(ahead + 1, tokens.count - 1)]
    if sign.symbol == .assign {
      // `name = …` with spaces is a statement of its own, unless the command has an option of that name.
      return sign.isTouching || command.parameter(named: next.text) != nil ? ahead : nil
    }
    let isStatement = Keyword.isReserved(next.text) && !["true", "false", "not"].contains(next.text)
    return isStatement || vocabulary.verb(next.text) != nil ? nil : ahead
  }

  /// One argument: a value without operators, or anything in parentheses.
  mutating func argument(after verb: PlacedWord) throws(Fault) -> Expression {
    let first = try atom(after: verb)
    guard token.symbol == .halfOpen || token.symbol == .closed else { return first }
    let sign = advance()
    let last = try atom(after: verb)
    return Expression(
      form: .range(first, last, isClosed: sign.symbol == .closed), range: first.range.joined(with: last.range)
    )
  }

  private mutating func atom(after verb: PlacedWord) throws(Fault) -> Expression {
    let start = token
    if start.symbol == .minus {
      advance()
      guard token.isNumber, token.isTouching else {
        throw strayOperator(.minus, at: start.range)
      }
      let number = try postfix()
      return Expression(form: .negative(number), range: start.range.joined(with: number.range))
    }
    guard startsArgument(start), !isAt(.not) else {
      throw unexpected(expecting: "a value; a calculation or a command goes in parentheses")
    }
    return try postfix()
  }
}

/// Gives each argument its parameter, and refuses what the command does not take.
struct ArgumentCollector {
  let command: any AnyCommand
  let verb: PlacedWord
  let vocabulary: Vocabulary
  private(set) var given: [Call.Given] = []
  private var parameters: Set<Int> = []
  private var names: Set<String> = []
  private var positions = 0

  init(command: any AnyCommand, verb: PlacedWord, vocabulary: Vocabulary) {
    self.command = command
    self.verb = verb
    self.vocabulary = vocabulary
  }

  mutating func add(name: PlacedWord?, value: Expression, parameter: Int) {
    given.append(Call.Given(name: name, value: value, parameter: parameter))
    parameters.insert(parameter)
    if let name { names.insert(name.text) }
  }

  /// The parameter of a named option.
  func option(_ name: PlacedWord) throws(Fault) -> Int {
    if let index = command.parameter(named: name.text) {
      if parameters.contains(index), command.parameters[index].role != .rest {
        throw Fault(
          .syntax, "\(quoted(name.text)) is given twice.", at: name.range, advice: "Leave one of the two out."
        )
      }
      return index
    }
    if let others = command.parameters.firstIndex(where: { $0.role == .others }) {
      if names.contains(name.text) {
        throw Fault(.syntax, "\(quoted(name.text)) is given twice.", at: name.range)
      }
      return others
    }
    let names = command.parameters.map(\.name)
    guard !names.isEmpty else {
      throw Fault(.unknownWord, "`\(command.name)` has no options.", at: name.range)
    }
    let near = nearestWord(to: name.text, among: names)
    throw Fault(
      .unknownWord, "`\(command.name)` has no option \(quoted(name.text)).", at: name.range,
      advice: near.map { "Did you mean `\($0)`?" }
        ?? "\(owners(of: name.text))`\(command.name)` has \(listed(names.map { "`\($0)`" }, last: "and")).")
  }

  /// "`simclr` has it." of an option that few other commands have; it may have been meant for one of them.
  private func owners(of option: String) -> String {
    let owners = vocabulary.commands.filter { other in
      other.parameter(named: option).map { other.parameters[$0].role == .option } == true
    }
    guard (1...3).contains(owners.count) else { return "" }
    let names = listed(owners.map { "`\($0.name)`" }, last: "and")
    return "\(names) \(owners.count == 1 ? "has" : "have") it. "
  }

  /// The parameter that the next argument by position would get.
  var next: Parameter? {
    let places = command.parameters.filter(\.isPositional)
    return positions < places.count ? places[positions] : places.last { $0.role == .rest }
  }

  /// The next argument by position.
  mutating func positional(_ value: Expression) throws(Fault) {
    let places = command.parameters.indices.filter { command.parameters[$0].isPositional }
    if let rest = places.last, command.parameters[rest].role == .rest, positions >= places.count - 1 {
      return add(name: nil, value: value, parameter: rest)
    }
    guard positions < places.count else {
      let limit =
        command.parameters.isEmpty
        ? "takes no arguments, and this is one"
        : (places.isEmpty ? "takes no arguments" : "takes at most \(counted(places.count, "argument"))")
          + " without a name, and this is one more"
      throw Fault(
        .syntax, "`\(command.name)` \(limit).", at: value.range,
        advice: adviceForSurplus())
    }
    let parameter = places[positions]
    positions += 1
    if parameters.contains(parameter) {
      throw Fault(.syntax, "`\(command.parameters[parameter].name)` is given twice.", at: value.range)
    }
    add(name: nil, value: value, parameter: parameter)
  }

  private func adviceForSurplus() -> String {
    if case .text? = given.first?.value.form { return "Text takes values in braces: \"the loss is {x}\"." }
    let options = command.parameters.filter { $0.role == .option }.map { "`\($0.name)=`" }
    if options.isEmpty { return "A command inside another goes in parentheses: `(…)`." }
    return
      "A command inside another goes in parentheses; options are \(listed(Array(options.prefix(12)), last: "and"))."
  }
}
