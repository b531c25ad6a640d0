/// Completions offered by Tab.
public struct Offers: Equatable, Sendable {
  public struct Offer: Equatable, Sendable {
    public enum Kind: String, Sendable {
      case verb, kind, option, choice, name, member, key, path, keyword
    }

    public let text: String
    public let kind: Kind
    /// Note beside the text in a list: the type of a name, the meaning of an option.
    public let signature: String

    public init(text: String, kind: Kind, signature: String) {
      self.text = text
      self.kind = kind
      self.signature = signature
    }
  }

  public let all: [Offer]
  /// The stretch that an offer replaces, in code points.
  public let start: Int
  public let end: Int
}

extension Interpreter {
  /// Completions at the cursor, a position in code points.
  public func offers(for code: String, cursor: Int) -> Offers {
    knowing(code).completions(of: code, cursor: cursor)
  }

  private func completions(of code: String, cursor: Int) -> Offers {
    let source = Source(code)
    let end = source.clamped(cursor)
    var start = end
    while start > 0, isNamePart(source.scalars[start - 1]) { start -= 1 }
    while start < end, !isNameStart(source.scalars[start]) { start += 1 }
    let reader = CursorReader(source, vocabulary: vocabulary)
    let place = reader.place(at: start)
    if let text = place.text {
      let typed = text + source.text(SourceRange(start, end))
      if case .index(let chain) = place.role { return keys(in: typed, of: chain, end: end) }
      // The part after the last slash is what a path replaces, whatever signs it holds.
      return paths(in: typed, at: place, end: end)
    }
    if endsValue(source, before: start) { return Offers(all: [], start: end, end: end) }
    let completer = Completer(
      vocabulary: vocabulary, workspace: host.workspace, prefix: source.text(SourceRange(start, end)),
      isBeforeSign: end < source.scalars.count && source.scalars[end] == "=")
    return Offers(all: completer.matches(at: place.role), start: start, end: end)
  }

  /// Whether a number, a text or a closing bracket ends right here: nothing but an operator can touch it.
  private func endsValue(_ source: Source, before place: Int) -> Bool {
    guard place > 0 else { return false }
    let last = source.scalars[place - 1]
    if last == "%", place > 1 { return isDigit(source.scalars[place - 2]) }
    return isNamePart(last) || last == ")" || last == "]" || last == "\"" || last == "'"
  }

  /// Names of classes or columns, inside the quotes of an index.
  private func keys(in text: String, of chain: [String], end: Int) -> Offers {
    let completer = Completer(vocabulary: vocabulary, workspace: host.workspace, prefix: text)
    let start = end - text.unicodeScalars.count
    return Offers(all: completer.keys(of: chain, isQuoted: false), start: start, end: end)
  }

  /// Files and folders, if the string stands where a path is wanted.
  private func paths(in text: String, at place: CursorPlace, end: Int) -> Offers {
    let parameter: Parameter?
    switch place.role {
    case .argument(let call): parameter = call.nextArgument
    case .value(let value, _): parameter = value
    default: parameter = nil
    }
    guard parameter?.suggestions == .paths, !text.contains("{"), !text.contains("\\") else {
      return Offers(all: [], start: end, end: end)
    }
    let last = text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).last?.count ?? 0
    let endings = parameter?.endings ?? []
    let entries = Paths.entries(startingLike: text, endings: endings).filter(Completer.canStandInQuotes)
    return Offers(
      all: entries.map { .init(text: $0, kind: .path, signature: $0.hasSuffix("/") ? "folder" : "file") },
      start: end - last, end: end)
  }
}

/// Collects matches for one prefix, the likeliest first.
struct Completer {
  let vocabulary: Vocabulary
  let workspace: Workspace
  let prefix: String
  /// The `=` of an option stands there already.
  var isBeforeSign = false

  /// Whether the text needs no escapes.
  static func canStandInQuotes(_ text: String) -> Bool { !text.contains { "\"'{\\\n\r".contains($0) } }

  func matches(at role: CursorPlace.Role) -> [Offers.Offer] {
    var seen: Set<String> = []
    return candidates(at: role).filter { fits($0.text) && seen.insert($0.text).inserted }
  }

  private func fits(_ word: String) -> Bool {
    if prefix.isEmpty { return true }
    let typed = prefix.lowercased()
    return word.lowercased().hasPrefix(typed) || spellingKey(word).hasPrefix(typed)
      || (word.hasPrefix("(") || word.hasPrefix("\"")) && fits(String(word.dropFirst()))
  }

  private func candidates(at role: CursorPlace.Role) -> [Offers.Offer] {
    switch role {
    case .nothing: []
    case .statement: verbs() + names() + keywords(["for", "if", "time", "help"])
    case .command(let parameter): commands(for: parameter)
    case .operand: names() + truths
    case .expression:
      names() + truths + keywords(["not"])
        + (prefix.isEmpty ? [] : verbs { $0.gives != nil && $0.standsAlone })
    case .kind(let call): kinds(of: call.verb) + (call.command == nil ? [] : arguments(of: call))
    case .argument(let call): arguments(of: call)
    case .value(let parameter, let call): values(for: parameter, in: call)
    case .member(let chain): members(of: chain).filter { isName($0.text) }
    case .index(let chain): keys(of: chain, isQuoted: true) + candidates(at: .expression)
    case .help(let words): helpTopics(after: words)
    case .keyword(let word): keywords([word])
    }
  }

  // MARK: Words

  private var truths: [Offers.Offer] { keywords(["true", "false"]) }

  private func keywords(_ words: [String]) -> [Offers.Offer] {
    words.map { .init(text: $0, kind: .keyword, signature: "") }
  }

