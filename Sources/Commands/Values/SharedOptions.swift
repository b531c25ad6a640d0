import Figures
import Language
import Learning

/// Options that several commands have, declared once.
extension Option {
  /// `seed=` of a command that draws at random: `drawn` is what depends on it.
  static func seed(_ path: WritableKeyPath<Options, Int?> & Sendable, _ drawn: String) -> Option {
    Option(
      "seed", path,
      "Random seed of \(drawn); default: the session's seed, from which each turn of a loop makes its own"
    )
  }

  /// `title=` of a figure.
  static func title(_ path: WritableKeyPath<Options, Label?> & Sendable) -> Option {
    Option("title", path, "Title above the figure")
  }

  // MARK: - Tiles of an image (`Tiles`)

  static func grid(_ path: WritableKeyPath<Options, Int> & Sendable) -> Option {
    Option("grid", path, "Number of tiles along a side", in: Tiles.grids)
  }

  static func tile(_ path: WritableKeyPath<Options, Int?> & Sendable) -> Option {
    Option(
      "tile", path, "Side of a tile; default: 7/8 of a cell of the encoder's images, and no less than 8",
      in: 1...1024, unit: "pixels")
  }

  static func gap(_ path: WritableKeyPath<Options, Int?> & Sendable) -> Option {
    Option(
      "gap", path,
      "Difference in length of a cell and its tile, which moves in it; default: a seventh of the tile",
      in: 0...1024, unit: "pixels")
  }

  // MARK: - Small views (`SmallViews`)

  static func crops(_ path: WritableKeyPath<Options, Int> & Sendable) -> Option {
    Option("crops", path, "Number of small views beside the two large ones", in: 0...64)
  }

  static func cropSize(_ path: WritableKeyPath<Options, Int?> & Sendable) -> Option {
    Option("cropsize", path, "Side of a small view in pixels; default: 9/16 of the encoder's", in: 1...2048)
  }

  static func cropScale(_ path: WritableKeyPath<Options, ClosedRange<Float>> & Sendable) -> Option {
    Option("cropscale", path, "Range of the share of the area that small views show", in: 0.0001...1)
  }
}
