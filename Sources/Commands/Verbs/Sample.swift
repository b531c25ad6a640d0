import Images
import Language

struct Sample {
  @Required var images: ImagesValue
  @Required var count: Int
  var seed: Int?
  var balanced = false

  static let command = Command(
    name: "sample", summary: "Some of the pictures, drawn at random.", gives: "images", group: "Data",
    defaults: Sample(),
    arguments: [
      Argument("images", \.$images, "The pictures to draw from"),
      Argument("count", \.$count, "How many", in: 1...100_000_000),
    ],
    options: [
      .seed(\.seed, "Another draw"),
      Option("balanced", \.balanced, "The same number of each class"),
    ],
    examples: [
      Example(code: "few = sample shapes.train 100 seed=42", setup: "shapes = load shapes train=200 test=50")
    ],
    chance: .draws
  ) { options, context in
    ImagesValue(
      try options.images.set.sample(
        options.count, seed: context.session.seed(options.seed), balanced: options.balanced))
  }
}

struct Split {
  @Required var images: ImagesValue
  @Required var share: Double
  var seed: Int?

  static let command = Command(
    name: "split", summary: "Two parts of the pictures, drawn at random: a list of two.",
    details: "The first part holds the share, the second the rest; together they hold every picture once.",
    gives: "list", group: "Data", defaults: Split(),
    arguments: [
      Argument("images", \.$images, "The pictures to divide"),
      Argument("share", \.$share, "Share of the first part", in: 0.0...1.0),
    ],
    options: [
      .seed(\.seed, "Another draw")
    ],
    examples: [
      Example(
        code: "parts = split shapes.train 80%\nparts[0]", setup: "shapes = load shapes train=200 test=50")
    ],
    chance: .draws
  ) { options, context in
    let (first, second) = try options.images.set.split(
      options.share, seed: context.session.seed(options.seed))
    return List([ImagesValue(first), ImagesValue(second)])
  }
}
