import Images
import Language

struct LoadShapes {
  var train = 5_000
  var test = 1_000
  var size = 32
  var difficulty = Shapes.Difficulty.normal
  var seed: Int?

  static let command = Command(
    name: "load shapes", summary: "Make small images of ten shapes.",
    details: """
      Each image shows one shape in a random colour, position, size and rotation on a busy background with noise. The class is the \
      shape alone, so the pixels say little about it. The same seed gives the same images, at any size.
      """,
    gives: "images", group: "Data", defaults: LoadShapes(),
    options: [
      Option("train", \.train, "Number of training images", in: 10...1_000_000),
      Option("test", \.test, "Number of test images", in: 10...1_000_000),
      Option("size", \.size, "Side of an image", in: 16...512, unit: "pixels"),
      Option("difficulty", \.difficulty, "Variation of colour, position, size, background and noise"),
      .seed(\.seed, "the images"),
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
  /// Action if there is no copy.
  enum Missing: String, CaseIterable, OptionValue { case download, shapes, stop }

  var path: FilePath?
  var missing = Missing.download

  static let command: Command<LoadCIFAR10> = Command(
    name: "load cifar10", summary: "The 60,000 small photographs of CIFAR-10, in ten classes.",
    details: """
      Looks for the official files in path=, then in $CONTRAST_DATA, then in the cache, the binary ones or those of Python as torchvision \
      leaves them (cifar-10-batches-py); if there are none, downloads them once (162 MB), verifies them and keeps them. With missing=shapes it draws as many shapes of the same size instead, and says \
      so: what follows runs on any machine. Krizhevsky, 2009.
      """,
    gives: "images", group: "Data", defaults: LoadCIFAR10(),
    options: [
      Option(
        "path", \.path,
        "The folder cifar-10-batches-bin or cifar-10-batches-py, one that holds it, or the archive",
        endings: ["gz"]),
      Option("missing", \.missing, "Action if there is no copy on this machine"),
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
          "there is no copy of CIFAR-10 on this machine", about: command.word(\.missing),
          advice: "\(command.given(\.missing, .download)) fetches it once (162 MB), "
            + "\(command.given(\.missing, .shapes)) draws shapes in its place")
      }
      return try session.shapes(train: 50_000, test: 10_000, size: 32, inPlaceOf: "CIFAR-10")
    }
    return session.loaded(try CIFAR10.load(path: options.path?.path, run: session.run()))
  }
}

struct LoadFolder {
  /// Action if there is no such folder.
  enum Missing: String, CaseIterable, OptionValue { case stop, shapes }

  @Required var path: FilePath
  var size = 64
  var missing = Missing.stop

  static let command: Command<LoadFolder> = Command(
    name: "load folder",
    summary: "Your own images: a folder with one folder of JPEG or PNG files for each class.",
    details: """
      If the folder has subfolders for training and for testing or validation, under any usual name (train and test, Training and \
      val), those are the parts; otherwise a fifth of each class is set aside for testing. Class folders without images and files \
      that are not images are left out; a line says how the folder was read and counts what was left out (the member note). Images \
      are turned upright by their EXIF orientation, cropped to a square about their centre and resized; transparent parts show the \
      colours stored below them, as in Pillow and torchvision. A folder that is not beside the notebook is looked for in \
      $CONTRAST_DATA; if it is nowhere, missing=shapes draws 3,000 + 1,000 shapes of that size instead, and says so.
      """,
    gives: "images", group: "Data", defaults: LoadFolder(),
    arguments: [Argument("path", \.$path, "The folder, as text: \"photos\"", endings: ["/"])],
    options: [
      Option("size", \.size, "Side to resize the images to", in: 8...1024, unit: "pixels"),
      Option("missing", \.missing, "Action if there is no such folder"),
    ],
    examples: [Example(code: "photos = load folder \"photos\" size=64")]
  ) { options, context in
    let path = options.path.path
    if ImageFolder.place(of: path) == nil {
      guard options.missing == .shapes else {
        try options.path.mustExist("folder")
        throw Problem("there is no folder \(path)", about: command.word(\.$path))
      }
      return try context.session.shapes(
        train: 3_000, test: 1_000, size: options.size, inPlaceOf: "folder \(path)")
    }
    return context.session.loaded(try ImageFolder.load(path: path, size: options.size, run: context.run()))
  }
}

extension Session {
  /// The value of loaded data. Its note is written to the cell whether or not the value is shown, so that nobody misses that
  /// something was left out.
  func loaded(_ data: DataSet) -> ImagesValue {
    if !data.notes.isEmpty { write(data.notes.words + "\n") }
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
    name: "load idx", summary: "Images and labels in the IDX format of MNIST, plain or gzipped.",
    details: """
      The folder holds the four files under their usual names: train-images-idx3-ubyte.gz and so on, by themselves or as torchvision keeps \
      them (MNIST/raw). If it holds several data sets, as EMNIST does, split chooses one. The classes are the labels that occur: 1 \
      to 26 for EMNIST's letters.
      """,
    gives: "images", group: "Data", defaults: LoadIDX(),
    arguments: [Argument("path", \.$path, "The folder, as text", endings: ["/"])],
    options: [
      Option("split", \.split, "Name of the data set, if the folder holds several, as text: \"letters\""),
      Option(
        "size", \.size, "Side to resize the images to; default: as they are", in: 8...1024, unit: "pixels"),
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
