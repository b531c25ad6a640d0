import Base
import Glibc
import Synchronization
import Tensors

/// Reasons why a folder, named by its path, is no data set.
public enum ImageFolderError: Error, Equatable {
  case noFolder(String)
  case unreadable(String, SystemError)
  case size(Int, ClosedRange<Int>)
  /// The folder has no images, and perhaps files that are left out.
  case noImages(String, leftOut: LeftOut)
  /// The folder has too few to keep some for testing.
  case fewImages(String)
}

/// Pictures in folders named after their classes, as `FolderContents` tells them.
///
/// Parts of the person's own stay as they are; what is not divided is split 80 to 20 within each class by the run's seed. Files
/// are JPEG or PNG by what is in them, whatever their names. Of each picture the largest square in the middle is resized with
/// antialiasing. The notes of the set hold how parts and classes were recognised and what was left out.
public enum ImageFolder {
  /// Sizes that pictures may be brought to, in pixels.
  static let sizes = 1...4096

  /// A path that leads nowhere from the current folder is looked for in the folder of data sets, `$CONTRAST_DATA`.
  public static func load(path: String, size: Int, run: Run) throws -> DataSet {
    let root = place(of: path) ?? expandedPath(path)
    guard FileStatus(root).isFolder else {
      throw ImageFolderError.noFolder(path)
    }
    guard sizes.contains(size) else {
      throw ImageFolderError.size(size, sizes)
    }
    let name = root.split(separator: "/").last.map(String.init) ?? root
    let contents = try FolderContents(of: root, run: run)
    var leftOut = contents.leftOut
    let parts = try contents.parts.map { try Pictures(of: $0, size: size, &leftOut, run) }
    for (part, pictures) in zip(contents.parts, parts) where pictures.kept.isEmpty {
      throw ImageFolderError.noImages(part.folder.path, leftOut: leftOut)
    }
    // A class is one of all parts, and one that has no picture in any of them is none.
    let found = Set(parts.flatMap(\.classes))
    let empty = Set(contents.parts.flatMap { $0.classes.map(\.name) }).subtracting(found)
    for folder in empty.sorted(by: naturally) { leftOut.add(folder, .emptyClass) }
    let classes = found.sorted(by: naturally)
    var sets: [FolderContents.Role: ImageSet] = [:]
    for (part, pictures) in zip(contents.parts, parts) {
      sets[part.role] = pictures.set(named: "\(name).\(part.role.rawValue)", classes: classes)
    }
    if parts.count == 1, let all = sets[.train] {
      let (first, rest) = all.stratifiedSplit(0.8, seed: run.seed)
      guard !rest.isEmpty else {
        throw ImageFolderError.fewImages(root)
      }
      sets[.train] = all.subset(first)
      sets[.test] = all.subset(rest, name: "\(name).test")
    }
    guard let train = sets[.train], let test = sets[.test] else {
      throw ImageFolderError.noImages(root, leftOut: leftOut)
    }
    let data = DataSet(
      name: name, train: train, test: test, validation: sets[.validation], source: root)
    let report = DataNote.folder(FolderReport(of: data, contents: contents, root: root))
    return data.with(notes: leftOut.isEmpty ? [report] : [report, .leftOut(leftOut)])
  }

  /// The path's folder: relative to the current folder, else to the folder of data sets; nil if it does not exist.
  public static func place(of path: String) -> String? {
    let asGiven = expandedPath(path)
    if FileStatus(asGiven) != .missing { return asGiven }
    guard !asGiven.hasPrefix("/"), let folder = dataFolder() else { return nil }
    return FileStatus(folder + "/" + asGiven).isFolder ? folder + "/" + asGiven : nil
  }

  // MARK: - Decoding

  /// The pictures of one part.
  private struct Pictures {
    let store: PixelStore
    /// The class of each file, or nil where the part has none.
    let names: [String]?
    /// Indices of the files that are pictures.
    let kept: [Int]

    /// The classes that have pictures.
    var classes: Set<String> { names.map { names in Set(kept.map { names[$0] }) } ?? [] }

