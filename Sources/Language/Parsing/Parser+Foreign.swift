/// Constructs of other languages, answered with what to type here.
extension Parser {
  // MARK: A name that was meant as a command

  /// The fault of `cn width=8`, `len(x)` or `-log 0.25`: a name at the end of an expression, with something behind it that only
  /// a command could take. Nil where there is no such name.
  func stranger(endOf expression: Expression?) -> Fault? {
    guard let expression, !isEndOfStatement else { return nil }
    switch expression.form {
    case .name(let word): return fault(ofCallOf: word, at: expression.range)
    case .path(let base, let steps): return member(steps.last, of: base, in: expression)
    case .timed(let inner), .negative(let inner), .not(let inner), .power(_, let inner, _),
      .range(_, let inner, _):
      return stranger(endOf: inner)
    case .chain(_, let links): return stranger(endOf: links.last?.operand)
    default: return nil
    }
  }

  private var isEndOfStatement: Bool {
    token.isEnd || token.isNewline
      || (token.symbol.map { $0.isCloser || $0 == .semicolon || $0 == .assign } ?? false)
  }

  private func fault(ofCallOf name: String, at range: SourceRange) -> Fault? {
    // `size, 3` and `x {` are slips of another kind.
    let habit = vocabulary.answer(toHabit: name, given: given())
    switch token.symbol {
    case nil, .openParen, .openBracket, .minus: break
    case .openBrace where habit != nil: break
    default: return nil
    }
    if vocabulary.verb(name) != nil {
      let advice = rewritten(from: index - 1).map { "Write `(\($0.text))`." } ?? "Write `(\(name) …)`."
      return Fault(
        .syntax, "A command in a calculation goes in parentheses.", at: range.joined(with: token.range),
        advice: advice)
    }
    if case .string = token.kind, token.isTouching {
      return Fault(
        .syntax, "Text has no \(quoted(name)) before it.", at: range,
        advice: "Values in braces are put into any text: \"{x}\".")
    }
    if token.isName, token.text == "is" {
      return Fault(
        .syntax, "`is` is not part of the language.", at: token.range, advice: "To compare, write `==`.")
    }
    if isAt(.in) || isAt(.if) || isAt(.else) { return nil }
    return vocabulary.notCommand(PlacedWord(text: name, range: range), habit: habit)
  }

  /// `x.append(3)`, `np.mean(x)`.
  private func member(_ step: Expression.Step?, of base: Expression, in expression: Expression) -> Fault? {
    guard case .member(let name)? = step, token.symbol == .openParen, token.isTouching else { return nil }
    let given = given()
    var advice = vocabulary.answer(toHabit: "." + name.text, given: base.label.map { [$0] } ?? [])
    if case .name(let module) = base.form {
      advice =
        vocabulary.answer(toHabit: "\(module).\(name.text)", given: given)
        ?? vocabulary.answer(toHabit: module, given: given) ?? advice
    }
    return Fault(
      .syntax, "Nothing is called with parentheses: \(quoted(expression.label ?? name.text)).",
      at: name.range.joined(with: token.range),
      advice: advice ?? "A command stands before what it acts on; a member is written without parentheses.")
  }

  /// The values between the current parentheses, each as written; without parentheses, the value that follows.
  private func given() -> [String] {
    guard token.symbol == .openParen else {
      return token.isNumber || token.isName ? [source.text(token.range)] : []
    }
    var values: [String] = []
    var depth = 0
    var start = token.range.upper
    for next in tokens[index...] {
      if next.symbol?.closer != nil { depth += 1 }
      let isEnd = next.symbol?.isCloser == true && depth == 1
      if isEnd || (next.symbol == .comma && depth == 1) {
        let text = source.text(SourceRange(start, next.range.lower)).trimmed
        if !text.isEmpty { values.append(shortened(text)) }
        start = next.range.upper
      }
      if isEnd { return values }
      if next.symbol?.isCloser == true { depth -= 1 }
      if next.isEnd { break }
    }
    return []
  }

  // MARK: Commands with parentheses

  /// Advice for the current command, which has its arguments in parentheses.
  func adviceForParentheses(after verb: Token) -> String {
    if let text = joinedText() { return "Write `\(verb.text) \(text)`." }
    let any = "Write `\(verb.text) …` with spaces between the arguments, and options as `name=value`."
    guard let rewritten = rewritten(from: index - 1)?.text else { return any }
    do throws(Fault) {
      _ = try Parser.parse(Source(rewritten), vocabulary: vocabulary)
      return "Write `\(rewritten)`."
    } catch {
      return vocabulary.answer(toHabit: verb.text, given: given()) ?? error.problem.advice ?? any
    }
  }

