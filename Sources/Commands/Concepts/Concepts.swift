import Language

/// All concepts of `explain`, in the order in which one would learn them.
package enum Concepts {
  package static let all: [Concept] = learning + networks + training + judging

  static func find(_ words: String) -> Concept? { all.first { $0.isNamed(words) } }

  /// Names to suggest for words that are no concept's name: the concept they are near to, the name they misspell, or names
  /// that have one of the words.
  static func suggestions(for words: String) -> [String] {
    let key = ConceptKey(words)
    let near = all.filter { $0.nearby.contains { ConceptKey($0) == key } }
    guard near.isEmpty else { return near.map { $0.title.lowercased() } }
    let names = all.flatMap { [$0.name, $0.title.lowercased()] + $0.aliases }
    if let similar = nearestWord(to: words.lowercased(), among: names) { return [similar] }
    let sharing = all.compactMap { concept in
      (concept.names.dropFirst() + concept.nearby).contains {
        !Set(ConceptKey($0).words).isDisjoint(with: key.words)
      } ? concept.title.lowercased() : nil
    }
    return Array(sharing.prefix(3))
  }
}
