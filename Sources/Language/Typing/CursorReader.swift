/// Finds out what the code before a place is about. It works on tokens, not on statements, because the code around a
/// cursor is hardly ever complete.
struct CursorReader {
  let vocabulary: Vocabulary
  let source: Source
  private let tokens: [Token]
  private let comments: [SourceRange]

  init(_ source: Source, vocabulary: Vocabulary) {
    self.source = source
    self.vocabulary = vocabulary
    (tokens, comments) = Lexer.tokens(of: source)
  }

  /// A token, or a pair of brackets with all between.
  enum Item {
    case token(Token)
    case group(isTouching: Bool)

    var token: Token? {
      if case .token(let token) = self { return token }
      return nil
    }

    var symbol: Symbol? { token?.symbol }
    var isString: Bool { if case .string? = token?.kind { true } else { false } }
    var isTouching: Bool {
      switch self {
      case .token(let token): token.isTouching
      case .group(let isTouching): isTouching
      }
    }
  }

  /// An enclosing construct that is open at a place: the cell, a block, or a bracket.
  struct Frame {
    var opener: Symbol?
    /// The bracket is the index of the value before it.
    var isIndex = false
    var indent = 0
    var items: [Item] = []
    /// The block that was just closed belongs to `if`, so that `else` may follow.
    var mayElse = false
    var hasStatements: Bool { opener == nil || opener == .openBrace }
  }

  // MARK: Places

  /// The token at `offset`, looking into the code inside of strings: the one that holds it, else the one it ends.
  func token(at offset: Int) -> Token? { token(at: offset, in: tokens) }

  private func token(at offset: Int, in tokens: [Token]) -> Token? {
    let candidates = tokens.filter {
      $0.range.lower <= offset && offset <= $0.range.upper && !$0.isNewline && !$0.isEnd
    }
    guard let found = candidates.first(where: { offset < $0.range.upper }) ?? candidates.last else {
      return nil
    }
    // At the seam of a name and a sign, the name is meant.
    if candidates.count > 1, !found.isName, let name = candidates.first(where: \.isName) { return name }
    if case .string(let pieces) = found.kind {
      for case .code(let inner, let range, _) in pieces where range.lower <= offset && offset <= range.upper {
        return token(at: offset, in: inner)
      }
    }
    return found
  }

  /// The token that follows the one which begins at `offset`.
  func token(after token: Token) -> Token? {
    var level = tokens
    while true {
      if let index = level.firstIndex(where: { $0.range == token.range }) {
        return index + 1 < level.count ? level[index + 1] : nil
      }
      guard
        let around = level.first(where: {
          $0.range.lower < token.range.lower && token.range.upper <= $0.range.upper
        }),
        case .string(let pieces) = around.kind
      else { return nil }
      let inner = pieces.lazy.compactMap { piece -> [Token]? in
        guard case .code(let tokens, let range, _) = piece, range.lower <= token.range.lower,
          token.range.upper <= range.upper
        else { return nil }
        return tokens
      }.first
      guard let inner else { return nil }
      level = inner
    }
  }

  func place(at offset: Int) -> CursorPlace {
    if comments.contains(where: { $0.lower < offset && offset <= $0.upper }) {
      return CursorPlace(role: .nothing)
    }
    return place(at: offset, in: tokens, isInsideText: false)
  }

  private func place(at offset: Int, in tokens: [Token], isInsideText: Bool) -> CursorPlace {
    var frames = [Frame(opener: isInsideText ? .openParen : nil)]
    for token in tokens where !token.isNewline && !token.isEnd {
      if case .string(let pieces) = token.kind, token.range.lower < offset,
        offset < token.range.upper || (!token.isClosed && offset == token.range.upper)
      {
        return place(at: offset, inside: token, pieces, frames)
      }
      if token.range.lower >= offset { break }
      take(token, into: &frames)
      // Deeper than any program that could run; the rules below go through the frames again and again.
      if frames.count > Parser.deepest { return CursorPlace(role: .nothing) }
    }
    startLine(at: offset, after: tokens, &frames)
    return place(of: frames)
  }

