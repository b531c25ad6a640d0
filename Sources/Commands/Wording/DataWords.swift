import Base
import Images
import Language

extension ArchiveError: Worded {
  var words: InputError {
    func failed(_ path: String, _ how: String, _ reason: String?) -> InputError {
      InputError("\(path) \(how)" + (reason.map { ": " + $0 } ?? ""))
    }
    return switch self {
    case .noMemory(let path): InputError("no memory to read \(path)")
    case .unopened(let path, let reason): failed(path, "could not be opened", reason)
    case .noArchive(let path, let reason): failed(path, "is damaged or no archive", reason)
    case .cutOff(let path, let reason): failed(path, "is damaged or cut off", reason)
    }
  }
}

extension CIFAR10Error: Worded {
  var words: InputError {
    let option = LoadCIFAR10.command.word(\.path)
    let (folder, archive) = (CIFAR10.folderName, CIFAR10.archiveName)
    switch self {
    case .nothing(let path):
      return InputError(
        "there is nothing at \(path)", option: option,
        advice: "Give the folder \(folder) or the archive \(archive); without a path they are downloaded.")
    case .folderWithout(let path):
      return InputError(
        "the folder \(path) holds neither \(folder) nor \(archive)", option: option,
        advice: "They come from \(CIFAR10.address).")
    case .neither(let path): return InputError("\(path) is neither a folder nor a file", option: option)
    case .noHome:
      return InputError(
        "there is no home folder to keep CIFAR-10 in",
        advice: "Set CONTRAST_DATA to a folder, or give a path.")
    case .size(let name, let size, let expected):
      let found = size > expected ? "more than \(counted(expected, "byte"))" : counted(size, "byte")
      return InputError(
        "\(name) has \(found) where CIFAR-10 has \(expected)",
        advice: "The file is cut off or something else: get it again from \(CIFAR10.address).")
    case .label(let name, let label, let image):
      return InputError(
        "\(name) has the label \(label) at image \(image), where CIFAR-10 has 0 to 9",
        advice: "The file is damaged or something else: get it again from \(CIFAR10.address).")
    case .lacks(let folder, let name, let files):
      return InputError(
        "the folder \(folder) has no file \(name)",
        advice: "CIFAR-10 is \(files.joined(separator: ", ")).")
    case .unreadable(let path, let error): return InputError("\(path) cannot be read: \(error)")
    case .incomplete(let path, let name):
      return InputError(
        "\(path) holds no \(name)", advice: "The official archive comes from \(CIFAR10.address).")
    }
  }
}

extension DownloadError: Worded {
  var words: InputError {
    func byHand(_ data: Source) -> String {
      "Or fetch \(data.address) in another way and put it at \(data.destination), or give its place: "
        + "\(LoadCIFAR10.command.name) \(LoadCIFAR10.command.word(\.path))=…"
    }
    switch self {
    case .unwritable(let data, let error):
      return InputError(
        "\(data.destination) cannot be written: \(error)",
        advice: "Set CONTRAST_DATA to a folder where \(data.name) may be kept.")
    case .notMoved(let data, let error): return InputError("\(data.destination) cannot be written: \(error)")
    case .unreadable(let path, let error): return InputError("\(path) cannot be read: \(error)")
    case .wrongSum(let data):
      return InputError(
        "what came from \(data.address) is not the official file: its SHA-256 differs, and it was thrown away",
        advice: "Try again later. \(byHand(data))")
    case .noProgram(let data, let program):
      return InputError(
        "\(data.name) is downloaded by the program \(program), which is not installed",
        advice: "Install it: sudo apt install \(program). \(byHand(data))")
    case .notStarted(let program, let error): return InputError("\(program) could not be started: \(error)")
    case .failed(let data, let reason):
      return InputError(
        "\(data.name) could not be downloaded: \(reason)",
        advice: "Try again when the network is there: what was fetched is kept. \(byHand(data))")
    }
  }
}

extension IDXError: Worded {
  var words: InputError {
    let command = LoadIDX.command
    let option = command.word(\.$path)
    switch self {
    case .noFolder(let path):
      return InputError(
        "there is no folder \(path)", option: option, advice: "Give the folder of the four IDX files.")
    case .noFiles(let path):
      return InputError(
        "the folder \(path) has no file train-images-idx3-ubyte or train-images-idx3-ubyte.gz",
        option: option,
        advice: "Give the folder of the four IDX files, or the one that torchvision keeps them in.")
    case .noSplit(let path, let split, let splits):
      return InputError(
        "the folder \(path) holds no split \(split)", option: command.word(\.split),
        advice: "There is \(splits.joined(separator: ", ")).")
    case .severalSplits(let path, let splits):
      return InputError(
        "the folder \(path) holds several data sets: \(splits.joined(separator: ", "))", option: option,
        advice: "Choose one: \(command.given(\.split, splits.first)).")
    case .lacks(let path, let name):
      return InputError("the folder \(path) has no file \(name) or \(name).gz", option: option)
    case .sizes(let path, let train, let test):
      return InputError(
        "the folder \(path) has images of \(counted(train, "pixel")) to train on and of \(test) to test on")
    case .missing(let path): return InputError("there is no file \(path)", option: option)
    case .empty(let path): return InputError("\(path) is empty", option: option)
    case .noBytes(let path, let start):
      return InputError("\(path) is not an IDX file of bytes: it begins with \(start)")
    case .impossible(let path, let axes):
      return InputError("\(path) has a header that says the shape \(axes), which cannot be")
    case .cutOff(let path, let part): return InputError("\(path) is cut off: \(part.words)")
    case .tooLong(let path, let count):
      return InputError("\(path) holds more than the \(counted(count, "byte")) that it declares")
    case .noImages(let path, let axes):
      return InputError(
        "\(path) has the shape \(axes), where images have [count, height, width] or [count, height, width, 3]"
      )
    case .notSquare(let path, let axes):
      return InputError("\(path) has the shape \(axes), where square images are expected")
    case .noLabels(let path, let axes):
      return InputError("\(path) has the shape \(axes), where labels have [count]")
    case .labelCount(let path, let labels, let images, let count):
      return InputError(
        "\(path) has \(counted(labels, "label")) for the \(counted(count, "image")) of \(images)")
    }
  }
}

extension IDXError.Part {
  fileprivate var words: String {
    switch self {
    case .file(let size, let declared):
      "its header says \(counted(declared, "byte")), and the file has \(size)"
    case .header(let got, let count): "\(counted(got, "byte")) of the header where there should be \(count)"
    case .data(let got, let count): "\(counted(got, "byte")) of data where there should be \(count)"
    }
  }
}

extension ImageFolderError: Worded {
  var words: InputError {
    let command = LoadFolder.command
    let option = command.word(\.$path)
    switch self {
    case .noFolder(let path): return InputError("there is no folder \(path)", option: option)
    case .unreadable(let path, let error):
      return InputError("\(path) cannot be read: \(error)", option: option)
    case .size(let size, let range):
      return InputError(
        "images are resized to \(range.lowerBound) to \(range.upperBound) pixels, not \(size)",
        option: command.word(\.size))
    case .noImages(let path, let leftOut):
      return InputError(
        "the folder \(path) holds no images" + (leftOut.isEmpty ? "" : ". " + leftOut.words), option: option,
        advice: "Expected are train/CLASS/… and test/CLASS/…, or CLASS/…, with JPEG or PNG files.")
    case .fewImages(let path):
      return InputError(
        "the folder \(path) holds too few images to keep some for testing", option: option,
        advice: "Put two images or more into a class, or make the folders train and test in \(path).")
    }
  }
}
