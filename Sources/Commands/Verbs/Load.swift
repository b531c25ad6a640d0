import Images
import Language
import Tensors

struct LoadShapes {
  var train = 5_000
  var test = 1_000
  var size = 32
  var difficulty = Shapes.Difficulty.normal
  var seed: Int?

  static let command = Command(
    name: "load shapes", summary: "Make small pictures of ten shapes.",
    details: """
      Each picture shows one shape in a random colour, place, size and turn on a busy background with noise. The class \
      is the shape alone, so pixels say little about it. The same seed gives the same pictures, at any size.
      """,
    gives: "images", group: "Data", defaults: LoadShapes(),
    options: [
      Option("train", \.train, "Pictures to train on", in: 10...1_000_000),
      Option("test", \.test, "Pictures to test on", in: 10...1_000_000),
      Option("size", \.size, "Side of a picture", in: 16...512, unit: "pixels"),
      Option("difficulty", \.difficulty, "How strongly colour, place, size, background and noise vary"),
      Option("seed", \.seed, "Other pictures for another seed; the session's seed where it is left out"),
    ],
    examples: ["shapes = load shapes train=200 test=100", "load shapes train=100 size=64"]
  ) { options, context in
    let session = context.session
    return ImagesValue(
      try Shapes.generate(
        count: options.train, test: options.test, size: options.size, seed: session.seed(options.seed),
        difficulty: options.difficulty, run: session.run()))
  }
}

struct LoadCIFAR10 {
  var path: FilePath?

  static let command = Command(
    name: "load cifar10", summary: "The 60,000 small photographs of CIFAR-10, in ten classes.",
    details: """
      Looks for the official binary files in path=, then where $CONTRAST_DATA says, then in the cache; where there are \
      none, downloads them once (162 MB), checks them and keeps them. Krizhevsky, 2009.
      """,
    gives: "images", group: "Data", defaults: LoadCIFAR10(),
    options: [
      Option(
        "path", \.path, "The folder cifar-10-batches-bin, or the archive cifar-10-binary.tar.gz",
        endings: ["gz"])
    ],
    examples: [Example(code: "cifar = load cifar10")]
  ) { options, context in
    try options.path?.mustExist("file or folder")
    return ImagesValue(try CIFAR10.load(path: options.path?.path, run: context.session.run()))
  }
}

struct LoadFolder {
  @Required var path: FilePath
  var size = 64

  static let command = Command(
    name: "load folder",
    summary: "Your own pictures: a folder with one folder of JPEG or PNG files for each class.",
    details: """
      Where the folder holds train and test, those are the parts; else a share of each class is set aside for testing. \
      Pictures are cut to a square about their middle and resized. Files that are no pictures are left out and counted.
      """,
    gives: "images", group: "Data", defaults: LoadFolder(),
    arguments: [Argument("path", \.$path, "The folder, as text: \"photos\"", endings: ["/"])],
    options: [
      Option("size", \.size, "Side to resize the pictures to", in: 8...1024, unit: "pixels")
    ],
    examples: [Example(code: "photos = load folder \"photos\" size=64")]
  ) { options, context in
    try options.path.mustExist("folder")
    return ImagesValue(
      try ImageFolder.load(
        path: options.path.path, size: options.size, run: context.session.run()))
  }
}

struct LoadIDX {
  @Required var path: FilePath
  var size: Int?

  static let command = Command(
    name: "load idx", summary: "Pictures and labels in the IDX format of MNIST, plain or gzipped.",
    details: "The folder holds the four files under their usual names: train-images-idx3-ubyte.gz and so on.",
    gives: "images", group: "Data", defaults: LoadIDX(),
    arguments: [Argument("path", \.$path, "The folder, as text", endings: ["/"])],
    options: [
      Option(
        "size", \.size, "Side to resize to; as they are where it is left out", in: 8...1024, unit: "pixels")
    ],
    examples: [Example(code: "digits = load idx \"mnist\"")]
  ) { options, context in
    try options.path.mustExist("folder")
    let run = context.session.run()
    let data = try IDX.load(path: options.path.path, run: run)
    return ImagesValue(try options.size.map { try data.resized(to: $0, run: run) } ?? data)
  }
}

extension Shapes.Difficulty: OptionValue {}
