import Base

/// `define`: a command of one's own.
public struct DefineOptions {
  @Required var name: NewName
  var arguments: [InnerName] = []
  var options = NamedValues()

  static let verb = "define"

  public static let command = Command(
    name: verb, summary: "A command of your own: a block that is used by its name, as any other command.",
    details: """
      The names behind its own are its arguments, and those with a value its options with their defaults. It gives the value of its last line, or that of \
      `return`. The comment above it is its help: `help overlap` shows it, as Tab and Shift-Tab do.

      Names within it are its own: it sees what it is given, what it assigns, and other definitions, and nothing of it stays. A value from outside is given to it as \
      an argument. A later cell can define it anew. `use` reads definitions from a file.
      """,
    group: Definition.chapter, defaults: DefineOptions(),
    arguments: [
      Argument("name", \.$name, "Name of the command"),
      .rest("arguments", \.arguments, "Names of its arguments"),
    ],
    options: [.others("options", \.options, "Its options with their defaults")],
    examples: [
      """
      # Share of the elements that two lists have in common.
      define overlap a b {
        both = 0
        for x in a { for y in b { if x == y { both = both + 1 } } }
        both / a.count
      }
      overlap [1, 2, 3] [2, 3, 4]
      """,
      """
      define power x n=2 {
        if n == 0 { return 1 }
        x * (power x n=(n - 1))
      }
      power 3 n=4
      """,
    ],
    takesBlock: true
  ) { options, context in
    guard context.frame == nil else { throw Problem.withinDefinition("`\(verb)`") }
    guard let block = context.block else {
      throw Problem(
        "a definition needs its block", advice: "write `define \(options.name.name) x { x }`", kind: .syntax)
    }
    guard let head = context.vocabulary.verb(options.name.name)?.bare as? Definition else {
      throw Problem("\(quoted(options.name.name)) cannot be defined here.", about: "name")
    }
    let defaults = Dictionary(options.options.pairs.map { ($0.name, $0.value) }) { $1 }
    context.host.workspace.define(head.with(.init(block: block.within([]), defaults: defaults)))
    return nil
  }
}

/// `use`: definitions of a file.
public struct UseOptions {
  @Required var path: FilePath

  static let verb = "use"

  public static let command = Command(
    name: verb, summary: "Read a file of definitions, whose commands can be used from here on.",
    details:
      "Text with nothing but `define` and comments, and `use` of other such files. Paths begin at the notebook's folder.",
    group: Definition.chapter, defaults: UseOptions(),
    arguments: [Argument("path", \.$path, "The file, `mine.contrast`", endings: ["contrast"])],
    examples: ["use \"mine.contrast\""]
  ) { options, context in
    guard context.frame == nil else { throw Problem.withinDefinition("`\(verb)`") }
    let file = try DefinitionFile(options.path.path, at: context.range, parsedWith: context.vocabulary)
    let host = context.host
    _ = try Evaluator(vocabulary: file.program.vocabulary, host: host, stepper: host.stepper)
      .run(file.program.statements, as: verb, in: file.source)
    return nil
  }
}

extension Problem {
  /// Refusal of a thing that cannot be used in a definition, named as the subject of a sentence.
  public static func withinDefinition(_ what: String) -> Problem {
    Problem(
      "\(what) cannot stand in a definition, whose names last no longer than it runs.",
      advice: "Write it outside.", kind: .syntax)
  }
}

extension Checker {
  /// Refuses names that a definition cannot have, and what cannot stand in one.
  func checkDefinition(_ call: Call) throws(Fault) {
    var known: Set<String> = []
    for (place, argument) in call.arguments.enumerated() {
      let word: PlacedWord
      if let name = argument.name {
        word = name
      } else if case .name(let text) = argument.value.form {
        word = PlacedWord(text: text, range: argument.value.range)
      } else {
        throw Fault(
          .syntax, "A definition has names, and this is none.", at: argument.value.range,
          advice: "A default has a name: `define f x k=10 { … }`.")
      }
      let isBuiltIn = place == 0 ? vocabulary.isBuiltIn(word.text) : vocabulary.isReserved(word.text)
      guard !isBuiltIn else {
        throw Fault(
          .syntax,
          "\(quoted(word.text)) is a command and cannot be \(place == 0 ? "defined anew" : "a name").",
          at: word.range,
          advice: "Choose another name, for example `my_\(word.text)`.")
      }
      guard known.insert(word.text).inserted else {
        throw Fault(
          .syntax, "\(quoted(word.text)) is named twice.", at: word.range, advice: "Choose another name.")
      }
    }
    guard call.block != nil else {
      throw Fault(
        .syntax, "A definition needs its block.", at: call.verb.range, advice: "Write `define f x { x }`.")
    }
  }
}
