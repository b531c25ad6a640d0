/// Options by what they are rather than by their names: `help learning rate` is about `rate`.
extension HelpWriter {
  /// The option whose help begins with the phrase; of several the one that most commands have.
  func option(called phrase: String) -> String? {
    let phrase = spellingKey(phrase.lowercased())
    return phrases.first { $0.phrase == phrase }?.option
  }

  /// The option that a misspelt phrase, or one word of a phrase, was meant to name.
  func option(nearTo phrase: String) -> String? {
    let phrase = spellingKey(phrase.lowercased())
    let words = phrase.split(separator: " ")
    if words.count == 1 {
      return phrases.first { known in
        let known = known.phrase.split(separator: " ")
        return known.count == 2 && known[0] == words[0]
      }?.option
    }
    let near = nearestWord(to: phrase, among: phrases.map(\.phrase))
    return near.flatMap { near in phrases.first { $0.phrase == near }?.option }
  }

  /// Beginnings of the help of options, "learning rate" of "Learning rate at the end of …", the most frequent options first.
  private var phrases: [(phrase: String, option: String)] {
    var counts: [String: Int] = [:]
    var found: [(phrase: String, option: String)] = []
    let ends: Set<Substring> = [
      "of", "for", "at", "to", "in", "that", "by", "with", "from", "on", "above", "as", "between",
    ]
    for command in vocabulary.commands {
      for parameter in command.parameters where parameter.role == .option {
        counts[parameter.name, default: 0] += 1
        let head = parameter.summary.lowercased().prefix { !":;,.(".contains($0) }
        let words = head.split(separator: " ").prefix { !ends.contains($0) }
        guard (2...4).contains(words.count) else { continue }
        found.append((spellingKey(words.joined(separator: " ")), parameter.name))
      }
    }
    return found.enumerated().sorted {
      let (a, b) = (counts[$0.element.option] ?? 0, counts[$1.element.option] ?? 0)
      return a != b ? a > b : $0.offset < $1.offset
    }.map(\.element)
  }
}
