import Images
import Language

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
      .seed(\.seed, "Other pictures"),
    ],
    examples: ["shapes = load shapes train=200 test=100", "load shapes train=100 size=64"],
    chance: .draws
  ) { options, context in
    let session = context.session
    return ImagesValue(
      try Shapes.generate(
        count: options.train, test: options.test, size: options.size, seed: session.seed(options.seed),
        difficulty: options.difficulty, run: session.run()))
  }
}

struct LoadCIFAR10 {
  /// What to do where there is no copy.
  enum Missing: String, CaseIterable, OptionValue { case download, shapes, stop }

  var path: FilePath?
  var missing = Missing.download

  static let command = Command(
    name: "load cifar10", summary: "The 60,000 small photographs of CIFAR-10, in ten classes.",
    details: """
      Looks for the official binary files in path=, then where $CONTRAST_DATA says, then in the cache; where there are \
      none, downloads them once (162 MB), checks them and keeps them. With missing=shapes it draws as many shapes of the \
      same size instead, and says so: what follows runs on any machine. Krizhevsky, 2009.
      """,
    gives: "images", group: "Data", defaults: LoadCIFAR10(),
    options: [
      Option(
        "path", \.path, "The folder cifar-10-batches-bin, or the archive cifar-10-binary.tar.gz",
        endings: ["gz"]),
      Option("missing", \.missing, "What to do where there is no copy on this machine"),
    ],
    examples: [
      Example(code: "cifar = load cifar10"), Example(code: "data = load cifar10 missing=shapes\ndata.name"),
    ]
  ) { options, context in
    let session = context.session
    try options.path?.mustExist("file or folder")
    if options.path == nil, options.missing != .download {
      if let found = try CIFAR10.stored(run: session.run()) { return session.loaded(found) }
      guard options.missing == .shapes else {
        throw Problem(
          "there is no copy of CIFAR-10 on this machine", about: "missing",
          advice: "missing=download fetches it once (162 MB), missing=shapes draws shapes in its place")
      }
      return try session.shapes(train: 50_000, test: 10_000, size: 32, inPlaceOf: "CIFAR-10")
    }
    return session.loaded(try CIFAR10.load(path: options.path?.path, run: session.run()))
  }
}

struct LoadFolder {
  /// What to do where there is no such folder.
  enum Missing: String, CaseIterable, OptionValue { case stop, shapes }

  @Required var path: FilePath
  var size = 64
  var missing = Missing.stop

  static let command = Command(
    name: "load folder",
    summary: "Your own pictures: a folder with one folder of JPEG or PNG files for each class.",
    details: """
      Where the folder holds folders to train on and for testing or validation, under any usual name (train and test, Training \
      and val), those are the parts; else a fifth of each class is set aside for testing. A class folder without \
      pictures is left out, as are files that are no pictures; a line says how the folder was read and counts what was left out \
      (the member note). Pictures are turned upright as their EXIF part says, cut to a square about their middle and resized; what is transparent shows the colours stored \
      below it, as in Pillow and torchvision. \
      A folder that is not beside the notebook is looked for in $CONTRAST_DATA; where it is nowhere, missing=shapes draws \
      3,000 + 1,000 shapes of that size instead, and says so.
      """,
    gives: "images", group: "Data", defaults: LoadFolder(),
    arguments: [Argument("path", \.$path, "The folder, as text: \"photos\"", endings: ["/"])],
    options: [
      Option("size", \.size, "Side to resize the pictures to", in: 8...1024, unit: "pixels"),
      Option("missing", \.missing, "What to do where there is no such folder"),
    ],
    examples: [Example(code: "photos = load folder \"photos\" size=64")]
  ) { options, context in
    let path = options.path.path
    if ImageFolder.place(of: path) == nil {
      guard options.missing == .shapes else {
        try options.path.mustExist("folder")
        throw Problem("there is no folder \(path)", about: "path")
      }
      return try context.session.shapes(
        train: 3_000, test: 1_000, size: options.size, inPlaceOf: "folder \(path)")
    }
    return context.session.loaded(try ImageFolder.load(path: path, size: options.size, run: context.run()))
  }
}

extension Session {
  /// What was loaded. Its note stands in the cell whatever becomes of the value: one learns then that something was left out.
  fileprivate func loaded(_ data: DataSet) -> ImagesValue {
    if !data.note.isEmpty { write(data.note + "\n") }
    return ImagesValue(data)
  }

  /// Shapes for pictures that are not on this machine, and a line that says so.
  fileprivate func shapes(train: Int, test: Int, size: Int, inPlaceOf wanted: String) throws -> ImagesValue {
    write(
      "There is no \(wanted) on this machine: \(Format.count(train)) + \(Format.count(test)) shapes of "
        + "\(size)×\(size) pixels are drawn in its place.\n")
    return ImagesValue(
      try Shapes.generate(count: train, test: test, size: size, seed: seed, run: run()))
  }
}

struct LoadIDX {
  @Required var path: FilePath
  var split: String?
  var size: Int?

  static let command = Command(
    name: "load idx", summary: "Pictures and labels in the IDX format of MNIST, plain or gzipped.",
    details: """
      The folder holds the four files under their usual names: train-images-idx3-ubyte.gz and so on, by themselves or as torchvision keeps \
      them (MNIST/raw). Where it holds several data sets, as EMNIST does, split says which. The classes are the labels that occur: 1 to 26 of \
      EMNIST's letters.
      """,
    gives: "images", group: "Data", defaults: LoadIDX(),
    arguments: [Argument("path", \.$path, "The folder, as text", endings: ["/"])],
    options: [
      Option("split", \.split, "Which of several data sets in the folder, as text: \"letters\""),
      Option(
        "size", \.size, "Side to resize to; as they are where it is left out", in: 8...1024, unit: "pixels"),
    ],
    examples: [Example(code: "digits = load idx \"mnist\"")]
  ) { options, context in
    try options.path.mustExist("folder")
    let run = context.run()
    let data = try IDX.load(path: options.path.path, split: options.split, run: run)
    return context.session.loaded(try options.size.map { try data.resized(to: $0, run: run) } ?? data)
  }
}

extension Shapes.Difficulty: OptionValue {}