  private func verbs(where isWanted: (any AnyCommand) -> Bool = { _ in true }) -> [Offers.Offer] {
    vocabulary.verbNames.compactMap { name in
      guard let verb = vocabulary.verb(name) else { return nil }
      let commands = verb.commands.filter(isWanted)
      guard let first = commands.first else { return nil }
      let text =
        verb.kindNames.isEmpty || commands.count == 1 ? first.summary : verb.kindNames.joined(separator: ", ")
      return .init(text: name, kind: .verb, signature: text)
    } + aliases(where: isWanted)
  }

  /// Other names of verbs come only when nothing else would.
  private func aliases(where isWanted: (any AnyCommand) -> Bool) -> [Offers.Offer] {
    guard !prefix.isEmpty else { return [] }
    return vocabulary.commands.filter(isWanted).flatMap { command in
      command.aliases.filter { !$0.contains(" ") }.map {
        .init(text: $0, kind: .verb, signature: "the same as \(command.name)")
      }
    }
  }

  private func kinds(of verb: Vocabulary.Verb) -> [Offers.Offer] {
    verb.kindNames.map { .init(text: $0, kind: .kind, signature: verb.kind($0)?.summary ?? "") }
  }

  private func helpTopics(after words: [String]) -> [Offers.Offer] {
    guard let first = words.first else { return verbs() + names() + keywords(["for", "if", "time"]) }
    guard words.count == 1, let verb = vocabulary.verb(first) else { return [] }
    return kinds(of: verb)
  }

  // MARK: Values

  private func name(_ name: String, _ value: any Value) -> Offers.Offer {
    .init(text: name, kind: .name, signature: value.typeName)
  }

  private func names() -> [Offers.Offer] { names { _ in true } }

  private func names(where isWanted: (any Value) -> Bool) -> [Offers.Offer] {
    workspace.entries.filter { isWanted($0.value) }.map { name($0.name, $0.value) }
  }

  /// Commands and values, those of the wanted type first.
  private func commands(for parameter: Parameter?) -> [Offers.Offer] {
    guard let parameter, parameter.typeName != "any value" else { return verbs() + names() }
    let fitting = verbs { $0.gives(parameter.typeName) } + names(where: parameter.accepts)
    return fitting + names() + verbs { $0.gives != nil }
  }

  /// A member as a word, in quotes if it is not a name.
  private func asWord(_ member: Offers.Offer) -> Offers.Offer {
    let isBare = isName(member.text) && !Keyword.isReserved(member.text)
    return isBare ? member : .init(text: "\"\(member.text)\"", kind: member.kind, signature: member.signature)
  }

  private func members(of chain: [String]) -> [Offers.Offer] {
    guard let value = value(of: chain) else { return [] }
    return value.memberNames.compactMap { name in
      .init(text: name, kind: .member, signature: value.member(name)?.typeName ?? "")
    }
  }

  /// The texts that the value takes as an index.
  func keys(of chain: [String], isQuoted: Bool) -> [Offers.Offer] {
    guard let value = value(of: chain) else { return [] }
    let noun = "of " + chain.joined(separator: ".")
    return value.keys.filter { Completer.canStandInQuotes($0) && (isQuoted || fits($0)) }.map {
      .init(text: isQuoted ? "\"\($0)\"" : $0, kind: .key, signature: noun)
    }
  }

  private func value(of chain: [String]) -> (any Value)? {
    guard let first = chain.first, var value = workspace[first] else { return nil }
    for name in chain.dropFirst() {
      guard let member = value.member(name: name) else { return nil }
      value = member
    }
    return value
  }

  // MARK: Commands

  private func arguments(of call: PartialCall) -> [Offers.Offer] {
    guard let command = call.command else { return [] }
    let next = call.nextArgument.map { values(for: $0, in: call) } ?? []
    return next + options(of: command, without: call.given)
  }

  private func options(of command: any AnyCommand, without given: [Int]) -> [Offers.Offer] {
    command.parameters.indices.compactMap { index in
      let parameter = command.parameters[index]
      guard parameter.role == .option, !given.contains(index) else { return nil }
      return .init(
        text: parameter.name + (isBeforeSign ? "" : "="), kind: .option,
        signature: parameter.summary + (command.defaultText(at: index).map { " (\($0))" } ?? ""))
    }
  }

  private func values(for parameter: Parameter?, in call: PartialCall) -> [Offers.Offer] {
    guard let parameter else { return names() }
    let words = parameter.words.map {
      Offers.Offer(text: $0, kind: .choice, signature: parameter.summary)
    }
    switch parameter.suggestions {
    case .names: return words + names()
    case .members: return words + members(of: call.firstArgument).map(asWord)
    case .paths: return names { $0 is Text }
    case .values: break
    }
    if parameter.isWordAlways { return words }
    if parameter.typeName == Bool.typeName { return truths + names { $0 is Truth } }
    if parameter.typeName == "any value" { return names() + truths }
    let fitting = names(where: parameter.accepts)
    let alone = verbs { $0.gives(parameter.typeName) && $0.standsAlone }
    // A command that needs something itself goes in parentheses.
    let others = vocabulary.commands.filter { $0.gives(parameter.typeName) && !$0.standsAlone }.map {
      Offers.Offer(text: "(" + $0.name, kind: .verb, signature: $0.summary)
    }
    let rest = prefix.isEmpty ? [] : names()
    return fitting + words + alone + others + rest
  }
}

extension AnyCommand {
  /// Whether the verb alone, without kind and arguments, gives a value.
  var standsAlone: Bool { words.count == 1 && !parameters.contains(where: \.isRequired) }
}
