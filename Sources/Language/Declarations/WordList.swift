import Base

/// The words that a highlighter needs to know, for editors and typesetters outside this program.
extension Vocabulary {
  /// The word list as JSON: `keywords`, and `verbs` with the kinds of each, in every spelling. Sorted, a verb a line.
  public func wordList() -> String {
    var kinds: [String: Set<String>] = [:]
    for command in commands {
      for name in [command.name] + command.aliases {
        let words = name.split(separator: " ").map(String.init)
        guard let first = words.first else { continue }
        for verb in spellings(of: first) {
          kinds[verb, default: []].formUnion(words.dropFirst().flatMap(spellings))
        }
      }
    }
    func list(_ words: some Sequence<String>) -> JSON { .array(words.map(JSON.string)) }
    let verbs = kinds.sorted { $0.key < $1.key }.map {
      "    \(JSON.string($0.key)): \(list($0.value.sorted()))"
    }
    return """
      {
        "keywords": \(list(Keyword.allCases.map(\.rawValue))),
        "verbs": {
      \(verbs.joined(separator: ",\n"))
        }
      }
      """
  }
}
