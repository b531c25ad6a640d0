import Glibc
import Synchronization
import Tensors

/// Pictures in folders named after their classes.
///
/// `train/CLASS/…` and `test/CLASS/…`, or `CLASS/…`, which is split 80 to 20 within each class by the run's seed; a
/// class folder may hold folders. A folder that holds pictures and no folders gives pictures without labels. Files are
/// JPEG or PNG by what is in them, whatever their names; others are skipped and counted in the note. Of each picture the
/// largest square in the middle is resized with antialiasing.
public enum ImageFolder {
  /// A path that leads nowhere from the current folder is looked for in the folder of data sets, `$CONTRAST_DATA`.
  public static func load(path: String, size: Int, run: Run) throws -> DataSet {
    let root = place(of: path) ?? expanded(path)
    guard FileStatus(root).isFolder else {
      throw InputError("there is no folder \(path)", option: "path")
    }
    guard size >= 1, size <= 4096 else {
      throw InputError("pictures are resized to 1 to 4096 pixels, not \(size)", option: "size")
    }
    let name = root.split(separator: "/").last.map(String.init) ?? root
    var skipped = Skipped()
    let entries = try list(root, &skipped.files)
    let train = entries.folders.first { $0 == "train" }
    let test = ["test", "val", "valid", "validation"].first(where: entries.folders.contains)
    if let train, let test {
      return try loadHalves(name, root, train, test, size, &skipped, run)
    }
    return try loadWhole(name, root, entries, size, &skipped, run)
  }

  /// Where the path leads: from the current folder, else from the folder of data sets; nil where there is nothing.
  public static func place(of path: String) -> String? {
    let asGiven = expanded(path)
    if FileStatus(asGiven) != .missing { return asGiven }
    guard !asGiven.hasPrefix("/"), let folder = dataFolder() else { return nil }
    return FileStatus(folder + "/" + asGiven).isFolder ? folder + "/" + asGiven : nil
  }

  private static func loadHalves(
    _ name: String, _ root: String, _ train: String, _ test: String, _ size: Int, _ skipped: inout Skipped,
    _ run: Run
  ) throws -> DataSet {
    var found: [[(String, [String])]] = []
    for half in [train, test] {
      let entries = try list(root + "/" + half, &skipped.files)
      guard !entries.folders.isEmpty else {
        throw InputError("\(root)/\(half) holds no class folders", option: "path", advice: layout)
      }
      found.append(try entries.folders.map { ($0, try allFiles(root + "/" + half + "/" + $0)) })
    }
    let classes = Set(found.joined().map(\.0)).sorted(by: bytewise)
    var sets: [ImageSet] = []
    for (half, groups) in zip([train, test], found) {
      let files = groups.flatMap { group in
        group.1.map { File(path: $0, label: classes.firstIndex(of: group.0)!) }
      }
      let (store, kept) = try decode(files, size, &skipped, run)
      let set = ImageSet(
        name: "\(name).\(half == train ? "train" : "test")", store: store, labels: files.map(\.label),
        classes: classes
      ).subset(kept)
      for (group, _) in groups where set.classCounts[classes.firstIndex(of: group)!] == 0 {
        throw noPictures("\(root)/\(half)/\(group)", skipped)
      }
      sets.append(set)
    }
    return DataSet(name: name, train: sets[0], test: sets[1], source: root, note: skipped.note)
  }

  private static func loadWhole(
    _ name: String, _ root: String, _ entries: Entries, _ size: Int, _ skipped: inout Skipped, _ run: Run
  ) throws -> DataSet {
    let classes = entries.folders
    var files: [File] = []
    if classes.isEmpty {
      files = entries.files.map { File(path: root + "/" + $0, label: 0) }
    } else {
      // Loose files beside class folders belong to no class.
      for file in entries.files { skipped.add(file, "beside the class folders") }
      for (label, folder) in classes.enumerated() {
        files += try allFiles(root + "/" + folder).map { File(path: $0, label: label) }
      }
    }
    guard !files.isEmpty else { throw noPictures(root, skipped) }
    let (store, kept) = try decode(files, size, &skipped, run)
    let all = ImageSet(
      name: name, store: store, labels: classes.isEmpty ? nil : files.map(\.label), classes: classes
    ).subset(kept)
    guard all.count > 0 else { throw noPictures(root, skipped) }
    for (label, count) in all.classCounts.enumerated() where count == 0 {
      throw noPictures("\(root)/\(classes[label])", skipped)
    }
    let (first, rest) = all.stratifiedSplit(0.8, seed: run.seed)
    guard !rest.isEmpty else {
      throw InputError("\(root) holds too few pictures to keep some for testing", option: "path")
    }
    return DataSet(
      name: name, train: all.subset(first, name: "\(name).train"),
      test: all.subset(rest, name: "\(name).test"),
      source: root, note: skipped.note)
  }

