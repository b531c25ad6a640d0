import Base

/// Writes help from the declarations, so that it cannot drift from what the commands do.
struct HelpWriter {
  let vocabulary: Vocabulary

  // MARK: Usage

  /// One line: `train model on=… [epochs=20] [rate=0.001]`.
  static func usage(of command: any AnyCommand) -> String {
    var parts = [command.name]
    for (index, parameter) in command.parameters.enumerated() {
      switch parameter.role {
      case .argument: parts.append(parameter.isRequired ? parameter.name : "[\(parameter.name)]")
      case .rest: parts.append(parameter.isRequired ? "\(parameter.name)…" : "[\(parameter.name)…]")
      case .others: parts.append("[name=value…]")
      case .option:
        let text = "\(parameter.name)=" + (command.defaultText(at: index) ?? "")
        parts.append(parameter.isRequired ? "\(parameter.name)=…" : "[\(text)]")
      }
    }
    if command.takesBlock { parts.append("[{ … }]") }
    return parts.joined(separator: " ")
  }

  // MARK: Pages

  func help(for command: any AnyCommand) -> Help {
    Help(title: command.name, lead: sentence(command.summary), blocks: blocks(for: command))
  }

  private func blocks(for command: any AnyCommand) -> [Help.Block] {
    var blocks: [Help.Block] = [.code(HelpWriter.usage(of: command))]
    if !command.details.isEmpty {
      blocks += command.details.split(separator: "\n\n").map { .paragraph(String($0)) }
    }
    let items = command.parameters.indices.map { item(for: $0, of: command) }
    let positional = command.parameters.indices.filter { command.parameters[$0].isPositional }
    if !positional.isEmpty { blocks += [.heading("Arguments"), .items(positional.map { items[$0] })] }
    let named = command.parameters.indices.filter { !command.parameters[$0].isPositional }
    if !named.isEmpty { blocks += [.heading("Options"), .items(named.map { items[$0] })] }
    if let gives = command.gives { blocks.append(.paragraph("Gives \(withArticle(gives)).")) }
    if !command.aliases.isEmpty {
      blocks.append(.paragraph("Also written \(listed(command.aliases.map { "`\($0)`" }))."))
    }
    if !command.examples.isEmpty {
      blocks += [.heading(command.examples.count == 1 ? "Example" : "Examples")]
      blocks += command.examples.map { .code($0.code) }
    }
    return blocks
  }

  /// A verb with all its kinds.
  func help(for verb: Vocabulary.Verb) -> Help {
    guard !verb.kindNames.isEmpty else {
      return verb.bare.map { help(for: $0) } ?? Help(title: verb.name, lead: "", blocks: [])
    }
    let kinds = verb.commands.filter { $0.words.count > 1 }
    let items = kinds.map { Help.Item($0.name, sentence($0.summary)) }
    let more = Help.Block.paragraph("`help \(kinds.first?.name ?? verb.name)` tells more.")
    if let bare = verb.bare {
      return Help(
        title: verb.name, lead: sentence(bare.summary),
        blocks: blocks(for: bare) + [.heading("Kinds"), .items(items), more])
    }
    return Help(
      title: verb.name, lead: "Comes in \(counted(kinds.count, "kind")).", blocks: [.items(items), more])
  }

  /// `epochs=20` with its meaning, type, bounds and choices.
  func item(for index: Int, of command: any AnyCommand) -> Help.Item {
    let parameter = command.parameters[index]
    let value = command.defaultText(at: index) ?? ""
    let term: String
    switch parameter.role {
    case .argument: term = parameter.name
    case .rest: term = parameter.name + "…"
    case .option: term = parameter.name + "=" + (parameter.isRequired ? "" : value)
    case .others: term = "name=value"
    }
    var text = sentence(parameter.summary)
    text += " " + sentence(HelpWriter.kind(of: parameter))
    if parameter.isRequired {
      text += " Required."
    } else if parameter.role == .argument, !value.isEmpty {
      text += " Default: \(value)."
    }
    if !parameter.aliases.isEmpty { text += " Also `\(parameter.aliases.joined(separator: "`, `"))`." }
    return Help.Item(term, text)
  }

  /// "Whole number from 1 to 10,000 (images)", "One of adam, sgd or lars".
  static func kind(of parameter: Parameter) -> String {
    var text = parameter.typeName
    if let bounds = parameter.bounds { text += " " + bounds.summary }
    if let unit = parameter.unit { text += " (\(unit))" }
    // Words that are all there is stand in the type's name already.
    if !parameter.words.isEmpty, !parameter.isWordAlways {
      text += ", or \(listed(parameter.words.map { "`\($0)`" }))"
    }
    return text.prefix(1).uppercased() + text.dropFirst()
  }

