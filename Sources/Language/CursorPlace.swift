/// A command whose line is not finished.
struct PartialCall {
  let verb: Vocabulary.Verb
  /// Nil while the kind is missing or unknown.
  var command: (any AnyCommand)?
  /// Parameters that have a value, in the order given.
  var given: [Int] = []
  /// How many arguments without a name.
  var positions = 0
  /// The words of the first argument, if it is a name with members: `cifar.train`.
  var firstArgument: [String] = []

  /// The parameter of the next argument without a name.
  var nextArgument: Parameter? {
    guard let parameters = command?.parameters.filter(\.isPositional), !parameters.isEmpty else { return nil }
    if positions < parameters.count { return parameters[positions] }
    return parameters.last?.role == .rest ? parameters.last : nil
  }
}

/// What may be written at a place of a cell.
struct CursorPlace {
  enum Role {
    /// Nothing can be offered: a comment, plain text, a new name, the end of a finished expression.
    case nothing
    case statement
    /// After `name =`, after `time`, after `(`; the parameter is the one that the value goes to.
    case command(Parameter?)
    case expression
    case kind(PartialCall)
    case argument(PartialCall)
    case value(Parameter?, PartialCall)
    case member(of: [String])
    case help([String])
    case keyword(String)
  }

  var role: Role
  /// The commands around the place, innermost first.
  var calls: [PartialCall] = []
  /// For a place inside a string: its text from the opening quote to the place.
  var text: String?
}

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
  private enum Item {
    case token(Token)
    case group(isTouching: Bool)

    var token: Token? {
      if case .token(let token) = self { return token }
      return nil
    }

    var symbol: Symbol? { token?.symbol }
    var isTouching: Bool {
      switch self {
      case .token(let token): token.isTouching
      case .group(let isTouching): isTouching
      }
    }
  }

  /// What stands open at a place: the cell, a block, or a bracket.
  private struct Frame {
    var opener: Symbol?
    /// The bracket is the index of the value before it.
    var isIndex = false
    var indent = 0
    var items: [Item] = []
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
      for case .code(let inner, let range) in pieces where range.lower <= offset && offset <= range.upper {
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
        guard case .code(let tokens, let range) = piece, range.lower <= token.range.lower,
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
    for case .code(let inner, let range) in pieces where range.lower <= offset && offset <= range.upper {
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
      if symbol == .closeBrace { frames[index - 1].items = [] }
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

  /// The same for a cursor that stands on a line of its own.
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

  // MARK: Roles

  private func role(of frame: Frame, in outer: [Frame]) -> CursorPlace.Role {
    if let chain = memberChain(frame.items) { return .member(of: chain) }
    var items = frame.items[...]
    var startsCommand = frame.opener != .openBracket
    if frame.hasStatements {
      if let first = items.first?.token, first.isName, items.dropFirst().first?.symbol == .assign,
        vocabulary.verb(first.text) == nil
      {
        items = items.dropFirst(2)
        if items.isEmpty { return .command(nil) }
      } else if let role = headRole(items) {
        return role
      }
    }
    if let first = items.first?.token, first.isName, first.text == "time" {
      items = items.dropFirst()
      if items.isEmpty { return .command(nil) }
    }
    if items.first?.token.map({ $0.isName && $0.text == "help" }) == true {
      return .help(items.dropFirst().compactMap { $0.token?.isName == true ? $0.token?.text : nil })
    }
    if items.isEmpty { return emptyRole(of: frame, in: outer) }
    if frame.isIndex { startsCommand = false }
    if startsCommand, let first = items.first?.token, first.isName, let verb = vocabulary.verb(first.text) {
      return callRole(verb, Array(items.dropFirst()))
    }
    return expressionRole(items)
  }

  /// `for` and `if`.
  private func headRole(_ items: ArraySlice<Item>) -> CursorPlace.Role? {
    guard let first = items.first?.token, first.isName else { return nil }
    switch first.text {
    case "for":
      switch items.count {
      case 1: return .nothing
      case 2: return .keyword("in")
      case 3: return .expression
      default: return expressionRole(items.dropFirst(3))
      }
    case "if": return items.count == 1 ? .expression : expressionRole(items.dropFirst())
    case "else":
      return items.count == 1
        ? .keyword("if") : items.count == 2 ? .expression : expressionRole(items.dropFirst(2))
    default: return nil
    }
  }

  private func emptyRole(of frame: Frame, in outer: [Frame]) -> CursorPlace.Role {
    if frame.hasStatements { return .statement }
    if frame.isIndex { return .expression }
    var parameter: Parameter?
    var call: PartialCall?
    if var parent = outer.last {
      // What the bracket itself is to the command around it.
      parent.items.removeLast()
      switch role(of: parent, in: Array(outer.dropLast())) {
      case .argument(let found): (parameter, call) = (found.nextArgument, found)
      case .value(let found, let around): (parameter, call) = (found, around)
      case .command(let found): parameter = found
      default: break
      }
    }
    if frame.opener == .openBracket, let call { return .value(parameter, call) }
    return frame.opener == .openParen ? .command(parameter) : .expression
  }

  /// After an operator something must follow, after a value nothing can.
  private func expressionRole(_ items: ArraySlice<Item>) -> CursorPlace.Role {
    guard let last = items.last else { return .expression }
    if let symbol = last.symbol { return symbol == .dot || symbol == .question ? .nothing : .expression }
    if let token = last.token, token.isName, ["and", "or", "not", "in"].contains(token.text) {
      return .expression
    }
    return .nothing
  }

  /// `cifar.train.` → ["cifar", "train"].
  private func memberChain(_ items: [Item]) -> [String]? {
    guard items.last?.symbol == .dot, items.last?.isTouching == true else { return nil }
    var chain: [String] = []
    var index = items.count - 1
    while index >= 1, items[index].symbol == .dot, items[index].isTouching {
      guard let name = items[index - 1].token, name.isName else { return [] }
      chain.insert(name.text, at: 0)
      guard name.isTouching, index >= 2 else { break }
      index -= 2
    }
    return chain
  }

  // MARK: Calls

  /// Whether the statement is a command, perhaps timed or assigned.
  private func beginsCommand(_ items: [Item]) -> Bool {
    var rest = items.prefix(4)
    if rest.dropFirst().first?.symbol == .assign { rest = rest.dropFirst(2) }
    if rest.first?.token?.text == Keyword.time.rawValue { rest = rest.dropFirst() }
    return rest.first?.token.map { $0.isName && vocabulary.verb($0.text) != nil } ?? false
  }

  private func callRole(_ verb: Vocabulary.Verb, _ items: [Item]) -> CursorPlace.Role {
    var call = PartialCall(verb: verb, command: verb.bare)
    guard !items.isEmpty else { return verb.kindNames.isEmpty ? .argument(call) : .kind(call) }
    var index = 0
    if let word = items[0].token, word.isName, let kind = verb.kind(word.text), !isPart(items, after: 0) {
      call.command = kind
      index = 1
    }
    guard let command = call.command else { return .nothing }
    while index < items.count {
      if let name = items[index].token, name.isName, index + 1 < items.count,
        items[index + 1].symbol == .assign
      {
        let parameter =
          command.parameter(named: name.text) ?? command.parameters.firstIndex { $0.role == .others }
        if index + 2 >= items.count { return .value(parameter.map { command.parameters[$0] }, call) }
        if let parameter { call.given.append(parameter) }
        index = skipValue(items, from: index + 2)
        continue
      }
      let end = skipValue(items, from: index)
      if call.positions == 0 {
        call.firstArgument = items[index..<end].compactMap { $0.token?.isName == true ? $0.token?.text : nil }
      }
      if let next = command.parameters.indices.filter({ command.parameters[$0].isPositional }).dropFirst(
        call.positions
      ).first {
        call.given.append(next)
      }
      call.positions += 1
      index = end
    }
    if let last = items.last?.symbol, last == .halfOpen || last == .closed { return .expression }
    return .argument(call)
  }

  private func isPart(_ items: [Item], after index: Int) -> Bool {
    guard index + 1 < items.count else { return false }
    let next = items[index + 1]
    return next.symbol == .assign || (next.isTouching && (next.symbol == .dot || next.token == nil))
  }

  /// Behind the value that begins at `start`: its members and indices touch it.
  private func skipValue(_ items: [Item], from start: Int) -> Int {
    var index = start + 1
    if start < items.count, items[start].symbol == .minus { index += 1 }
    while index < items.count {
      if items[index].isTouching,
        items[index].symbol == .dot || items[index].token == nil || items[index - 1].symbol == .dot
      {
        index += 1
      } else if items[index].symbol == .halfOpen || items[index].symbol == .closed {
        index += 2
      } else {
        break
      }
    }
    return min(index, items.count)
  }
}
