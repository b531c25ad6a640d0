/// Turns the tokens of a cell into statements. It knows the vocabulary, because what may follow a word depends on
/// whether the word is a verb; it knows nothing of the workspace.
struct Parser {
  let source: Source
  let vocabulary: Vocabulary
  let tokens: [Token]
  var index = 0
  var depth: Int
  /// The deepest that it has been.
  var reached = 0
  /// Whether it reads the block of a definition.
  var isInDefinition = false

  /// Brackets, blocks and signs inside each other, at most: the stack of the thread must hold them.
  static let deepest = 64

  static func parse(_ source: Source, vocabulary: Vocabulary) throws(Fault) -> Program {
    let (tokens, comments) = Lexer.tokens(of: source)
    try refuseProblems(in: tokens)
    let (definitions, fault) = DefinitionHead.definitions(in: source, tokens, comments: comments)
    var parser = Parser(
      source: source, vocabulary: vocabulary.adding(definitions), tokens: tokens, depth: 0)
    do throws(Fault) { return try parser.program() } catch {
      // What a file would have defined is not known, which is not the cell's fault.
      throw fault ?? error
    }
  }

  /// The first token that could not be read.
  private static func refuseProblems(in tokens: [Token]) throws(Fault) {
    for token in tokens {
      if let problem = token.problem {
        throw Fault(.syntax, problem.message, at: problem.range ?? token.range, advice: problem.advice)
      }
      guard case .string(let pieces) = token.kind else { continue }
      for case .code(let inner, _, _) in pieces { try refuseProblems(in: inner) }
    }
  }

  // MARK: Tokens

  var token: Token { tokens[index] }

  func token(after count: Int) -> Token { tokens[min(index + count, tokens.count - 1)] }

  @discardableResult
  mutating func advance() -> Token {
    let current = tokens[index]
    if index < tokens.count - 1 { index += 1 }
    return current
  }

  mutating func skipNewlines() {
    while token.isNewline { advance() }
  }

  func isAt(_ keyword: Keyword) -> Bool { token.isName && token.text == keyword.rawValue }

  /// Refuses to go deeper than the stack allows.
  mutating func enter(at range: SourceRange) throws(Fault) {
    depth += 1
    reached = max(reached, depth)
    if depth > Parser.deepest {
      throw Fault(
        .syntax, "Brackets are nested more than \(Parser.deepest) deep here.", at: range,
        advice: "Give parts a name first.")
    }
  }

  mutating func leave() { depth -= 1 }

  /// The closing bracket, or an error that points to the opening one where that is what is missing.
  mutating func close(_ opener: Token, expecting: String) throws(Fault) {
    guard let symbol = opener.symbol, let closer = symbol.closer else { return }
    if token.symbol == closer {
      advance()
      return
    }
    if token.isEnd || token.indent != nil || token.isNewline {
      throw Fault(
        .syntax, "This `\(symbol.rawValue)` is never closed.", at: opener.range,
        advice: "Write `\(closer.rawValue)` where it ends.", isIncomplete: token.isEnd)
    }
    throw unexpected(expecting: expecting)
  }

  /// The token at hand has no place here.
  func unexpected(expecting: String, advice: String? = nil) -> Fault {
    if token.isEnd || token.isNewline {
      let end = index > 0 ? tokens[index - 1].range.upper : token.range.lower
      return Fault(
        .syntax, "Something is missing here: \(expecting).", at: SourceRange(end, end + 1),
        isIncomplete: token.isEnd)
    }
    let text = source.text(token.range)
    return Fault(
      .syntax, "\(quoted(text)) does not fit here: expected \(expecting).", at: token.range, advice: advice)
  }

  // MARK: Statements

  mutating func program() throws(Fault) -> Program {
    let statements = try self.statements(until: nil)
    let last = tokens.last { !$0.isNewline && !$0.isEnd }
    return Program(statements: statements, isSilent: last?.symbol == .semicolon, vocabulary: vocabulary)
  }

