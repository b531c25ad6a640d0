/// Cuts a cell into tokens. It never fails: what it cannot read becomes a token with a `problem`, so that completion
/// and inspection work on broken code too.
struct Lexer {
  let source: Source
  var position: Int
  private let limit: Int
  private var tokens: [Token] = []
  private(set) var comments: [SourceRange] = []
  /// The brackets that are open; inside `(` and `[` the end of a line is only space.
  private var open: [Symbol] = []
  private var isAtLineStart = true
  private var lineStart: Int
  private var lineIndent = 0
  private var lastEnd = -1
  private let depth: Int
  /// Stop before the `}` that ends the code inside a string.
  private let isInsideString: Bool

  init(_ source: Source) {
    self.init(source, from: 0, depth: 0, isInsideString: false)
  }

  init(_ source: Source, from start: Int, depth: Int, isInsideString: Bool) {
    self.source = source
    self.depth = depth
    self.isInsideString = isInsideString
    position = start
    lineStart = start
    limit = source.scalars.count
  }

  /// Code inside code inside strings, at most.
  static let deepestString = 8

  static func tokens(of source: Source) -> (tokens: [Token], comments: [SourceRange]) {
    var lexer = Lexer(source)
    return (lexer.run(), lexer.comments)
  }

  mutating func run() -> [Token] {
    while let scalar = peek() {
      if isInsideString, endsCode(scalar) { break }
      next(scalar)
    }
    append(.end, from: position)
    return tokens
  }

