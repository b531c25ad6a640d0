import Base

/// The four IDX files of a data set, wherever a folder keeps them.
///
/// They lie in the folder itself, in `raw`, or in `NAME/raw`, as torchvision lays them out (`MNIST/raw`). Names begin with `train` and
/// with `t10k` or `test`, after the name of a split where there are several (`emnist-letters-train-images-idx3-ubyte`).
struct IDXFiles {
  let folder: String
  let trainImages: String
  let trainLabels: String
  let testImages: String
  let testLabels: String

  /// Whether images are stored with rows and columns exchanged, as in all files of EMNIST (Cohen et al., 2017).
  let holdsTurnedPictures: Bool

  private static let tests = ["t10k", "test"]

  init(in path: String, split: String?) throws {
    let places = IDXFiles.places(in: path)
    let found = places.flatMap { place in IDXFiles.splits(in: place).map { (place: place, split: $0) } }
    let names = found.map { IDXFiles.shown($0.split, in: $0.place, of: path) }
    guard !found.isEmpty else {
      throw IDXError.noFiles(path)
    }
    var chosen = found[0]
    if let split {
      guard let place = names.firstIndex(of: split) else {
        throw IDXError.noSplit(path, split, splits: names)
      }
      chosen = found[place]
    } else if found.count > 1 {
      throw IDXError.severalSplits(path, names)
    }
    folder = chosen.place
    holdsTurnedPictures = chosen.split.hasPrefix("emnist-")
    func file(_ parts: [String], _ what: String) throws -> String {
      for part in parts {
        if let file = IDXFiles.file(chosen.place, chosen.split + part, what) { return file }
      }
      let name = "\(chosen.split)\(parts[0])-\(what)-ubyte"
      throw IDXError.lacks(chosen.place, name)
    }
    trainImages = try file(["train"], "images-idx3")
    trainLabels = try file(["train"], "labels-idx1")
    testImages = try file(IDXFiles.tests, "images-idx3")
    testLabels = try file(IDXFiles.tests, "labels-idx1")
  }

  /// The folders in which files may lie: the first of these kinds that has any.
  private static func places(in path: String) -> [String] {
    for places in [[path], [path + "/raw"], entries(of: path).map { path + "/" + $0 + "/raw" }] {
      let filled = places.filter { !splits(in: $0).isEmpty }
      if !filled.isEmpty { return filled }
    }
    return []
  }

  /// Prefixes of `train-images-idx3-ubyte` in the names of a folder: "" if there is one data set.
  private static func splits(in folder: String) -> [String] {
    var found: Set<String> = []
    for name in entries(of: folder) {
      for ending in ["-idx3-ubyte", "-idx3-ubyte.gz", ".idx3-ubyte", ".idx3-ubyte.gz"] {
        let whole = "train-images" + ending
        if name.hasSuffix(whole), FileStatus(folder + "/" + name).bytes != nil {
          found.insert(String(name.dropLast(whole.count)))
        }
      }
    }
    return found.sorted()
  }

  /// Name of a split as a user types it: "letters" for "emnist-letters-" and "MNIST" for that in `MNIST/raw`.
  private static func shown(_ split: String, in place: String, of path: String) -> String {
    if !split.isEmpty { return split.split(separator: "-").last.map(String.init) ?? split }
    let inner = place.dropFirst(path.count).split(separator: "/")
    return inner.first.map(String.init) ?? "train"
  }

  private static func file(_ folder: String, _ part: String, _ what: String) -> String? {
    let dotted = what.split(separator: "-").joined(separator: ".")
    for name in ["\(part)-\(what)-ubyte", "\(part)-\(dotted)-ubyte"] {
      for path in ["\(folder)/\(name)", "\(folder)/\(name).gz"] where FileStatus(path).bytes != nil {
        return path
      }
    }
    return nil
  }

  private static func entries(of folder: String) -> [String] {
    ((try? folderEntries(of: folder)) ?? []).map(\.name).filter { !$0.hasPrefix(".") }.sorted()
  }
}
