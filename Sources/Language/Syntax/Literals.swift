/// Numbers and strings, read code point by code point.
extension Lexer {
  /// `12`, `10_000`, `0.5`, `.5`, `1e-4`, `50%`, `8.5cm`.
  mutating func readNumber() -> (Double, LexicalProblem?) {
    let start = position
    var digits = readDigits()
    if peek() == ".", isDigit(peek(1)) {
      advance()
      digits += "." + readDigits()
    }
    if peek() == "e" || peek() == "E" {
      let sign = peek(1) == "-" || peek(1) == "+" || peek(1) == "−"
      if isDigit(peek(sign ? 2 : 1)) {
        digits += peek(1) == "-" || peek(1) == "−" ? "e-" : "e"
        advance(sign ? 2 : 1)
        digits += readDigits()
      }
    }
    let unit = readUnit()
    if let next = peek(), isNamePart(next) {
      while let next = peek(), isNamePart(next) { advance() }
      let text = source.text(SourceRange(start, position))
      return (
        0,
        LexicalProblem(
          message: "\(quoted(text)) is neither a number nor a name: names do not begin with a digit.",
          advice: "Text goes in quotes: \"\(shortened(text))\".")
      )
    }
    if peek() == ".", peek(1) != ".", !(peek(1).map(isNameStart) ?? false) {
      advance()
      let text = digits
      return (
        0,
        LexicalProblem(
          message: "A number needs digits after the point.", advice: "Write \(text) or \(text).0.")
      )
    }
    // Scientists write the leading zero or not; Double wants it.
    guard let value = Double(digits.hasPrefix(".") ? "0" + digits : digits), value.isFinite else {
      return (
        0, LexicalProblem(message: "This number is too large.", advice: "The largest is about 1.8e308.")
      )
    }
    if isPercent() {
      advance()
      return (value / 100, nil)
    }
    return (unit.map { value * $0 } ?? value, nil)
  }

  /// A length in centimetres, whatever the unit it is written in.
  private static let units: [(name: String, centimetres: Double)] = [
    ("cm", 1), ("mm", 0.1), ("in", 2.54), ("pt", 2.54 / 72),
  ]

  /// The unit that ends a number, and nothing behind it: `8.5cm`, not `8.5cmx`.
  private mutating func readUnit() -> Double? {
    for unit in Lexer.units {
      let letters = Array(unit.name.unicodeScalars)
      guard letters.indices.allSatisfy({ peek($0) == letters[$0] }),
        peek(letters.count).map({ !isNamePart($0) }) ?? true
      else { continue }
      advance(letters.count)
      return unit.centimetres
    }
    return nil
  }

  /// `50%` is a share, `50 % 3` and `50%3` are remainders.
  private func isPercent() -> Bool {
    guard peek() == "%" else { return false }
    guard let next = peek(1) else { return true }
    return !(isNamePart(next) || next == "(" || next == "." || next == "%")
  }

  private mutating func readDigits() -> String {
    var digits = ""
    while let scalar = peek() {
      if isDigit(scalar) {
        digits.unicodeScalars.append(scalar)
      } else if scalar != "_" || !isDigit(peek(1)) || digits.isEmpty {
        break
      }
      advance()
    }
    return digits
  }

  /// Text between quotes, with `\n`-like escapes and code between braces.
  mutating func readString(quote: Unicode.Scalar, depth: Int) -> (
    [StringPiece], LexicalProblem?, isClosed: Bool
  ) {
    let start = position
    var pieces: [StringPiece] = []
    var text = String.UnicodeScalarView()
    var problem: LexicalProblem?
    advance()
    while let scalar = peek(), scalar != "\n" {
      if scalar == quote {
        advance()
        if !text.isEmpty || pieces.isEmpty { pieces.append(.text(String(text))) }
        return (pieces, problem, true)
      }
      if scalar == "\\" {
        readEscape(into: &text, problem: &problem)
      } else if scalar == "{" {
        if !text.isEmpty { pieces.append(.text(String(text))) }
        text = String.UnicodeScalarView()
        readCode(into: &pieces, problem: &problem, depth: depth)
      } else {
        text.append(scalar)
        advance()
      }
    }
    if !text.isEmpty { pieces.append(.text(String(text))) }
    let missing = LexicalProblem(
      message: "This text has no closing quote.", advice: "End it with \(String(quote)) on the same line.",
      range: SourceRange(start, position))
    return (pieces, problem ?? missing, false)
  }

  private mutating func readCode(into pieces: inout [StringPiece], problem: inout LexicalProblem?, depth: Int)
  {
    let brace = position
    advance()
    guard depth < Lexer.deepestString else {
      problem = problem ?? LexicalProblem(message: "Too much code inside code inside text.")
      while let scalar = peek(), scalar != "\n" { _ = scalar; advance() }
      return
    }
    var inner = Lexer(source, from: position, depth: depth + 1, isInsideString: true)
    let tokens = inner.run()
    position = inner.position
    let code = SourceRange(brace + 1, position)
    pieces.append(.code(tokens, code, format: readFormat()))
    if peek() == "}" {
      advance()
    } else {
      problem =
        problem
        ?? LexicalProblem(
          message: "This `{` inside the text is never closed.",
          advice: "Write `}` after the expression, or `\\{` for the sign itself.",
          range: SourceRange(brace, brace + 1))
    }
  }

  /// The format between the `:` after an expression and its `}`.
  private mutating func readFormat() -> PlacedWord? {
    guard peek() == ":" else { return nil }
    advance()
    let start = position
    while let scalar = peek(), !["}", "{", "\n", "\"", "'"].contains(scalar) { advance() }
    let range = SourceRange(start, position)
    return PlacedWord(text: source.text(range), range: range)
  }

  private mutating func readEscape(into text: inout String.UnicodeScalarView, problem: inout LexicalProblem?)
  {
    let start = position
    advance()
    guard let scalar = peek(), scalar != "\n" else { return }
    advance()
    switch scalar {
    case "n": text.append("\n")
    case "t": text.append("\t")
    case "\\", "\"", "'", "{", "}": text.append(scalar)
    case "u":
      if let value = readCodePoint() {
        text.append(value)
      } else {
        problem =
          problem
          ?? LexicalProblem(
            message: "`\\u` needs a code point in braces.", advice: "For example \\u{3C4} for τ.",
            range: SourceRange(start, position))
      }
    default:
      problem =
        problem
        ?? LexicalProblem(
          message: "`\\\(String(scalar))` is not an escape sequence.",
          advice:
            "Known are \\n, \\t, \\\", \\', \\\\, \\{, \\} and \\u{…}. Write `\\\\` for the sign `\\` itself.",
          range: SourceRange(start, position))
    }
  }

  /// `{3C4}` after `\u`.
  private mutating func readCodePoint() -> Unicode.Scalar? {
    guard peek() == "{" else { return nil }
    var length = 1
    var digits = ""
    while let scalar = peek(length), scalar != "}", length < 10 {
      digits.unicodeScalars.append(scalar)
      length += 1
    }
    guard peek(length) == "}", let number = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(number)
    else {
      return nil
    }
    advance(length + 1)
    return scalar
  }
}
