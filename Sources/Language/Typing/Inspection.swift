extension Interpreter {
  /// Help shown by Shift-Tab: for the verb, kind, option, choice, name or member at the cursor (a position in code
  /// points), else for the command around it; nil if there is nothing to say.
  public func inspect(_ code: String, cursor: Int) -> Help? { knowing(code).inspection(code, cursor: cursor) }

  private func inspection(_ code: String, cursor: Int) -> Help? {
    let source = Source(code)
    let offset = source.clamped(cursor)
    let reader = CursorReader(source, vocabulary: vocabulary)
    if let token = reader.token(at: offset), token.isName {
      let place = reader.place(at: token.range.lower)
      if place.text == nil, let help = help(for: token, at: place, next: reader.token(after: token)) {
        return help
      }
    }
    return reader.place(at: offset).calls.first.flatMap(help)
  }

  private var writer: HelpWriter { HelpWriter(vocabulary: vocabulary) }

  /// The command, or the kinds to choose from.
  private func help(for call: PartialCall) -> Help? {
    call.command.map(writer.help) ?? writer.help(for: call.verb)
  }

  private func help(for token: Token, at place: CursorPlace, next: Token?) -> Help? {
    let word = token.text
    let isOption = next?.symbol == .assign
    switch place.role {
    case .nothing: return nil
    case .member(let chain): return help(forPath: chain + [word])
    case .kind(let call):
      if let kind = call.verb.kind(word) { return writer.help(for: kind) }
      return argument(word, isOption: isOption, call.nextArgument, in: call)
    case .argument(let call): return argument(word, isOption: isOption, call.nextArgument, in: call)
    case .value(let parameter, let call): return argument(word, isOption: false, parameter, in: call)
    case .help(let words): return topic(words + [word])
    case .statement, .command, .expression, .operand, .index, .keyword:
      // Shift-Tab on a verb that is followed by its kind explains the kind.
      if let verb = vocabulary.verb(word) {
        let kind = next.flatMap { $0.isName ? verb.kind($0.text) : nil }
        return kind.map(writer.help) ?? writer.help(for: verb)
      }
      return help(forPath: [word]) ?? writer.help(forKeyword: word)
    }
  }

  /// An option's name, a choice, or a value given to a command.
  private func argument(_ word: String, isOption: Bool, _ parameter: Parameter?, in call: PartialCall)
    -> Help?
  {
    guard let command = call.command else { return nil }
    if isOption {
      return command.parameter(named: word).map { writer.help(forParameter: $0, of: command) }
    }
    let isWord =
      parameter.map { $0.isWordAlways || ($0.hasWord(word) && host.workspace[word] == nil) } ?? false
    if let parameter, isWord, let index = command.parameter(named: parameter.name) {
      return writer.help(forParameter: index, of: command)
    }
    return help(forPath: [word]) ?? vocabulary.verb(word).map { writer.help(for: $0) }
  }

  private func help(forPath names: [String]) -> Help? {
    guard let first = names.first, var value = host.workspace[first] else { return nil }
    for name in names.dropFirst() {
      guard let member = value.member(name: name) else { return nil }
      value = member
    }
    return writer.help(for: value, named: names.joined(separator: "."))
  }

  private func topic(_ words: [String]) -> Help? {
    guard let first = words.first else { return nil }
    if let verb = vocabulary.verb(first) {
      return words.dropFirst().first.flatMap { verb.kind($0) }.map(writer.help) ?? writer.help(for: verb)
    }
    return help(forPath: words) ?? writer.help(forKeyword: first)
  }
}