  /// Whether the code inside a string ends here: at its `}`, or at the `:` before its format.
  private func endsCode(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\n" || (scalar == "}" && !open.contains(.openBrace)) || (scalar == ":" && open.isEmpty)
  }

  func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
    let index = position + ahead
    return index < limit ? source.scalars[index] : nil
  }

  mutating func advance(_ count: Int = 1) { position += count }

  private mutating func next(_ scalar: Unicode.Scalar) {
    let start = position
    if scalar == "\n" {
      endLine()
    } else if isSpace(scalar) {
      advance()
    } else if scalar == "#" {
      while let next = peek(), next != "\n" { advance() }
      comments.append(SourceRange(start, position))
    } else if isNameStart(scalar) {
      while let next = peek(), isNamePart(next) { advance() }
      append(.name, from: start, text: source.text(SourceRange(start, position)))
    } else if isDigit(scalar) || (scalar == "." && isDigit(peek(1)) && lastEnd != start) {
      let (value, problem) = readNumber()
      append(.number(value), from: start, problem: problem)
    } else if scalar == "\"" || scalar == "'" {
      let (pieces, problem, isClosed) = readString(quote: scalar, depth: depth)
      append(.string(pieces), from: start, problem: problem, isClosed: isClosed)
    } else if let (symbol, length) = symbol(at: scalar) {
      advance(length)
      track(symbol)
      append(.symbol(symbol), from: start)
    } else {
      advance()
      while let next = peek(), extendsPicture(next) { advance() }
      let text = source.text(SourceRange(start, position))
      append(.stray, from: start, problem: strayProblem(text))
    }
  }

  private mutating func endLine() {
    let start = position
    advance()
    if open.last != .openParen && open.last != .openBracket {
      append(.newline, from: start)
    }
    isAtLineStart = true
    lineStart = position
  }

  private mutating func append(
    _ kind: Token.Kind, from start: Int, text: String = "", problem: LexicalProblem? = nil,
    isClosed: Bool = true
  ) {
    var token = Token(
      kind: kind, range: SourceRange(start, position), text: text, isTouching: lastEnd == start,
      problem: problem,
      isClosed: isClosed)
    token.column = start - lineStart
    token.isFirstInLine = isAtLineStart && !token.isNewline
    if token.isFirstInLine || tokens.last?.symbol == .openBrace { lineIndent = token.column }
    token.lineIndent = lineIndent
    if !token.isNewline { isAtLineStart = false }
    lastEnd = position
    tokens.append(token)
  }

  private mutating func track(_ symbol: Symbol) {
    if symbol.closer != nil {
      open.append(symbol)
    } else if symbol.isCloser, let index = open.lastIndex(where: { $0.closer == symbol }) {
      // A bracket left open inside is given up, so that one slip does not swallow the rest of the cell.
      open.removeSubrange(index...)
    }
  }

  private func symbol(at scalar: Unicode.Scalar) -> (Symbol, Int)? {
    switch scalar {
    case ".":
      if peek(1) == "." && peek(2) == "<" { return (.halfOpen, 3) }
      if peek(1) == "." && peek(2) == "." { return (.closed, 3) }
      return (.dot, 1)
    case "=": return peek(1) == "=" ? (.equal, 2) : (.assign, 1)
    case "!": return peek(1) == "=" ? (.unequal, 2) : nil
    case "<": return peek(1) == "=" ? (.lessOrEqual, 2) : (.less, 1)
    case ">": return peek(1) == "=" ? (.greaterOrEqual, 2) : (.greater, 1)
    case "≤": return (.lessOrEqual, 1)
    case "≥": return (.greaterOrEqual, 1)
    case "≠": return (.unequal, 1)
    case "−": return (.minus, 1)
    case "×": return (.times, 1)
    case "÷": return (.divide, 1)
    default: return Symbol(rawValue: String(scalar)).map { ($0, 1) }
    }
  }

  private func strayProblem(_ text: String) -> LexicalProblem {
    switch text {
    case "!":
      LexicalProblem(
        message: "`!` means nothing here.",
        advice: isAtLineStart
          ? "Write `not` to turn a truth value round. Commands of the system are typed in a terminal."
          : "Write `not` to turn a truth value round.")
    case "$", "~":
      LexicalProblem(message: "\(quoted(text)) means nothing here.", advice: "`help` shows what there is.")
    case "&": LexicalProblem(message: "`&` means nothing here.", advice: "Write `and`.")
    case "|": LexicalProblem(message: "`|` means nothing here.", advice: "Write `or`.")
    case ":":
      LexicalProblem(
        message: "`:` means nothing here.",
        advice: Lexer.adviceForColon(after: tokens, in: open.last, isAssignment: peek() == "="))
    case "“", "”", "„", "‘", "’", "«", "»", "`":
      LexicalProblem(
        message: "\(text) is not a quote of the language.", advice: "Write text in straight quotes: \"…\".")
    case "\\":
      LexicalProblem(
        message: "`\\` means nothing here.",
        advice: "To go on with a command on the next line, indent that line.")
    default:
      LexicalProblem(message: "\(quoted(text)) means nothing here.", advice: "Text goes in quotes: \"…\".")
    }
  }
}

// MARK: - Characters

func isDigit(_ scalar: Unicode.Scalar?) -> Bool {
  guard let scalar else { return false }
  return scalar >= "0" && scalar <= "9"
}

func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.isASCII {
    return (scalar >= "a" && scalar <= "z") || (scalar >= "A" && scalar <= "Z") || scalar == "_"
  }
  return scalar.properties.isXIDStart
}

func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
  isNameStart(scalar) || isDigit(scalar) || (!scalar.isASCII && scalar.properties.isXIDContinue)
}

/// Whether the whole text can be written as one name.
func isName(_ text: String) -> Bool {
  guard let first = text.unicodeScalars.first, isNameStart(first) else { return false }
  return text.unicodeScalars.allSatisfy(isNamePart)
}

private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
  // The mark U+FEFF opens files saved on Windows.
  scalar == " " || scalar == "\t" || scalar == "\r" || scalar == "\u{FEFF}" || scalar.properties.isWhitespace
}

/// Code points that belong to the picture before them: accents, joiners, skin tones.
private func extendsPicture(_ scalar: Unicode.Scalar) -> Bool {
  scalar.properties.isGraphemeExtend || scalar.properties.isEmojiModifier || scalar == "\u{200D}"
}
