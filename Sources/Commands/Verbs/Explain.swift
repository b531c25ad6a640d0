import Base
import Language

/// Explains a concept of the field, with its formula and a picture.
struct Explain {
  var words: [ConceptWord] = []

  static let command: Command<Explain> = Command(
    name: "explain",
    summary:
      "A concept of the field: what it is, its formula, a picture, where it occurs here and what to try.",
    details:
      "Without a word it lists all concepts. Other names of a concept, plurals, hyphens and both spellings do as well. `help` is about commands.",
    gives: "explanation", group: "Looking", defaults: Explain(),
    arguments: [
      Argument.rest("concept", \.words, "The concept, in one word or more: temperature, projection head")
    ],
    examples: ["explain temperature", "explain projection head", "explain"],
    showsValue: true
  ) { options, context in
    guard !options.words.isEmpty else {
      return TableValue(
        columns: ["explain …", "what it is"],
        rows: Concepts.all.map { [.text($0.name), .text("\($0.title). \(firstSentence($0.paragraphs[0]))")] })
    }
    let name = options.words.map(\.word).joined(separator: " ")
    guard let concept = Concepts.find(name) else {
      let near = Concepts.suggestions(for: name).map { "`\(command.name) \($0)`" }
      let question = near.isEmpty ? "" : "Did you mean \(listed(near))? "
      throw Problem(
        "There is no concept `\(name)`.", about: command.word(\.words),
        advice: question + "Concepts: \(Concepts.all.map(\.name).joined(separator: ", ")).",
        kind: .unknownWord)
    }
    return ConceptValue(concept: concept, figure: try concept.figure(in: context.session))
  }

  private static func firstSentence(_ text: String) -> String {
    let end = text.firstIndex { $0 == "." || $0 == ":" } ?? text.endIndex
    return text[..<end] + "."
  }
}

/// A word of a concept's name.
struct ConceptWord: OptionValue {
  static let typeName = "concept"
  static let isWordAlways = true
  static var words: [String] { Concepts.all.map(\.name) }
  let word: String
  var written: String { word }

  static func word(_ word: String) -> ConceptWord? { ConceptWord(word: word) }

  static func read(_ value: any Value) throws -> ConceptWord {
    throw Mismatch(expected: typeName, found: value)
  }
}
