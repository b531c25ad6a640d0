import Language

extension Option {
  /// `seed=` of a command that draws at random: `others` is what another seed brings.
  static func seed(_ path: WritableKeyPath<Options, Int?> & Sendable, _ others: String) -> Option {
    Option(
      "seed", path,
      "\(others) for another seed. Left out, it is the session's, and so the same in every turn of a loop: give each turn its own, `seed=i`"
    )
  }
}
