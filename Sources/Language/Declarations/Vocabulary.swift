/// The commands, found by their words. Built once; never changes.
public final class Vocabulary: Sendable {
  public let commands: [any AnyCommand]
  private let verbs: [String: Verb]
  /// Verbs in the order of their declaration, without aliases.
  public let verbNames: [String]

  /// A verb: one command, kinds, or both.
  struct Verb: Sendable {
    let name: String
    var bare: (any AnyCommand)?
    var kindNames: [String] = []
    fileprivate var kinds: [String: any AnyCommand] = [:]

    /// Whether the word may be a name too: it is the verb where something stands behind it that the command takes.
    var mayBeName: Bool { kindNames.isEmpty && bare?.wordMayBeName == true }

    /// The command of a kind, whichever way it is spelled.
    func kind(_ word: String) -> (any AnyCommand)? { kinds[spellingKey(word)] }

    /// Every command of this verb, the bare one first.
    var commands: [any AnyCommand] {
      (bare.map { [$0] } ?? []) + kindNames.compactMap { kinds[spellingKey($0)] }
    }
  }

  /// If two commands claim one name, the first keeps it; `problems()` reports such clashes.
  public init(_ commands: [any AnyCommand]) {
    self.commands = commands
    var verbs: [String: Verb] = [:]
    var verbNames: [String] = []
    for command in commands {
      for (index, name) in ([command.name] + command.aliases).enumerated() {
        let words = name.split(separator: " ").map(String.init)
        guard let first = words.first else { continue }
        let key = spellingKey(first)
        if verbs[key] == nil {
          verbs[key] = Verb(name: first)
          if index == 0 { verbNames.append(first) }
        }
        if words.count == 1 {
          if verbs[key]?.bare == nil { verbs[key]?.bare = command }
        } else {
          let kind = spellingKey(words[1])
          guard verbs[key]?.kinds[kind] == nil else { continue }
          verbs[key]?.kinds[kind] = command
          if index == 0 { verbs[key]?.kindNames.append(words[1]) }
        }
      }
    }
    self.verbs = verbs
    self.verbNames = verbNames
  }

  /// The names of all options, and their choices.
  var optionWords: [String] {
    var seen: Set<String> = []
    return commands.flatMap(\.parameters).flatMap { [$0.name] + ($0.role == .option ? $0.words : []) }
      .filter { seen.insert($0).inserted }
  }

  func verb(_ word: String) -> Verb? { verbs[spellingKey(word)] }

  /// Whether the word is reserved: a verb, or a word of the grammar.
  /// A verb whose word may be a name as well is not.
  public func isReserved(_ word: String) -> Bool {
    Keyword.isReserved(word) || verb(word).map { !$0.mayBeName } ?? false
  }

  /// The command of that name, or of that alias: "train", "load cifar10".
  public func command(named name: String) -> (any AnyCommand)? {
    let words = name.split(separator: " ").map(String.init)
    guard let first = words.first, let verb = verb(first) else { return nil }
    return words.count == 1 ? verb.bare : verb.kind(words[1])
  }

  /// Every example of every help page, for the test that runs them.
  public var examples: [(command: String, example: Example)] {
    commands.flatMap { command in command.examples.map { (command.name, $0) } }
  }

  /// The chapters of the manual in the order of their first command.
  public var groups: [String] {
    var seen: Set<String> = []
    return commands.map(\.group).filter { seen.insert($0).inserted }
  }

  /// Problems of the declarations, for a test: names that clash or cannot be written, arguments in an order
  /// that cannot be given, examples that do not parse. Empty if all is well.
  public func problems() -> [String] {
    var problems: [String] = []
    var seen: [String: String] = [:]
    for command in commands {
      for name in [command.name] + command.aliases {
        let words = name.split(separator: " ").map(String.init)
        if !(1...2).contains(words.count) || !words.allSatisfy(isName) {
          problems.append("\(command.name): `\(name)` is not one or two names.")
        } else if Keyword.isReserved(words[0]) {
          problems.append("\(command.name): `\(words[0])` is a word of the grammar.")
        }
        let key = words.map(spellingKey).joined(separator: " ")
        if let other = seen[key] {
          problems.append("`\(name)` is claimed by \(other) and by \(command.name).")
        }
        seen[key] = command.name
      }
      if command.summary.isEmpty { problems.append("\(command.name): no summary.") }
      problems += parameterProblems(of: command)
      problems += exampleProblems(of: command)
    }
    return problems
  }

  private func parameterProblems(of command: any AnyCommand) -> [String] {
    var problems: [String] = []
    var seen: Set<String> = []
    var hasOptionalArgument = false
    var hasRest = false
    for parameter in command.parameters {
      for name in [parameter.name] + parameter.aliases {
        if !isName(name) { problems.append("\(command.name): `\(name)` is not a name.") }
        if !seen.insert(spellingKey(name)).inserted {
          problems.append("\(command.name): `\(name)` occurs twice.")
        }
      }
      for word in parameter.words where !isName(word) || Keyword.isReserved(word) {
        problems.append("\(command.name) \(parameter.name): the word `\(word)` cannot be written bare.")
      }
      if parameter.summary.isEmpty { problems.append("\(command.name) \(parameter.name): no summary.") }
      guard parameter.isPositional else { continue }
      if hasRest {
        problems.append("\(command.name): `\(parameter.name)` follows the rest of the arguments.")
      }
      if parameter.isRequired, hasOptionalArgument {
        problems.append("\(command.name): `\(parameter.name)` is required but follows one that is not.")
      }
      hasOptionalArgument = hasOptionalArgument || !parameter.isRequired
      hasRest = parameter.role == .rest
    }
    return problems
  }

  private func exampleProblems(of command: any AnyCommand) -> [String] {
    command.examples.flatMap { [$0.setup, $0.code] }.compactMap { code in
      let source = Source(code)
      do throws(Fault) {
        try Checker(vocabulary: self).check(try Parser.parse(source, vocabulary: self))
        return nil
      } catch {
        return "\(command.name): the example `\(code)` is wrong: \(Diagnostic(error, in: source).plainText)"
      }
    }
  }
}