  private mutating func statements(until closer: Symbol?) throws(Fault) -> [Statement] {
    var result: [Statement] = []
    while true {
      while token.isNewline || token.symbol == .semicolon { advance() }
      if token.isEnd || (closer != nil && token.symbol == closer) { return result }
      result.append(try statement())
      guard
        token.isNewline || token.isEnd || token.symbol == .semicolon
          || (closer != nil && token.symbol == closer)
      else { throw leftover(after: result.last) }
    }
  }

  /// The fault of a token that follows a complete statement.
  private func leftover(after statement: Statement?) -> Fault {
    let text = source.text(token.range)
    if token.symbol == .assign {
      if case .evaluate(let expression)? = statement?.form, case .path = expression.form {
        return Fault(
          .syntax, "Parts of a value cannot be set: values do not change.", at: token.range,
          advice: "Assign to a name: `name = …`.")
      }
      return Fault(
        .syntax, "`=` does not fit here: only a name can be assigned to, one at a time.", at: token.range,
        advice: "Write `name = value`; to compare, write `==`.")
    }
    if token.symbol == .comma {
      return Fault(
        .syntax, "`,` does not fit here.", at: token.range, advice: adviceForComma(after: statement))
    }
    if let fault = stranger(endOf: statement?.value) { return fault }
    if let symbol = token.symbol, symbol.isCloser {
      return Fault(.syntax, "`\(symbol.rawValue)` closes nothing that is open.", at: token.range)
    }
    return Fault(
      .syntax, "\(quoted(text)) does not fit here: the statement before it is complete.", at: token.range,
      advice: adviceForLeftover(after: statement))
  }

  private mutating func statement() throws(Fault) -> Statement {
    let start = token
    if let words = explained() {
      return Statement(
        form: .explain(words), range: start.range.joined(with: words.last?.range ?? start.range))
    }
    if start.isName, token(after: 1).symbol == .assign { return try assignment() }
    if isAt(.for) { return try loop() }
    if isAt(.if) { return try branch() }
    if isAt(.return) { return try giveBack() }
    if isAt(.else) {
      throw Fault(
        .syntax, "`else` has no `if` before it.", at: start.range, advice: "Write `if … { … } else { … }`.")
    }
    let expression = try commandOrExpression(lineIndent: start.lineIndent)
    return Statement(form: .evaluate(expression), range: expression.range)
  }

  /// The words of `name?` or `?name`, if the statement at hand is one; then it is consumed.
  private mutating func explained() -> [PlacedWord]? {
    var end = index
    var marks = 0
    var words: [PlacedWord] = []
    while true {
      let next = tokens[end]
      if next.isNewline || next.isEnd || next.symbol == .semicolon || next.symbol == .closeBrace { break }
      if next.symbol == .question {
        marks += 1
      } else if next.isName {
        words.append(PlacedWord(text: next.text, range: next.range))
      } else if next.symbol != .dot {
        return nil
      }
      end += 1
    }
    guard marks > 0, !words.isEmpty, tokens[index].symbol == .question || tokens[end - 1].symbol == .question
    else {
      return nil
    }
    index = end
    return words
  }

  private mutating func assignment() throws(Fault) -> Statement {
    let name = advance()
    let sign = advance()
    if Keyword.isReserved(name.text) {
      throw Fault(
        .syntax, "\(quoted(name.text)) is a word of the language and cannot be a name.", at: name.range,
        advice: "Choose another name.")
    }
    if let verb = vocabulary.verb(name.text), !verb.mayBeName {
      let other = "hoose another name, for example `my_\(name.text)`."
      let isGivenSomething = verb.bare?.parameters.contains(where: \.isPositional) == true && token.isNumber
      throw Fault(
        .syntax, "\(quoted(name.text)) is a command and cannot be a name.", at: name.range,
        advice: isGivenSomething
          ? "Write `\(name.text) \(source.text(token.range))` to run it, or c\(other)" : "C\(other)")
    }
    if token.isEnd || token.isNewline || token.symbol == .semicolon {
      throw Fault(
        .syntax, "\(quoted(name.text)) gets no value: something must follow `=`.", at: sign.range,
        isIncomplete: token.isEnd)
    }
    if token.isName, token(after: 1).symbol == .assign, vocabulary.verb(token.text) == nil {
      throw Fault(
        .syntax, "One name is assigned at a time.", at: token(after: 1).range,
        advice: "To compare, write `==`.")
    }
    let value = try commandOrExpression(lineIndent: name.lineIndent)
    return Statement(
      form: .assign(PlacedWord(text: name.text, range: name.range), value),
      range: name.range.joined(with: value.range))
  }

