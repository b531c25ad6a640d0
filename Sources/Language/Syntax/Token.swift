/// Every sign that the language knows.
enum Symbol: String {
  case openParen = "("
  case closeParen = ")"
  case openBracket = "["
  case closeBracket = "]"
  case openBrace = "{"
  case closeBrace = "}"
  case comma = ","
  case semicolon = ";"
  case dot = "."
  case assign = "="
  case equal = "=="
  case unequal = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case plus = "+"
  case minus = "-"
  case times = "*"
  case divide = "/"
  case remainder = "%"
  case power = "^"
  case product = "@"
  case question = "?"
  case halfOpen = "..<"
  case closed = "..."

  /// The sign that closes this one.
  var closer: Symbol? {
    switch self {
    case .openParen: .closeParen
    case .openBracket: .closeBracket
    case .openBrace: .closeBrace
    default: nil
    }
  }

  var isCloser: Bool { self == .closeParen || self == .closeBracket || self == .closeBrace }
}

/// A piece of a string: text, or the code between braces, perhaps with a format behind it: `{accuracy:1%}`.
enum StringPiece {
  case text(String)
  case code([Token], SourceRange, format: PlacedWord?)
}

/// A problem with a token, found while reading it.
struct LexicalProblem {
  let message: String
  var advice: String?
  /// The place, where it is narrower than the token.
  var range: SourceRange?
}

struct Token {
  enum Kind {
    case name
    case number(Double)
    case string([StringPiece])
    case symbol(Symbol)
    case newline
    case end
    /// Characters that mean nothing; `problem` says why.
    case stray
  }

  let kind: Kind
  let range: SourceRange
  /// The letters of a name; empty for other kinds.
  var text = ""
  /// Whether the token touches the one before.
  var isTouching = false
  /// The code points before it in its line.
  var column = 0
  var isFirstInLine = false
  /// The columns before the first token of its line, or before the first one after a `{` in its line.
  var lineIndent = 0
  var problem: LexicalProblem?
  /// Whether a string has its closing quote.
  var isClosed = true

  /// Number of columns before the first token of a line.
  var indent: Int? { isFirstInLine ? column : nil }

  var symbol: Symbol? {
    if case .symbol(let symbol) = kind { return symbol }
    return nil
  }

  var isName: Bool {
    if case .name = kind { return true }
    return false
  }

  var isNewline: Bool {
    if case .newline = kind { return true }
    return false
  }

  var isEnd: Bool {
    if case .end = kind { return true }
    return false
  }

  var isNumber: Bool {
    if case .number = kind { return true }
    return false
  }
}

/// The words of the grammar itself. Like verbs, they cannot be names.
enum Keyword: String, CaseIterable {
  case `for`, `in`, `if`, `else`, `true`, `false`, and, or, not, time, help, `return`

  static func isReserved(_ word: String) -> Bool { Keyword(rawValue: word) != nil }
}
