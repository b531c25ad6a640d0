import Base
import Tensors

/// Images and labels in arrays of NumPy: one `.npz` with all parts, as MedMNIST and Keras keep them, or `.npy` files.
public enum ArrayFiles {
  /// The parts of a file, and the beginnings of names that say them.
  private static let parts: [(role: FolderReport.Role, words: [String])] = [
    (.train, ["train"]), (.validation, ["val", "valid", "validation"]), (.test, ["test"]),
  ]
  private static let imageWords: Set = ["images", "image", "x", "data", "imgs"]
  private static let labelWords: Set = ["labels", "label", "y", "targets", "target"]

  private enum Kind { case images, labels }

  /// Loads the images in `path` with their labels, which lie in the same file or in a `.npy` of their own.
  ///
  /// Parts stay as they are; without a part to test on a fifth is set aside, within each class, by the run's seed. Classes are the labels that occur.
  public static func load(path: String, labels: String? = nil, run: Run) throws -> DataSet {
    let place = expandedPath(path)
    guard FileStatus(place).bytes != nil else { throw ArrayError.missing(path) }
    let name = (place.split(separator: "/").last.map(String.init) ?? place).dropSuffixes([".npz", ".npy"])
    var found: [FolderReport.Role: Part] = [:]
    if try isArchive(place) {
      guard labels == nil else { throw ArrayError.labelsTwice(path) }
      found = try readArchive(place, run)
    } else {
      let part = Part(store: try open(place) { try $0.images() }, labels: nil)
      try run.checkInterrupt()
      found[.train] = Part(
        store: part.store,
        labels: try labels.map { try open(expandedPath($0)) { try $0.labels(for: part.store.count) } })
    }
    return try dataSet(name, found, source: place, run)
  }

  /// Images as they were read, with the numbers that are their labels.
  private struct Part {
    let store: PixelStore
    var labels: [Int]?
  }

  private static func dataSet(
    _ name: String, _ found: [FolderReport.Role: Part], source: String, _ run: Run
  ) throws -> DataSet {
    let numbers = Set(found.values.flatMap { $0.labels ?? [] }).sorted()
    let numberOf = Dictionary(uniqueKeysWithValues: zip(numbers, numbers.indices))
    func set(_ role: FolderReport.Role) -> ImageSet? {
      found[role].map { part in
        ImageSet(
          name: "\(name).\(role.rawValue)", store: part.store,
          labels: part.labels.map { $0.map { numberOf[$0]! } },
          classes: part.labels == nil ? [] : numbers.map { "\($0)" })
      }
    }
    guard let train = set(.train) else { throw ArrayError.noImages(source, arrays: []) }
    for other in [set(.test), set(.validation)].compactMap({ $0 }) where other.size != train.size {
      throw ArrayError.sizes(source, train: train.size, other: other.size)
    }
    guard let test = set(.test) ?? set(.validation) else {
      let (first, rest) = train.stratifiedSplit(0.8, seed: run.seed)
      guard !rest.isEmpty else { throw ArrayError.fewImages(source) }
      return DataSet(
        name: name, train: train.subset(first), test: train.subset(rest, name: "\(name).test"),
        source: source,
        notes: [.setAside(images: train.count, test: rest.count)])
    }
    let data = DataSet(
      name: name, train: train, test: test, validation: found[.test] == nil ? nil : set(.validation),
      source: source)
    return data.untrainedClasses.isEmpty ? data : data.with(notes: [.untrained(data.untrainedClasses)])
  }

  // MARK: - Files

  private static func isArchive(_ path: String) throws -> Bool {
    do {
      var start = [UInt8](repeating: 0, count: 2)
      let file = try InputFile(path)
      let count = try start.withUnsafeMutableBytes { try file.read(2, into: $0.baseAddress!) }
      return count == 2 && start == Array("PK".utf8)
    } catch let error as SystemError {
      throw ArrayError.unreadable(path, error)
    }
  }

  private static func open<Result>(_ path: String, _ body: (NumPyArray) throws -> Result) throws -> Result {
    guard FileStatus(path).bytes != nil else { throw ArrayError.missing(path) }
    do {
      let file = try InputFile(path)
      return try body(NumPyArray(path: path) { count, buffer in try file.read(count, into: buffer) })
    } catch let error as SystemError {
      throw ArrayError.unreadable(path, error)
    }
  }

  /// All images and labels of an `.npz`, by the names of its arrays. Labels may come before their images.
  private static func readArchive(_ path: String, _ run: Run) throws -> [FolderReport.Role: Part] {
    var stores: [FolderReport.Role: PixelStore] = [:]
    let names = try eachArray(of: path, run) { name, role, kind, array in
      if kind == .images, stores[role] == nil { stores[role] = try array.images() }
    }
    guard stores[.train] != nil else { throw ArrayError.noImages(path, arrays: names) }
    var parts = stores.mapValues { Part(store: $0, labels: nil) }
    _ = try eachArray(of: path, run) { name, role, kind, array in
      guard kind == .labels, let part = parts[role], part.labels == nil else { return }
      parts[role]!.labels = try array.labels(for: part.store.count)
    }
    // Images to judge by without labels, where the others have some, would have no classes: all or none.
    if parts.values.contains(where: { $0.labels == nil }) {
      for role in parts.keys { parts[role]!.labels = nil }
    }
    return parts
  }

  /// Goes through the arrays of an archive whose names say what they are. Returns all names.
  private static func eachArray(
    of path: String, _ run: Run,
    _ body: (String, FolderReport.Role, Kind, NumPyArray) throws -> Void
  ) throws -> [String] {
    let reader = try ArchiveReader(path: path, kind: .zip)
    var names: [String] = []
    while let entry = try reader.next() {
      try run.checkInterrupt()
      let name = entry.dropSuffixes([".npy"])
      names.append(name)
      guard let (role, kind) = meaning(of: name) else { continue }
      try body(name, role, kind, NumPyArray(path: "\(name) in \(path)") { try reader.read($0, into: $1) })
    }
    return names
  }

  /// The part and kind that the name of an array says: `train_images`, `y_test`, `images`; nil for any other.
  private static func meaning(of name: String) -> (FolderReport.Role, Kind)? {
    var words = name.lowercased().split(whereSeparator: { !$0.isLetter }).map(String.init)
    let role = parts.first { part in words.contains { part.words.contains($0) } }
    if let role { words.removeAll { role.words.contains($0) } }
    guard words.count == 1, let word = words.first else { return nil }
    if imageWords.contains(word) { return (role?.role ?? .train, .images) }
    return labelWords.contains(word) ? (role?.role ?? .train, .labels) : nil
  }
}

extension String {
  fileprivate func dropSuffixes(_ suffixes: [String]) -> String {
    suffixes.first(where: hasSuffix).map { String(dropLast($0.count)) } ?? self
  }
}
