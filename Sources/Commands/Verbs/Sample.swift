import Images
import Language

struct Sample {
  @Required var images: ImagesValue
  @Required var count: Int
  var seed: Int?
  var balanced = false

  static let command = Command(
    name: "sample", summary: "A random sample of the images.", gives: "images", group: "Data",
    defaults: Sample(),
    arguments: [
      Argument("images", \.$images, "The images to draw from"),
      Argument("count", \.$count, "Number of images", in: 1...100_000_000),
    ],
    options: [
      .seed(\.seed, "the draw"),
      Option("balanced", \.balanced, "Draw the same number of images from each class"),
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
    name: "split", summary: "The images split at random into two parts: a list of two.",
    details:
      "The first part has the given share, the second the rest; every image is in exactly one of them.",
    gives: "list", group: "Data", defaults: Split(),
    arguments: [
      Argument("images", \.$images, "The images to split"),
      Argument("share", \.$share, "Share of the first part", in: 0.0...1.0),
    ],
    options: [
      .seed(\.seed, "the draw")
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