  // MARK: - Decoding

  private struct File {
    let path: String
    let label: Int
  }

  /// Decodes all files; `kept` are the indices of those that are pictures.
  private static func decode(_ files: [File], _ size: Int, _ skipped: inout Skipped, _ run: Run) throws -> (
    store: PixelStore, kept: [Int]
  ) {
    let store = try PixelStore(count: files.count, size: size)
    let scratch = (0..<run.workers.count).map { _ in (resampler: Resampler(), planes: Scratch()) }
    let failures = Mutex<[Int: String]>([:])
    let chunk = 64
    for start in stride(from: 0, to: files.count, by: chunk) {
      let end = min(files.count, start + chunk)
      run.forEach(end - start) { item, worker in
        let index = start + item
        do {
          let bytes = try ImageFiles.read(files[index].path)
          try ImageFiles.withDecoded(bytes, atLeast: 2 * size) { image in
            let planes = scratch[worker].planes.reserve(3 * planeStride(size))
            scratch[worker].resampler.resize(
              image.pixels, width: image.width, region: .middleSquare(image.width, image.height), to: size,
              into: planes)
            let pixels = store.picture(index)
            writeBytes(planes, side: size, to: pixels)
            if !image.orientation.isUpright {
              let upright = image.orientation.upright(pixels, height: size, width: size)
              pixels.update(from: upright, count: upright.count)
            }
          }
        } catch {
          let message = (error as? InputError)?.message ?? "\(error)"
          failures.withLock { $0[index] = message }
        }
      }
      try run.checkInterrupt()
      run.report(Progress("Reading pictures", completed: end, total: files.count, unit: "files"))
    }
    let failed = failures.withLock { $0 }
    for (index, reason) in failed.sorted(by: { $0.key < $1.key }) { skipped.add(files[index].path, reason) }
    return (store, files.indices.filter { failed[$0] == nil })
  }

  /// Files that are no pictures.
  private struct Skipped {
    var count = 0
    var first: [String] = []
    /// Names that do not belong anywhere, gathered while listing.
    var files: [String] = []

    mutating func add(_ path: String, _ reason: String) {
      count += 1
      if first.count < 5 { first.append("\(path.split(separator: "/").last ?? "") (\(reason))") }
    }

    var note: String {
      if count == 0 { return "" }
      let names = first.joined(separator: ", ") + (count > first.count ? ", …" : "")
      return "\(counted(count, "file")) \(count == 1 ? "was" : "were") skipped: \(names)."
    }
  }

  private static let layout =
    "Expected are train/CLASS/… and test/CLASS/…, or CLASS/…, with JPEG or PNG files."

  private static func noPictures(_ folder: String, _ skipped: Skipped) -> InputError {
    InputError(
      "\(folder) holds no pictures" + (skipped.count > 0 ? "; " + skipped.note : ""), option: "path",
      advice: layout)
  }

  // MARK: - Listing

  private struct Entries {
    var folders: [String] = []
    var files: [String] = []
  }

  /// The folders and files in a folder, without hidden ones, in the order of their bytes.
  private static func list(_ folder: String, _ unused: inout [String]) throws -> Entries {
    guard let directory = opendir(folder) else {
      throw InputError("\(folder) cannot be read: \(systemError())", option: "path")
    }
    defer { closedir(directory) }
    var entries = Entries()
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(".") || name == "__MACOSX" { continue }
      switch FileStatus(folder + "/" + name) {
      case .folder: entries.folders.append(name)
      case .file: entries.files.append(name)
      case .missing, .other: unused.append(name)
      }
    }
    entries.folders.sort(by: bytewise)
    entries.files.sort(by: bytewise)
    return entries
  }

  /// Every file in a folder and the folders in it.
  private static func allFiles(_ folder: String, depth: Int = 0) throws -> [String] {
    // Links may lead in circles.
    guard depth < 16 else { throw InputError("\(folder) lies too deep", option: "path") }
    var unused: [String] = []
    let entries = try list(folder, &unused)
    var files = entries.files.map { folder + "/" + $0 }
    for inner in entries.folders { files += try allFiles(folder + "/" + inner, depth: depth + 1) }
    return files
  }

  private static func bytewise(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}

extension Region {
  /// The largest square in the middle of a picture.
  static func middleSquare(_ width: Int, _ height: Int) -> Region {
    let side = min(width, height)
    return Region(top: (height - side) / 2, left: (width - side) / 2, height: side, width: side)
  }
}