  private func place(at offset: Int, inside token: Token, _ pieces: [StringPiece], _ frames: [Frame])
    -> CursorPlace
  {
    for case .code(let inner, let range, _) in pieces where range.lower <= offset && offset <= range.upper {
      return place(at: offset, in: inner, isInsideText: true)
    }
    var frames = frames
    if token.indent != nil { startLine(at: token, &frames) }
    var place = place(of: frames)
    place.text = source.text(SourceRange(token.range.lower + 1, offset))
    return place
  }

  private func place(of frames: [Frame]) -> CursorPlace {
    let roles = frames.indices.map { role(of: frames[$0], in: Array(frames[..<$0])) }
    let calls = roles.reversed().compactMap { role -> PartialCall? in
      switch role {
      case .kind(let call), .argument(let call), .value(_, let call): call
      default: nil
      }
    }
    return CursorPlace(role: roles.last ?? .nothing, calls: calls)
  }

  // MARK: Frames

  private func take(_ token: Token, into frames: inout [Frame]) {
    let top = frames.count - 1
    if case .stray = token.kind { return }
    if token.indent != nil, frames[top].hasStatements { startLine(at: token, &frames) }
    if frames[top].hasStatements, frames[top].items.isEmpty, frames[top].opener == .openBrace,
      token.indent == nil
    {
      frames[top].indent = token.column
    }
    if frames[top].items.first?.symbol == .closeBrace { frames[top].items.removeFirst() }
    guard let symbol = token.symbol else { return frames[top].items.append(.token(token)) }
    switch symbol {
    case .openParen, .openBracket, .openBrace:
      let isIndex = symbol == .openBracket && token.isTouching && endsValue(frames[top].items)
      frames.append(Frame(opener: symbol, isIndex: isIndex, indent: frames[top].indent))
      // The group stands in the outer frame as soon as it is open; whoever asks about the outer frame drops it.
      frames[top].items.append(.group(isTouching: token.isTouching))
    case .closeParen, .closeBracket, .closeBrace:
      guard let index = frames.lastIndex(where: { $0.opener?.closer == symbol }), index > 0 else { return }
      frames.removeSubrange(index...)
      if symbol == .closeBrace {
        // The statement is complete; on its line only `else` can follow.
        let words = frames[index - 1].items.compactMap { $0.token?.isName == true ? $0.token?.text : nil }
        frames[index - 1].mayElse = words.first == "if" || words.prefix(2) == ["else", "if"]
        frames[index - 1].items = [.token(token)]
      }
    case .semicolon:
      frames[top].items = []
    case .comma where !frames[top].hasStatements:
      frames[top].items = []
    default:
      frames[top].items.append(.token(token))
    }
  }

  private func endsValue(_ items: [Item]) -> Bool {
    guard let last = items.last else { return false }
    guard let token = last.token else { return true }
    return token.symbol == nil && !(token.isName && Keyword.isReserved(token.text))
  }

  /// A new line ends the statement, unless it continues a command.
  private func startLine(at token: Token, _ frames: inout [Frame]) {
    let top = frames.count - 1
    guard frames[top].hasStatements, let indent = token.indent else { return }
    let isCommand = beginsCommand(frames[top].items)
    let isStatement =
      token.isName
      && (vocabulary.verb(token.text) != nil || ["for", "if", "time", "help"].contains(token.text))
    if isCommand, indent > frames[top].indent, !isStatement { return }
    if let last = frames[top].items.last?.symbol, isOpenEnded(last) { return }
    frames[top].items = []
    frames[top].indent = indent
  }

  /// Like the above for a cursor on a line of its own.
  private func startLine(at offset: Int, after tokens: [Token], _ frames: inout [Frame]) {
    let start = source.line(at: offset).range.lower
    let isAlone = source.scalars[start..<source.clamped(offset)].allSatisfy { $0.properties.isWhitespace }
    let top = frames.count - 1
    guard isAlone, frames[top].hasStatements else { return }
    if beginsCommand(frames[top].items), offset - start > frames[top].indent { return }
    if let last = frames[top].items.last?.symbol, isOpenEnded(last) { return }
    frames[top].items = []
  }

  private func isOpenEnded(_ symbol: Symbol) -> Bool {
    Expression.Operator(rawValue: symbol.rawValue) != nil || symbol == .power
  }
}
