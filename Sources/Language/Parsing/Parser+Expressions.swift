/// Expressions, by rank: or, and, not, comparison, range, sum, product, sign, power, path.
extension Parser {
  mutating func expression() throws(Fault) -> Expression {
    try chain(rank: 0)
  }

  /// The operators of each rank, loosest first.
  private static let ranks: [[Expression.Operator]] = [
    [.or], [.and], [.equal, .unequal, .less, .lessOrEqual, .greater, .greaterOrEqual], [.plus, .minus],
    [.times, .divide, .remainder, .product],
  ]
  private static let comparison = 2
  private static let sum = 3

  private mutating func chain(rank: Int) throws(Fault) -> Expression {
    let first = try operand(under: rank)
    var links: [Expression.Link] = []
    while let symbol = binaryOperator(), Parser.ranks[rank].contains(symbol) {
      let sign = advance()
      try refuseForeignOperator(symbol, sign, isChained: rank == Parser.comparison && !links.isEmpty)
      // An operator at the end of a line asks for more.
      skipNewlines()
      let right = try operand(under: rank)
      links.append(Expression.Link(symbol: symbol, range: sign.range, operand: right))
    }
    guard let last = links.last else { return first }
    return Expression(form: .chain(first, links), range: first.range.joined(with: last.operand.range))
  }

  private mutating func operand(under rank: Int) throws(Fault) -> Expression {
    if rank == Parser.comparison - 1, isAt(.not) { return try negation() }
    if rank == Parser.comparison { return try rangeOrSum() }
    return rank + 1 < Parser.ranks.count ? try chain(rank: rank + 1) : try signed()
  }

  private mutating func negation() throws(Fault) -> Expression {
    let sign = advance()
    try enter(at: sign.range)
    let operand = try operand(under: Parser.comparison - 1)
    leave()
    return Expression(form: .not(operand), range: sign.range.joined(with: operand.range))
  }

  private mutating func rangeOrSum() throws(Fault) -> Expression {
    let lower = try chain(rank: Parser.sum)
    guard token.symbol == .halfOpen || token.symbol == .closed else { return lower }
    let sign = advance()
    let upper = try chain(rank: Parser.sum)
    return Expression(
      form: .range(lower, upper, isClosed: sign.symbol == .closed),
      range: lower.range.joined(with: upper.range))
  }

  private mutating func signed() throws(Fault) -> Expression {
    let sign = token
    guard sign.symbol == .minus || sign.symbol == .plus else { return try power() }
    advance()
    try enter(at: sign.range)
    let operand = try signed()
    leave()
    if sign.symbol == .plus { return operand }
    return Expression(form: .negative(operand), range: sign.range.joined(with: operand.range))
  }

  /// `2 ^ 3 ^ 2` is 2 to the power 9.
  private mutating func power() throws(Fault) -> Expression {
    let base = try postfix()
    guard token.symbol == .power else { return base }
    let sign = advance()
    skipNewlines()
    try enter(at: sign.range)
    let exponent = try signed()
    leave()
    return Expression(
      form: .power(base, exponent, operator: sign.range), range: base.range.joined(with: exponent.range))
  }

  private func binaryOperator() -> Expression.Operator? {
    if let symbol = token.symbol { return Expression.Operator(rawValue: symbol.rawValue) }
    if isAt(.and) { return .and }
    return isAt(.or) ? .or : nil
  }

  /// A value with its `.member` and `[index]` steps, which must touch it: `name [1]` is two arguments.
  mutating func postfix() throws(Fault) -> Expression {
    let base = try primary()
    var steps: [Expression.Step] = []
    var range = base.range
    while token.isTouching {
      if token.symbol == .dot {
        advance()
        guard token.isName else { throw unexpected(expecting: "the name of a member after the point") }
        let name = advance()
        steps.append(.member(PlacedWord(text: name.text, range: name.range)))
        range = range.joined(with: name.range)
      } else if token.symbol == .openBracket {
        let opener = advance()
        try enter(at: opener.range)
        let index = try expression()
        let end = token.range
        if let fault = stranger(endOf: index) { throw fault }
        if token.symbol == .comma {
          throw Fault(
            .syntax, "One index stands between brackets.", at: token.range, advice: "Write `x[0][1]`.")
        }
        try close(opener, expecting: "`]` after the index")
        leave()
        steps.append(.index(index, opener.range.joined(with: end)))
        range = range.joined(with: end)
      } else {
        break
      }
    }
    return steps.isEmpty ? base : Expression(form: .path(base, steps), range: range)
  }

  private mutating func primary() throws(Fault) -> Expression {
    let start = token
    switch start.kind {
    case .number(let value):
      advance()
      return Expression(form: .number(value), range: start.range)
    case .string(let pieces):
      advance()
      return Expression(form: .text(try textParts(pieces)), range: start.range)
    case .name:
      return try named(start)
    case .symbol(.openBracket):
      return try list()
    case .symbol(.openParen):
      return try group()
    default:
      throw unexpected(expecting: "a value", advice: adviceForForeignStart())
    }
  }

