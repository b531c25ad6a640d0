import Images
import Language

/// Data sets under the names of their publishers, read where the user keeps them; nothing is downloaded.
struct LoadCIFAR100 {
  var path: FilePath?
  var labels = CIFAR100.Labels.fine

  static let command = Command(
    name: "load cifar100",
    summary: "The 60,000 small photographs of CIFAR-100, in 100 classes or 20 groups of them.",
    details: """
      Reads the binary version (the folder cifar-100-binary) and the Python version as torchvision leaves it (cifar-100-python), in path=, \
      else in $CONTRAST_DATA, else in the cache. Nothing is downloaded. Krizhevsky, 2009.
      """,
    gives: "images", group: "Data", defaults: LoadCIFAR100(),
    options: [
      Option("path", \.path, "The folder of either version, or one that holds it", endings: ["/"]),
      Option("labels", \.labels, "Classes: fine, 100 of them, or coarse, the 20 groups that they form"),
    ],
    examples: [Example(code: "cifar = load cifar100 labels=coarse")]
  ) { options, context in
    try options.path?.mustExist("folder")
    return context.session.loaded(
      try CIFAR100.load(path: options.path?.path, labels: options.labels, run: context.run()))
  }
}

struct LoadSTL10 {
  var path: FilePath?
  var part = STL10.Part.labelled
  var size = STL10.size

  static let command = Command(
    name: "load stl10",
    summary: "The photographs of STL-10: 5,000 with labels, or 100,000 without, and 8,000 to test on.",
    details: """
      Reads the binary files of its authors (the folder stl10_binary), in path=, else in $CONTRAST_DATA, else in the cache. Nothing is \
      downloaded. With part=unlabelled the images to train on are the 100,000 without labels, which show other classes as well; they take 2.8 GB \
      at 96 pixels, 0.3 GB at 32. Coates, Ng and Lee, 2011.
      """,
    gives: "images", group: "Data", defaults: LoadSTL10(),
    options: [
      Option("path", \.path, "The folder stl10_binary, or one that holds it", endings: ["/"]),
      Option("part", \.part, "Images to train on"),
      Option(
        "size", \.size, "Side to resize the images to while they are read", in: 8...1024, unit: "pixels"),
    ],
    examples: [Example(code: "photos = load stl10 part=unlabelled size=32")]
  ) { options, context in
    try options.path?.mustExist("folder")
    return context.session.loaded(
      try STL10.load(path: options.path?.path, part: options.part, side: options.size, run: context.run()))
  }
}

struct LoadArrays {
  @Required var path: FilePath
  var labels: FilePath?
  var size: Int?

  static let command = Command(
    name: "load arrays", summary: "Images and labels in arrays of NumPy: an .npz file, or .npy files.",
    details: """
      Images are unsigned bytes, [count, side, side] or [count, side, side, 3]; labels whole numbers, one for each image. In an .npz the names \
      say what is what, as in MedMNIST (train_images, train_labels, val_images, …) and Keras (x_train, y_train, …); images and labels alone are not \
      divided. Where there is nothing to test on, a fifth of each class is set aside. The classes are the labels that occur.
      """,
    gives: "images", group: "Data", defaults: LoadArrays(),
    arguments: [Argument("path", \.$path, "The file, as text", endings: ["npz", "npy"])],
    options: [
      Option(
        "labels", \.labels, "Labels of the images in an .npy file, a file of their own", endings: ["npy"]),
      Option(
        "size", \.size, "Side to resize the images to; default: as they are", in: 8...1024, unit: "pixels"),
    ],
    examples: [Example(code: "scans = load arrays \"pneumoniamnist.npz\"")]
  ) { options, context in
    try options.path.mustExist("file")
    try options.labels?.mustExist("file")
    let run = context.run()
    let data = try ArrayFiles.load(path: options.path.path, labels: options.labels?.path, run: run)
    return context.session.loaded(try options.size.map { try data.resized(to: $0, run: run) } ?? data)
  }
}

extension CIFAR100.Labels: OptionValue {}
extension STL10.Part: OptionValue {}