  private mutating func giveBack() throws(Fault) -> Statement {
    let start = advance()
    guard isInDefinition else {
      throw Fault(
        .syntax, "`return` ends a definition, and this is none.", at: start.range,
        advice: vocabulary.answer(toHabit: "yield", given: nil))
    }
    if token.isEnd || token.isNewline || token.symbol == .semicolon || token.symbol == .closeBrace {
      return Statement(form: .giveBack(nil), range: start.range)
    }
    let value = try commandOrExpression(lineIndent: start.lineIndent)
    return Statement(form: .giveBack(value), range: start.range.joined(with: value.range))
  }

  private mutating func loop() throws(Fault) -> Statement {
    let start = advance()
    guard token.isName, !Keyword.isReserved(token.text) else {
      throw unexpected(expecting: "a name, as in `for size in [16, 32] { … }`")
    }
    let name = advance()
    if vocabulary.isReserved(name.text) {
      throw Fault(
        .syntax, "\(quoted(name.text)) is a command and cannot be a name.", at: name.range,
        advice: "Choose another name, for example `my_\(name.text)`.")
    }
    guard isAt(.in) else {
      throw unexpected(expecting: "`in`, as in `for \(shortened(name.text)) in [1, 2] { … }`")
    }
    advance()
    let values = try expression()
    if token.symbol != .openBrace, let fault = stranger(endOf: values) { throw fault }
    let (body, end) = try block(after: "the values to go through")
    return Statement(
      form: .loop(PlacedWord(text: name.text, range: name.range), over: values, body),
      range: start.range.joined(with: end))
  }

  private mutating func branch() throws(Fault) -> Statement {
    let start = token
    var branches: [(condition: Expression, body: [Statement])] = []
    while true {
      advance()
      let condition = try expression()
      if token.symbol != .openBrace, let fault = stranger(endOf: condition) { throw fault }
      let (body, end) = try block(after: "the condition")
      branches.append((condition, body))
      guard skipToElse() else {
        return Statement(form: .branch(branches, otherwise: nil), range: start.range.joined(with: end))
      }
      advance()
      if isAt(.if) { continue }
      let (otherwise, last) = try block(after: "`else`")
      return Statement(form: .branch(branches, otherwise: otherwise), range: start.range.joined(with: last))
    }
  }

  /// Goes to an `else` on this line or a later one; stays where it is if there is none.
  private mutating func skipToElse() -> Bool {
    var ahead = index
    while tokens[ahead].isNewline { ahead += 1 }
    guard tokens[ahead].isName, tokens[ahead].text == Keyword.else.rawValue else { return false }
    index = ahead
    return true
  }

  mutating func block(after what: String) throws(Fault) -> ([Statement], SourceRange) {
    guard token.symbol == .openBrace else {
      if token.symbol == .assign {
        throw Fault(.syntax, "`=` does not compare.", at: token.range, advice: "Write `==`.")
      }
      throw unexpected(expecting: "`{` after \(what)")
    }
    let opener = advance()
    try enter(at: opener.range)
    let body = try statements(until: .closeBrace)
    let end = token.range
    try close(opener, expecting: "`}`")
    leave()
    return (body, end)
  }
}