    init(of part: FolderContents.Part, size: Int, _ leftOut: inout LeftOut, _ run: Run) throws {
      let groups = part.classes.map { ($0.name, $0.allFiles) }
      let files = groups.isEmpty ? part.folder.files.map { part.folder.path + "/" + $0 } : groups.flatMap(\.1)
      names = groups.isEmpty ? nil : groups.flatMap { [String](repeating: $0.0, count: $0.1.count) }
      store = try PixelStore(count: files.count, size: size)
      let failed = try decode(files, into: store, run)
      for (index, failure) in failed.sorted(by: { $0.key < $1.key }) {
        leftOut.add(files[index], failure.reason, failure.detail)
      }
      kept = files.indices.filter { failed[$0] == nil }
    }

    func set(named name: String, classes: [String]) -> ImageSet {
      var numbers: [String: Int] = [:]
      for (number, name) in classes.enumerated() { numbers[name] = number }
      // Files that are no pictures may name a class that has none; they are left out right here.
      let labels = names.map { $0.map { numbers[$0] ?? 0 } }
      return ImageSet(name: name, store: store, labels: labels, classes: labels == nil ? [] : classes)
        .subset(kept)
    }
  }

  /// Decodes all files into `store`; gives the problems of those that are not images, by index.
  private static func decode(_ files: [String], into store: PixelStore, _ run: Run) throws -> [Int:
    UnreadablePicture]
  {
    let size = store.size
    let scratch = (0..<run.workers.count).map { _ in (resampler: Resampler(), planes: Scratch()) }
    let failures = Mutex<[Int: UnreadablePicture]>([:])
    let turn = Mutex(())
    let chunk = 64
    for start in stride(from: 0, to: files.count, by: chunk) {
      let end = min(files.count, start + chunk)
      let free = MachineMemory.available ?? .max
      try run.forEach(end - start) { item, worker in
        let index = start + item
        do {
          let bytes = try ImageFiles.read(files[index])
          let need = PictureHeader(bytes)?.memory(atLeast: 2 * size) ?? 0
          func make() throws {
            try ImageFiles.withDecoded(bytes, atLeast: 2 * size, interrupt: run.interrupt) { image in
              keep(image, in: store, at: index, scratch[worker].resampler, scratch[worker].planes)
            }
          }
          guard need > largePicture else { return try make() }
          // Large ones one at a time, so that what is free need not be shared.
          try turn.withLock { _ in
            guard need <= free else {
              throw UnreadablePicture(.tooLarge, .memory(needed: need, free: free))
            }
            try make()
          }
        } catch {
          let failure = error as? UnreadablePicture ?? UnreadablePicture(.damaged, .said("\(error)"))
          failures.withLock { $0[index] = failure }
        }
      }
      run.report(Progress("Reading images", completed: end, total: files.count, unit: "files"))
    }
    return failures.withLock { $0 }
  }

  /// Pictures that take more bytes than this while they are decoded are decoded one at a time.
  private static let largePicture = 32 << 20

  /// Resizes the middle of a picture into its place in `store`.
  private static func keep(
    _ image: ImageFiles.Borrowed, in store: PixelStore, at index: Int, _ resampler: Resampler,
    _ scratch: Scratch
  ) {
    let size = store.size
    let planes = scratch.reserve(3 * planeStride(size))
    resampler.resize(
      image.pixels, width: image.width, region: .middleSquare(image.width, image.height), to: size,
      into: planes)
    let pixels = store.picture(index)
    writeBytes(planes, side: size, to: pixels)
    if !image.orientation.isUpright {
      let upright = image.orientation.upright(pixels, height: size, width: size)
      pixels.update(from: upright, count: upright.count)
    }
  }
}

extension Region {
  /// The largest square in the middle of a picture.
  static func middleSquare(_ width: Int, _ height: Int) -> Region {
    let side = min(width, height)
    return Region(top: (height - side) / 2, left: (width - side) / 2, height: side, width: side)
  }
}
