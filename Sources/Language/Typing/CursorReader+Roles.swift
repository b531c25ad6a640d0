/// Roles of a place, from the open brackets and the words before it.
extension CursorReader {
  func role(of frame: Frame, in outer: [Frame]) -> CursorPlace.Role {
    if let chain = memberChain(frame.items) { return .member(of: chain) }
    if frame.items.first?.symbol == .closeBrace { return frame.mayElse ? .keyword("else") : .nothing }
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
    if frame.isIndex { return .index(of: outer.last.map { chain(before: $0.items.dropLast()) } ?? []) }
    var parameter: Parameter?
    var call: PartialCall?
    if var parent = outer.last {
      // What the bracket itself is to the command around it.
      parent.items.removeLast()
      switch role(of: parent, in: Array(outer.dropLast())) {
      case .argument(let found): (parameter, call) = (found.nextArgument, found)
      case .value(let found, let around): (parameter, call) = (found, around)
      case .command(let found): parameter = found
      case .index(let chain) where frame.opener == .openBracket: return .index(of: chain)
      default: break
      }
    }
    if frame.opener == .openBracket, let call { return .value(parameter, call) }
    return frame.opener == .openParen ? .command(parameter) : .expression
  }

  /// After an operator something must follow, after a value nothing can.
  private func expressionRole(_ items: ArraySlice<Item>) -> CursorPlace.Role {
    guard let last = items.last else { return .expression }
    if let symbol = last.symbol { return symbol == .dot || symbol == .question ? .nothing : .operand }
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

  /// `cifar.train` before a bracket → ["cifar", "train"]; empty where more than names stands there.
  private func chain(before items: ArraySlice<Item>) -> [String] {
    var chain: [String] = []
    var index = items.count - 1
    while index >= 0, let name = items[index].token, name.isName {
      chain.insert(name.text, at: 0)
      guard name.isTouching, index >= 2, items[index - 1].symbol == .dot, items[index - 1].isTouching else {
        return chain
      }
      index -= 2
    }
    return []
  }

  // MARK: Calls

  /// Whether the statement is a command, perhaps timed or assigned.
  func beginsCommand(_ items: [Item]) -> Bool {
    var rest = items.prefix(4)
    if rest.dropFirst().first?.symbol == .assign { rest = rest.dropFirst(2) }
    if rest.first?.token?.text == Keyword.time.rawValue { rest = rest.dropFirst() }
    return rest.first?.token.map { $0.isName && vocabulary.verb($0.text) != nil } ?? false
  }

  private func callRole(_ verb: Vocabulary.Verb, _ items: [Item]) -> CursorPlace.Role {
    var call = PartialCall(verb: verb, command: verb.bare)
    guard !items.isEmpty else {
      if verb.bare?.parameters.first?.isExpression == true { return .expression }
      return verb.kindNames.isEmpty ? .argument(call) : .kind(call)
    }
    var index = 0
    if let word = items[0].token, word.isName, let kind = verb.kind(word.text), !isPart(items, after: 0) {
      call.command = kind
      index = 1
    }
    guard let command = call.command else { return .nothing }
    if command.parameters.first?.isExpression == true, !items[index...].contains(where: \.isString) {
      return expressionRole(items[index...])
    }
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

  /// Index of the token after the value that begins at `start`; its members and indices touch it.
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