  /// One option alone, for the cursor on it.
  func help(forParameter index: Int, of command: any AnyCommand) -> Help {
    let item = item(for: index, of: command)
    return Help(
      title: "\(command.name) \(item.term)", lead: item.text, blocks: [.code(HelpWriter.usage(of: command))])
  }

  /// A named value.
  /// - Parameter note: what the member is that the value was found as.
  func help(for value: any Value, named name: String, note: String? = nil) -> Help {
    var blocks: [Help.Block] = note.map { [.paragraph(sentence($0))] } ?? []
    let members = value.memberNames
    if !members.isEmpty {
      let shown = firstFew(members.map { "`\(name).\($0)`" }, most: 40)
      blocks.append(.paragraph("Members: \(shown)."))
    }
    for note in value.memberNotes { blocks.append(.paragraph("`\(name).\(note.name)`: \(note.text).")) }
    if let key = value.keys.first(where: Completer.canStandInQuotes) {
      blocks.append(.paragraph("Parts by name: `\(name)[\"\(key)\"]`; Tab between the brackets shows them."))
    }
    let users = vocabulary.commands.filter { command in
      command.parameters.contains { $0.isPositional && $0.typeName == value.typeName }
    }
    if !users.isEmpty {
      blocks.append(.paragraph("Commands: \(users.map { "`\($0.name)`" }.joined(separator: ", "))."))
    }
    let type = withArticle(value.typeName)
    return Help(title: name, lead: "\(type): \(value.summary)", blocks: blocks, subject: value)
  }

  /// All commands by chapter.
  func overview() -> Help {
    var blocks: [Help.Block] = [
      .paragraph(
        "One command a line: a verb, what it acts on, options as `name=value`. `name = …` keeps a value. "
          + "`help train` or `train?` tells all about a command; Tab completes, Shift-Tab explains.")
    ]
    for group in vocabulary.groups {
      blocks.append(.heading(group))
      blocks.append(
        .items(
          vocabulary.commands.filter { $0.group == group }.map { Help.Item($0.name, sentence($0.summary)) }))
    }
    blocks.append(.heading("The language itself"))
    blocks.append(.items(HelpWriter.keywords.map { Help.Item($0.code, $0.text) }))
    return Help(title: "Contrast", lead: "The commands.", blocks: blocks)
  }

  /// An option or a choice, with every command that has it; nil where none has.
  func help(forOption word: String) -> Help? {
    var items: [Help.Item] = []
    for command in vocabulary.commands {
      for index in command.parameters.indices {
        let parameter = command.parameters[index]
        // Words that are looked up somewhere else, as the concepts of `explain` are, are no choices.
        let isChoice = parameter.role == .option && parameter.hasWord(word)
        guard parameter.isNamed(word, key: spellingKey(word)) || isChoice else { continue }
        let item = item(for: index, of: command)
        items.append(Help.Item("\(command.name) \(item.term)", item.text))
      }
    }
    guard !items.isEmpty else { return nil }
    let explaining = vocabulary.commands.first { command in
      command.parameters.contains { $0.isWordAlways && $0.role == .rest && $0.hasWord(word) }
    }
    let more = explaining.map { [Help.Block.paragraph("`\($0.name) \(word)` explains the idea.")] } ?? []
    let what = items.allSatisfy { $0.term.contains(" \(word)=") } ? "An option" : "A word"
    return Help(
      title: word, lead: "\(what) of \(counted(items.count, "command")).", blocks: [.items(items)] + more)
  }

  // MARK: Words of the grammar

  private static let keywords: [(word: String, code: String, text: String)] = [
    (
      "for", "for x in values { … }",
      "Runs the statements once for every element of a list or number of a range."
    ),
    ("if", "if condition { … } else { … }", "Runs the statements if the condition is true, else the others."),
    (
      "return", "return value",
      "Ends the block of `define` early; its command gives that value. `return` alone gives none."
    ),
    ("time", "time command", "Says how long the command took."),
    ("help", "help command", "Explains a command, a kind, or a named value; alone it lists the commands."),
  ]

  func help(forKeyword word: String) -> Help? {
    let heads = ["in": "for", "else": "if"]
    guard let known = HelpWriter.keywords.first(where: { $0.word == heads[word] ?? word }) else { return nil }
    return Help(title: known.word, lead: known.text, blocks: [.code(known.code)])
  }
}

extension AnyCommand {
  /// Usage of the command in one line: `train model on=… [epochs=20]`.
  package var usage: String { HelpWriter.usage(of: self) }
}
