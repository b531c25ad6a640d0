import Base
import Images
import Language

extension PickleError: Worded {
  var words: InputError {
    let advice =
      "CIFAR's Python files hold nothing but lists, texts, numbers and arrays; get them again from their publisher."
    switch self {
    case .noPickle(let path):
      return InputError(
        "\(path) is no pickle of protocol 2 to 5, as CIFAR's Python version is kept", advice: advice)
    case .cutOff(let path): return InputError("\(path) is cut off", advice: advice)
    case .foreign(let path, let name):
      return InputError(
        "\(path) asks Python for \(name), which no file of CIFAR does; nothing of it was run", advice: advice)
    case .instruction(let path, let code, let place):
      return InputError(
        "\(path) has an instruction (\(code), at byte \(place)) that no file of CIFAR has", advice: advice)
    case .malformed(let path, let place):
      return InputError("\(path) is damaged at byte \(place)", advice: advice)
    }
  }
}

extension CIFARBatchError: Worded {
  var words: InputError {
    switch self {
    case .unreadable(let path, let error): return InputError("\(path) cannot be read: \(error)")
    case .lacks(let path, let member):
      return InputError("\(path) has no list or array `\(member)`, as CIFAR's Python files have")
    case .shape(let path, let shape, let type):
      return InputError(
        "\(path) has data of the shape \(shape) and type \(type), where CIFAR has [10000, 3072] or [50000, 3072] bytes (u1)"
      )
    case .labels(let path, let labels, let images):
      return InputError("\(path) has \(counted(labels, "label")) for \(counted(images, "image"))")
    case .label(let path, let label, let image, let classes):
      return InputError(
        "\(path) has the label \(label) at image \(image), where there are 0 to \(classes - 1)")
    }
  }
}

extension CIFAR100Error: Worded {
  var words: InputError {
    let option = LoadCIFAR100.command.word(\.path)
    let folders = "\(CIFAR100.folderName) or \(CIFAR100.pythonFolderName)"
    switch self {
    case .nothing(let path):
      return InputError("there is no folder \(path)", option: option, advice: "Give the folder \(folders).")
    case .folderWithout(let path):
      return InputError(
        "the folder \(path) holds no CIFAR-100", option: option,
        advice: "Give the folder \(folders), unpacked from \(CIFAR100.address).")
    case .noCopy(let folder):
      return InputError(
        "there is no copy of CIFAR-100 on this machine" + (folder.map { ": none in \($0)" } ?? ""),
        advice:
          "Unpack \(CIFAR100.address) and give the folder: \(LoadCIFAR100.command.name) \(option)=\"\(CIFAR100.folderName)\"."
      )
    case .lacks(let folder, let name): return InputError("the folder \(folder) has no file \(name)")
    case .unreadable(let path, let error): return InputError("\(path) cannot be read: \(error)")
    case .size(let path, let size, let expected):
      return InputError(
        "\(path) has \(counted(size, "byte")) where CIFAR-100 has \(expected)",
        advice: "The file is cut off or something else: get it again from \(CIFAR100.address).")
    case .label(let path, let label, let image, let classes):
      return InputError(
        "\(path) has the label \(label) at image \(image), where CIFAR-100 has 0 to \(classes - 1)",
        advice: "The file is damaged or something else: get it again from \(CIFAR100.address).")
    }
  }
}

extension STL10Error: Worded {
  var words: InputError {
    let option = LoadSTL10.command.word(\.path)
    switch self {
    case .nothing(let path):
      return InputError(
        "there is no folder \(path)", option: option, advice: "Give the folder \(STL10.folderName).")
    case .folderWithout(let path):
      return InputError(
        "the folder \(path) holds no STL-10", option: option,
        advice: "Give the folder \(STL10.folderName), unpacked from \(STL10.address).")
    case .noCopy(let folder):
      return InputError(
        "there is no copy of STL-10 on this machine" + (folder.map { ": none in \($0)" } ?? ""),
        advice:
          "Unpack \(STL10.address) and give the folder: \(LoadSTL10.command.name) \(option)=\"\(STL10.folderName)\"."
      )
    case .lacks(let folder, let name): return InputError("the folder \(folder) has no file \(name)")
    case .unreadable(let path, let error): return InputError("\(path) cannot be read: \(error)")
    case .size(let path, let size):
      return InputError(
        "\(path) has \(counted(size, "byte")), which is no whole number of images of \(STL10.size)×\(STL10.size) pixels",
        advice: "The file is cut off or something else: get it again from \(STL10.address).")
    case .labels(let path, let labels, let images):
      return InputError("\(path) has \(counted(labels, "label")) for \(counted(images, "image"))")
    case .label(let path, let label, let image):
      return InputError("\(path) has the label \(label) at image \(image), where STL-10 has 1 to 10")
    }
  }
}

extension ArrayError: Worded {
  var words: InputError {
    let command = LoadArrays.command
    let option = command.word(\.$path)
    switch self {
    case .missing(let path): return InputError("there is no file \(path)", option: option)
    case .unreadable(let path, let error):
      return InputError("\(path) cannot be read: \(error)", option: option)
    case .noArray(let path):
      return InputError(
        "\(path) is no file of NumPy", option: option,
        advice: "Expected is what numpy.save, savez or savez_compressed writes.")
    case .header(let path, let found):
      return InputError("\(path) has a header that cannot be read: \(found.trimmed(to: 120))", option: option)
    case .columnsFirst(let path):
      return InputError(
        "\(path) keeps columns first", option: option,
        advice: "Save it row after row: numpy.save(…, numpy.ascontiguousarray(a)).")
    case .imageType(let path, let type):
      return InputError(
        "\(path) has elements of type \(type), where images are unsigned bytes (|u1)", option: option,
        advice: "From numbers in 0…1: (255 * a).round().astype(\"uint8\").")
    case .labelType(let path, let type):
      return InputError(
        "\(path) has elements of type \(type), where labels are whole numbers", option: option)
    case .imageShape(let path, let shape):
      return InputError(
        "\(path) has the shape \(shape), where images have [count, side, side] or [count, side, side, 3]",
        option: option)
    case .labelShape(let path, let shape):
      return InputError(
        "\(path) has the shape \(shape), where labels have [count] or [count, 1]", option: option)
    case .notSquare(let path, let shape):
      return InputError("\(path) has the shape \(shape), where square images are expected", option: option)
    case .cutOff(let path): return InputError("\(path) is cut off", option: option)
    case .labelCount(let path, let labels, let images):
      return InputError(
        "\(path) has \(counted(labels, "label")) for \(counted(images, "image"))", option: option)
    case .labelValue(let path, let value, let image):
      return InputError(
        "\(path) has \(value) at image \(image), where a label is a whole number", option: option)
    case .noImages(let path, let arrays):
      return InputError(
        "\(path) has no array of images to train on"
          + (arrays.isEmpty ? "" : ": its arrays are \(firstFew(arrays, most: 8))"), option: option,
        advice: "Expected are train_images or x_train, or images alone.")
    case .labelsTwice(let path):
      return InputError(
        "\(path) has labels of its own", option: command.word(\.labels),
        advice: "A file of labels goes with an .npy of images.")
    case .sizes(let path, let train, let other):
      return InputError(
        "\(path) has images of \(counted(train, "pixel")) to train on and of \(other) to judge by",
        option: option)
    case .fewImages(let path):
      return InputError("\(path) has too few images to keep some for testing", option: option)
    }
  }
}

extension String {
  /// The beginning, where the whole is longer than `most`.
  fileprivate func trimmed(to most: Int) -> String { count > most ? prefix(most) + "…" : self }
}