  private mutating func named(_ word: Token) throws(Fault) -> Expression {
    switch Keyword(rawValue: word.text) {
    case .true, .false:
      advance()
      return Expression(form: .truth(word.text == "true"), range: word.range)
    case .not:
      throw Fault(
        .syntax, "`not` does not fit here.", at: word.range, advice: "Put it in parentheses: `(not x)`.")
    case .some:
      throw unexpected(expecting: "a value")
    case nil:
      advance()
      return Expression(form: .name(word.text), range: word.range)
    }
  }

  private mutating func list() throws(Fault) -> Expression {
    let opener = advance()
    try enter(at: opener.range)
    var values: [Expression] = []
    while token.symbol != .closeBracket, !token.isEnd {
      values.append(try expression())
      if token.symbol == .comma {
        advance()
      } else if token.symbol != .closeBracket {
        if !token.isEnd, token.indent == nil, case .name(let word)? = values.last?.form,
          vocabulary.verb(word) != nil
        {
          throw Fault(
            .syntax, "A command with arguments goes in parentheses inside a list.",
            at: values.last?.range.joined(with: token.range) ?? token.range, advice: "Write `(\(word) …)`.")
        }
        if isAt(.for) {
          throw Fault(
            .syntax, "A list is not made by a loop between brackets.", at: token.range,
            advice: "Begin with `x = []`, then write `for i in 0..<3 { x = x + [i] }`.")
        }
        if token.indent == nil, let fault = stranger(endOf: values.last) { throw fault }
        break
      }
    }
    let end = token.range
    try close(opener, expecting: "`,` or `]`")
    leave()
    return Expression(form: .list(values), range: opener.range.joined(with: end))
  }

  private mutating func group() throws(Fault) -> Expression {
    let opener = advance()
    try enter(at: opener.range)
    if token.symbol == .closeParen {
      throw Fault(
        .syntax, "There is nothing between these parentheses.", at: opener.range.joined(with: token.range),
        advice: "Put a command or a calculation there.")
    }
    var inner = try adjusted()
    if inner == nil { inner = try commandOrExpression(lineIndent: nil) }
    guard let inner else { throw unexpected(expecting: "a value") }
    if let fault = stranger(endOf: inner) { throw fault }
    if token.symbol == .comma {
      throw Fault(
        .syntax, "Parentheses hold one value.", at: token.range,
        advice: "A list stands in brackets: `[1, 2]`.")
    }
    let end = token.range
    try close(opener, expecting: "`)`")
    leave()
    return Expression(form: .group(inner), range: opener.range.joined(with: end))
  }

  private mutating func textParts(_ pieces: [StringPiece]) throws(Fault) -> [Expression.TextPart] {
    var parts: [Expression.TextPart] = []
    for piece in pieces {
      switch piece {
      case .text(let text):
        parts.append(.text(text))
      case .code(let inner, let range, let format):
        guard let first = inner.first, !first.isEnd else {
          throw Fault(
            .syntax, "There is nothing between these braces.",
            at: SourceRange(range.lower - 1, range.upper + 1),
            advice: "Write an expression, or `\\{` for the sign itself.")
        }
        parts.append(.value(try codeInText(inner, range), try format.map(TextFormat.init(written:))))
      }
    }
    return parts
  }

  private func codeInText(_ tokens: [Token], _ range: SourceRange) throws(Fault) -> Expression {
    var parser = Parser(source: source, vocabulary: vocabulary, tokens: tokens, depth: depth)
    do throws(Fault) {
      try parser.enter(at: range)
      let value = try parser.commandOrExpression(lineIndent: nil)
      if let fault = parser.stranger(endOf: value) { throw fault }
      guard parser.token.isEnd else { throw parser.unexpected(expecting: "`}`") }
      return value
    } catch {
      // Text ends on its line: more lines would not help.
      throw Fault(error.problem, at: error.range)
    }
  }

  // MARK: Words that are a verb's

  /// Whether the word at hand, a verb's that may be a name too, is one here: nothing stands behind it that a command could take.
  func isNameHere(_ verb: Vocabulary.Verb) -> Bool {
    guard verb.mayBeName else { return false }
    let (next, following) = (token(after: 1), token(after: 2))
    switch next.symbol {
    case .openBracket: return next.isTouching
    case .minus: return next.isTouching || !following.isTouching || !following.isNumber
    default: return !startsArgument(next) || Keyword(rawValue: next.text) == .help
    }
  }

  /// Whether the command at hand needs nothing, and something of what it gives is asked for: `runs[3]`.
  func isValueHere(_ verb: Vocabulary.Verb) -> Bool {
    guard let bare = verb.bare, bare.missingParameter(given: []) == nil else { return false }
    let next = token(after: 1)
    return next.isTouching && (next.symbol == .openBracket || next.symbol == .dot)
  }
}