  /// `"a" + str(3)` between the parentheses that begin here as one text, `"a{3}"`; nil where no text is joined.
  private func joinedText() -> String? {
    var parts: [ArraySlice<Token>] = []
    var (depth, start) = (0, index + 1)
    var end = start
    while end < tokens.count, !tokens[end].isEnd, !tokens[end].isNewline {
      let next = tokens[end]
      if next.symbol?.isCloser == true {
        if depth == 0 { break }
        depth -= 1
      }
      if next.symbol?.closer != nil { depth += 1 }
      if depth == 0, next.symbol == .plus {
        parts.append(tokens[start..<end])
        start = end + 1
      }
      if depth == 0, next.symbol == .comma { return nil }
      end += 1
    }
    guard end < tokens.count, tokens[end].symbol == .closeParen, !parts.isEmpty else { return nil }
    parts.append(tokens[start..<end])
    func isText(_ part: ArraySlice<Token>) -> Bool {
      if part.count == 1, case .string = part[part.startIndex].kind { true } else { false }
    }
    guard parts.allSatisfy({ !$0.isEmpty }), parts.contains(where: isText) else { return nil }
    let inside = parts.map { part -> String in
      let range = part[part.startIndex].range.joined(with: part[part.endIndex - 1].range)
      let text = source.text(range)
      if isText(part) { return String(text.dropFirst().dropLast()) }
      // What turns a value into text has nothing to do here.
      let isTurned = ["str", "repr", "string"].contains(part[part.startIndex].text) && text.hasSuffix(")")
      return isTurned ? "{\(text.drop { $0 != "(" }.dropFirst().dropLast())}" : "{\(text)}"
    }
    let text = "\"" + inside.joined() + "\""
    do throws(Fault) {
      _ = try Parser.parse(Source(text), vocabulary: vocabulary)
      return text
    } catch { return nil }
  }

  /// `simclr(cnn(width=8), head=[8])` as it is written here, `simclr (cnn width=8) head=[8]`, from the verb on; with the token behind
  /// it. Nil where the brackets do not match.
  func rewritten(from start: Int) -> (text: String, end: Int)? {
    guard start + 1 < tokens.count else { return nil }
    let opener = tokens[start + 1]
    guard opener.symbol == .openParen, opener.isTouching else {
      guard opener.isNumber || opener.isName else { return nil }
      return ("\(tokens[start].text) \(source.text(opener.range))", start + 2)
    }
    var text = tokens[start].text
    var place = start + 2
    var depth = 0
    var needsSpace = true
    while place < tokens.count {
      let next = tokens[place]
      if next.isEnd || next.isNewline { return nil }
      if next.symbol == .closeParen, depth == 0 { return (text, place + 1) }
      if next.symbol == .comma, depth == 0 {
        needsSpace = true
        place += 1
        continue
      }
      if !next.isTouching || needsSpace { text += " " }
      needsSpace = false
      let following = tokens[min(place + 1, tokens.count - 1)]
      if next.isName, vocabulary.verb(next.text) != nil, following.symbol == .openParen, following.isTouching
      {
        guard let inner = rewritten(from: place) else { return nil }
        text += "(\(inner.text))"
        place = inner.end
        continue
      }
      if next.symbol?.closer != nil { depth += 1 }
      if next.symbol?.isCloser == true { depth -= 1 }
      text += source.text(next.range)
      place += 1
    }
    return nil
  }

  // MARK: Signs

  /// `+=`, `**`, `//`, `++`, `<-`; `a < b < c` too.
  func refuseForeignOperator(_ symbol: Expression.Operator, _ sign: Token, isChained: Bool) throws(Fault) {
    if isChained {
      throw Fault(
        .syntax, "Comparisons cannot be chained.", at: sign.range, advice: "Write `a < b and b < c`.")
    }
    guard token.isTouching, let next = token.symbol else { return }
    let both = sign.range.joined(with: token.range)
    let left = index >= 2 && tokens[index - 2].isName ? tokens[index - 2].text : "x"
    func refuse(_ written: String, _ advice: String) -> Fault {
      Fault(.syntax, "`\(written)` is not part of the language.", at: both, advice: advice)
    }
    if next == .assign, symbol != .equal {
      throw refuse("\(symbol.rawValue)=", "Write `\(left) = \(left) \(symbol.rawValue) …`.")
    }
    let following = self.token(after: 1)
    if next == sign.symbol {
      if next == .times { throw refuse("**", "Write `^` for a power.") }
      if next == .divide { throw refuse("//", "Comments begin with `#`; `/` divides.") }
      if following.isEnd || following.isNewline || following.symbol == .semicolon {
        throw refuse(symbol.rawValue + symbol.rawValue, "Write `\(left) = \(left) \(symbol.rawValue) 1`.")
      }
    }
    if symbol == .less, next == .minus, !following.isTouching { throw refuse("<-", "Write `\(left) = …`.") }
  }

  /// Advice for a line that begins with a sign of other languages.
  func adviceForForeignStart() -> String? {
    guard token.isFirstInLine else { return nil }
    switch token.symbol {
    case .remainder: return "Lines of IPython begin with `%`; here `time` before a command times it."
    case .divide: return "Comments begin with `#`."
    case .product: return "`@` stands between two matrices and is their product."
    default: return nil
    }
  }

  /// Advice for a token that follows a complete statement.
  func adviceForLeftover(after statement: Statement?) -> String {
    if isAt(.in) {
      return "`in` stands only in `for`: compare with `==`, or go through a list, `for x in [1, 2] { … }`."
    }
    if isAt(.if) { return "Write `if … { … } else { … }`." }
    if case .string = token.kind, token.isTouching {
      return "Text stands on one line between two quotes; `\\n` in it begins a new line."
    }
    if case .help(let words)? = statement?.value?.form, words.isEmpty, token.symbol == .openParen {
      return "Write `help train`."
    }
    if case .call(let call)? = statement?.value?.form, token.symbol == .dot {
      return
        "Write `help \(call.verb.text)` to see what it does, or the command in parentheses for its value."
    }
    return "Begin a new line, or write `;` between two statements."
  }

  /// Advice for a comma between statements.
  func adviceForComma(after statement: Statement?) -> String {
    let line = tokens[index...].prefix { !$0.isNewline && !$0.isEnd }
    var isName = false
    if case .name? = statement?.value?.form { isName = true }
    let (last, next) = (tokens[max(0, index - 1)], token(after: 1))
    if last.isNumber, token.isTouching, next.isNumber, next.isTouching {
      return "Numbers have no commas: write `\(source.text(last.range))\(source.text(next.range))`."
    }
    if isName, line.contains(where: { $0.symbol == .assign }) {
      return "One name is assigned at a time, each in its line."
    }
    return
      "Arguments are separated by spaces; numbers have a point, as in 0.5; lists stand in brackets, as in [1, 2]."
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

extension Lexer {
  /// Advice for a colon: its meaning follows from the open constructs and the first word of the line.
  static func adviceForColon(after tokens: [Token], in open: Symbol?, isAssignment: Bool) -> String {
    if isAssignment { return "Write `name = value`." }
    if open == .openBracket { return "A part is taken by a range: `x[0..<2]`; the last one is `x[-1]`." }
    let head = tokens.last { $0.isFirstInLine }
    if let head, head.isName {
      if ["for", "if", "else"].contains(head.text) {
        return "A block stands in braces: `for x in [1, 2] { … }`, `if x > 0 { … }`."
      }
      let words = tokens.suffix(while: \.isName).map(\.text) + [head.text]
      if let habit = Habit.bare.first(where: { habit in words.contains { habit.words.contains($0) } }) {
        return habit.answer.split(separator: "@", omittingEmptySubsequences: false).joined(separator: "x")
      }
    }
    if open == .openBrace, tokens.last.map({ if case .string = $0.kind { true } else { $0.isName } }) == true
    {
      return "Named columns are a table: `table a=[1, 2] b=[3, 4]`."
    }
    return "Options are written `name=value`, blocks with `{` and `}`."
  }
}

extension Array where Element == Token {
  /// The last tokens of which the condition holds.
  fileprivate func suffix(while holds: (Token) -> Bool) -> ArraySlice<Token> {
    self[(lastIndex { !holds($0) }.map { $0 + 1 } ?? 0)...]
  }
}
