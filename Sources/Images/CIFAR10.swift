import Base
import Glibc
import Tensors

/// Reasons why there is no CIFAR-10 at a path.
public enum CIFAR10Error: Error, Equatable {
  case nothing(String)
  case folderWithout(String)
  /// Neither a folder nor a file.
  case neither(String)
  case noHome
  /// A file of so many bytes; more than expected are not counted.
  case size(String, Int, expected: Int)
  case label(String, Int, image: Int)
  case lacks(folder: String, String, files: [String])
  case unreadable(String, SystemError)
  /// An archive without a file.
  case incomplete(String, lacks: String)
}

/// CIFAR-10 (Krizhevsky, 2009): 60,000 photographs of 32 × 32 pixels in ten classes, in its official binary layout or in the Python
/// version, as torchvision leaves it.
///
/// Six files of 10,000 records; a record is one label byte and the red, green and blue plane of 1,024 bytes each. In the Python version each file
/// is a pickle (`CIFARBatch`).
public enum CIFAR10 {
  public static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// The official archive.
  public static let address = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"

  /// Address and checksum of the data; tests supply their own.
  package struct Release: Sendable {
    var address: String
    var bytes: Int
    var sha256: String
    /// Records in each of the six files.
    var records: Int

    package init(address: String, bytes: Int, sha256: String, records: Int) {
      self.address = address
      self.bytes = bytes
      self.sha256 = sha256
      self.records = records
    }

    package static let official = Release(
      address: CIFAR10.address, bytes: 170_052_171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd", records: 10_000)
  }

  public static let folderName = "cifar-10-batches-bin"
  public static let archiveName = "cifar-10-binary.tar.gz"
  /// The Python version, which torchvision downloads and leaves in its folder.
  public static let pythonFolderName = "cifar-10-batches-py"
  static let pythonArchiveName = "cifar-10-python.tar.gz"
  private static let recordBytes = 3073

  /// Loads from `path`: the folder `cifar-10-batches-bin` or `cifar-10-batches-py`, a folder that holds one or an archive, or an archive.
  ///
  /// Without a path, the data come from `$CONTRAST_DATA` or the cache folder, and are downloaded there the first time.
  public static func load(path: String? = nil, run: Run) throws -> DataSet {
    try load(path: path, release: .official, cache: dataFolder(), run: run)
  }

  /// The copy on this machine, in `$CONTRAST_DATA` or the cache folder; nil where there is none.
  public static func stored(run: Run) throws -> DataSet? {
    try dataFolder().flatMap { try find(in: $0, release: .official, run: run) }
  }

  package static func load(path: String?, release: Release, cache: String?, run: Run) throws -> DataSet {
    if let path {
      let place = expandedPath(path)
      switch FileStatus(place) {
      case .missing:
        throw CIFAR10Error.nothing(path)
      case .folder:
        guard let found = try find(in: place, release: release, run: run) else {
          throw CIFAR10Error.folderWithout(path)
        }
        return found
      case .file: return try readArchive(place, release, run)
      case .other: throw CIFAR10Error.neither(path)
      }
    }
    guard let cache else {
      throw CIFAR10Error.noHome
    }
    if let found = try find(in: cache, release: release, run: run) { return found }
    let archive = cache + "/" + archiveName
    try Download(
      address: release.address, bytes: release.bytes, sha256: release.sha256, destination: archive,
      name: "cifar10"
    ).fetch(run)
    return try readArchive(archive, release, run)
  }

  /// The data in a folder: as files, else as the archive, else nil.
  private static func find(in folder: String, release: Release, run: Run) throws -> DataSet? {
    for place in [folder, folder + "/" + folderName]
    where FileStatus(place + "/data_batch_1.bin").bytes != nil {
      return try readFolder(place, release, run)
    }
    for place in [folder, folder + "/" + pythonFolderName]
    where FileStatus(place + "/data_batch_1").bytes != nil {
      return try readPickles(place, release, run)
    }
    if FileStatus(folder + "/" + folderName).isFolder {
      return try readFolder(folder + "/" + folderName, release, run)
    }
    for archive in [archiveName, pythonArchiveName] {
      let path = folder + "/" + archive
      if FileStatus(path).bytes != nil { return try readArchive(path, release, run) }
    }
    return nil
  }

  // MARK: - Reading

  /// The six files as they fill up.
  private struct Parts {
    let release: Release
    let train: PixelStore
    let test: PixelStore
    var labels = [[Int]](repeating: [], count: 6)

    static let files = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
    /// The same in the Python version, as pickles.
    static let pickles = (1...5).map { "data_batch_\($0)" } + ["test_batch"]

    init(_ release: Release) throws {
      self.release = release
      train = try PixelStore(count: 5 * release.records, size: 32)
      test = try PixelStore(count: release.records, size: 32)
    }

    /// Takes the bytes of file number `part`, of which `read` gives as many as it is asked for while there are any.
    mutating func take(_ part: Int, from name: String, _ read: (Int, UnsafeMutableRawPointer) throws -> Int)
      throws
    {
      let expected = release.records * recordBytes
      // One byte more than there should be tells a file that is too long.
      var bytes = [UInt8](repeating: 0, count: expected + 1)
      let got = try bytes.withUnsafeMutableBytes { try read(expected + 1, $0.baseAddress!) }
      guard got == expected else {
        throw CIFAR10Error.size(name, got, expected: expected)
      }
      let store = part < 5 ? train : test
      for record in 0..<release.records {
        let start = record * recordBytes
        guard bytes[start] < 10 else {
          throw CIFAR10Error.label(name, Int(bytes[start]), image: record)
        }
        labels[part].append(Int(bytes[start]))
        let index = part < 5 ? part * release.records + record : record
        bytes.withUnsafeBufferPointer { store.setPlanes($0.baseAddress! + start + 1, of: index) }
      }
    }

    /// Takes file number `part` of the Python version.
    mutating func take(_ part: Int, _ batch: CIFARBatch, from name: String) throws {
      guard batch.count == release.records else {
        throw CIFARBatchError.shape(name, [batch.count, 3072], type: "u1")
      }
      labels[part] = try batch.labels("labels", classes: 10)
      batch.write(into: part < 5 ? train : test, from: part < 5 ? part * release.records : 0)
    }

    func dataSet(source: String, notes: [DataNote] = []) -> DataSet {
      DataSet(
        name: "cifar10",
        train: ImageSet(
          name: "cifar10.train", store: train, labels: Array(labels[..<5].joined()), classes: CIFAR10.classes),
        test: ImageSet(name: "cifar10.test", store: test, labels: labels[5], classes: CIFAR10.classes),
        source: source, notes: notes)
    }
  }

  private static func readFolder(_ folder: String, _ release: Release, _ run: Run) throws -> DataSet {
    var parts = try Parts(release)
    for (part, name) in Parts.files.enumerated() {
      try run.checkInterrupt()
      let path = folder + "/" + name
      guard FileStatus(path).bytes != nil else {
        throw CIFAR10Error.lacks(folder: folder, name, files: Parts.files)
      }
      do {
        let file = try InputFile(path)
        try parts.take(part, from: path) { count, buffer in try file.read(count, into: buffer) }
      } catch let error as SystemError {
        throw CIFAR10Error.unreadable(path, error)
      }
    }
    return parts.dataSet(source: folder)
  }

  /// Reads one file of the Python version and throws where it is none.
  package static func check(batch bytes: [UInt8], path: String) throws {
    _ = try CIFARBatch(bytes, path: path).labels("labels", classes: 10)
  }

  private static func readPickles(_ folder: String, _ release: Release, _ run: Run) throws -> DataSet {
    var parts = try Parts(release)
    for (part, name) in Parts.pickles.enumerated() {
      try run.checkInterrupt()
      let path = folder + "/" + name
      guard FileStatus(path).bytes != nil else {
        throw CIFAR10Error.lacks(folder: folder, name, files: Parts.pickles)
      }
      try parts.take(part, CIFARBatch(path: path), from: path)
    }
    return parts.dataSet(source: folder)
  }

  private static func readArchive(_ path: String, _ release: Release, _ run: Run) throws -> DataSet {
    let total = FileStatus(path).bytes ?? 0
    let reader = try ArchiveReader(path: path, kind: .tar)
    var parts = try Parts(release)
    while let entry = try reader.next() {
      try run.checkInterrupt()
      let name = String(entry.split(separator: "/").last ?? "")
      if let part = Parts.pickles.firstIndex(of: name) {
        let inside = "\(name) in \(path)"
        try parts.take(
          part, CIFARBatch(try reader.rest(most: CIFARBatch.mostBytes), path: inside), from: inside)
      }
      guard let part = Parts.files.firstIndex(of: name) else { continue }
      parts.labels[part] = []
      try parts.take(part, from: "\(name) in \(path)") { count, buffer in
        var filled = 0
        while filled < count {
          try run.checkInterrupt()
          let piece = min(1 << 20, count - filled)
          let got = try reader.read(piece, into: buffer + filled)
          filled += got
          if got < piece { break }
        }
        return filled
      }
      run.report(
        Progress("Reading CIFAR-10", completed: min(reader.position, total), total: total, unit: "bytes"))
    }
    if let missing = parts.labels.firstIndex(where: \.isEmpty) {
      throw CIFAR10Error.incomplete(path, lacks: Parts.files[missing])
    }
    return parts.dataSet(source: path, notes: total == release.bytes ? [] : [.unofficialArchive])
  }
}

/// Folder of data sets: `$CONTRAST_DATA`, else `contrast` in the user's cache folder.
package func dataFolder() -> String? {
  func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }
  if let folder = variable("CONTRAST_DATA") { return expandedPath(folder) }
  // The XDG rules say that a path that is not absolute is to be ignored.
  if let cache = variable("XDG_CACHE_HOME"), cache.hasPrefix("/") { return cache + "/contrast" }
  return homeFolder().map { $0 + "/.cache/contrast" }
}
