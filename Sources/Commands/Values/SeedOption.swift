import Language

extension Option {
  /// `seed=` of a command that draws at random: `drawn` is what depends on it.
  static func seed(_ path: WritableKeyPath<Options, Int?> & Sendable, _ drawn: String) -> Option {
    Option(
      "seed", path,
      "Random seed of \(drawn); default: the session's seed, which is the same in every turn of a loop: give each turn its own, `seed=i`"
    )
  }
}
