import Images
import Language

struct Sample {
  @Required var images: ImagesValue
  var count: Int?
  var perClass: Int?
  var seed: Int?
  var balanced = false

  static let command: Command<Sample> = Command(
    name: "sample", summary: "A random sample of the images.",
    details: """
      Of a number of images in all, or with perclass=10 of that many of each class: then a class with fewer is an error, while \
      balanced=true takes what it has and makes up for it with others. A smaller sample with the same seed is part of a larger one.
      """,
    gives: "images", group: "Data", defaults: Sample(),
    arguments: [
      Argument("images", \.$images, "The images to draw from"),
      Argument("count", \.count, "Number of images", in: 1...100_000_000),
    ],
    options: [
      Option(
        "perclass", \.perClass, "Number of images of each class, in place of a count", in: 1...100_000_000),
      .seed(\.seed, "the draw"),
      Option("balanced", \.balanced, "Draw the same number of images from each class"),
    ],
    examples: [
      Example(code: "few = sample shapes.train 100 seed=42", setup: "shapes = load shapes train=200 test=50"),
      Example(code: "sample shapes.train perclass=10", setup: "shapes = load shapes train=200 test=50"),
    ]
  ) { options, context in
    let (set, seed) = (options.images.set, context.session.seed(options.seed))
    switch (options.count, options.perClass) {
    case (let count?, nil):
      return ImagesValue(try set.sample(count, seed: seed, balanced: options.balanced))
    case (nil, let perClass?):
      return ImagesValue(try set.sample(perClass: perClass, seed: seed))
    case (nil, nil):
      throw Problem(
        "`\(command.name)` lacks the number of images",
        advice:
          "write \(command.name) images 500, or \(command.name) images \(command.given(\.perClass, 10)) for 10 of each class"
      )
    case (.some, .some):
      throw Problem(
        "a number of images and one of each class contradict each other", about: command.word(\.perClass),
        advice: "leave out one of the two")
    }
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
    ]
  ) { options, context in
    let (first, second) = try options.images.set.split(
      options.share, seed: context.session.seed(options.seed))
    return List([ImagesValue(first), ImagesValue(second)])
  }
}
