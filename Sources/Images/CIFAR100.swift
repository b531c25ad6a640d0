import Base
import Glibc
import Tensors

/// Reasons why there is no CIFAR-100 at a path.
public enum CIFAR100Error: Error, Equatable {
  case nothing(String)
  /// A folder with neither version in it.
  case folderWithout(String)
  /// Neither a path nor a copy in the folder of data sets.
  case noCopy(folder: String?)
  case lacks(folder: String, String)
  case unreadable(String, SystemError)
  case size(String, Int, expected: Int)
  case label(String, Int, image: Int, classes: Int)
}

/// CIFAR-100 (Krizhevsky, 2009): 60,000 photographs of 32 × 32 pixels in 100 classes, which 20 groups of five put together.
///
/// Read are the binary version (`train.bin`, `test.bin`: a byte for the group, one for the class, three planes of 1,024 bytes) and the
/// Python version, as torchvision leaves it (`CIFARBatch`).
public enum CIFAR100 {
  /// Labels of an image: its class of 100, or its group of 20.
  public enum Labels: String, CaseIterable, Sendable {
    case fine, coarse

    var count: Int { self == .fine ? 100 : 20 }
  }

  public static let address = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
  public static let folderName = "cifar-100-binary"
  public static let pythonFolderName = "cifar-100-python"
  private static let recordBytes = 3074

  /// Loads from `path`: the folder of one version, or a folder that holds it; without a path from `$CONTRAST_DATA` or the cache folder.
  public static func load(path: String?, labels: Labels, run: Run) throws -> DataSet {
    try load(
      path: path, labels: labels, records: (train: 50_000, test: 10_000), cache: dataFolder(), run: run)
  }

  package static func load(
    path: String?, labels: Labels, records: (train: Int, test: Int), cache: String?, run: Run
  ) throws -> DataSet {
    if let path {
      let place = expandedPath(path)
      guard FileStatus(place).isFolder else { throw CIFAR100Error.nothing(path) }
      guard let found = try find(in: place, labels, records, run) else {
        throw CIFAR100Error.folderWithout(path)
      }
      return found
    }
    guard let cache, let found = try find(in: cache, labels, records, run) else {
      throw CIFAR100Error.noCopy(folder: cache)
    }
    return found
  }

  private static func find(
    in folder: String, _ labels: Labels, _ records: (train: Int, test: Int), _ run: Run
  ) throws -> DataSet? {
    for place in [folder, folder + "/" + folderName] where FileStatus(place + "/train.bin").bytes != nil {
      let names = try binaryNames(labels, in: place)
      return try dataSet(from: place, names: names) { part in
        try run.checkInterrupt()
        return try binary("\(place)/\(part).bin", part == "train" ? records.train : records.test, labels)
      }
    }
    for place in [folder, folder + "/" + pythonFolderName]
    where FileStatus(place + "/train").bytes != nil && FileStatus(place + "/meta").bytes != nil {
      let names = try CIFARBatch.names("\(labels.rawValue)_label_names", in: place + "/meta") ?? []
      return try dataSet(from: place, names: names) { part in
        try run.checkInterrupt()
        guard FileStatus("\(place)/\(part)").bytes != nil else {
          throw CIFAR100Error.lacks(folder: place, part)
        }
        let batch = try CIFARBatch(path: "\(place)/\(part)")
        let store = try PixelStore(count: batch.count, size: 32)
        batch.write(into: store, from: 0)
        return (store, try batch.labels("\(labels.rawValue)_labels", classes: labels.count))
      }
    }
    return nil
  }

  private static func dataSet(
    from folder: String, names: [String], _ part: (String) throws -> (PixelStore, [Int])
  ) throws -> DataSet {
    func set(_ name: String) throws -> ImageSet {
      let (store, labels) = try part(name)
      // Names that are not there, or not all of them, are numbers.
      let count = max(names.count, (labels.max() ?? 0) + 1)
      return ImageSet(
        name: "cifar100.\(name)", store: store, labels: labels,
        classes: names.count == count ? names : (0..<count).map { "\($0)" })
    }
    return DataSet(name: "cifar100", train: try set("train"), test: try set("test"), source: folder)
  }

  /// The lines of `fine_label_names.txt` or `coarse_label_names.txt`; none where it is missing.
  private static func binaryNames(_ labels: Labels, in folder: String) throws(CIFAR100Error) -> [String] {
    let path = "\(folder)/\(labels.rawValue)_label_names.txt"
    guard FileStatus(path).bytes != nil else { return (0..<labels.count).map { "\($0)" } }
    do throws(SystemError) {
      let text = String(decoding: try InputFile(path).rest(most: 1 << 16), as: UTF8.self)
      return text.split(whereSeparator: \.isNewline).map(String.init)
    } catch {
      throw .unreadable(path, error)
    }
  }

  private static func binary(
    _ path: String, _ records: Int, _ labels: Labels
  ) throws -> (PixelStore, [Int]) {
    guard FileStatus(path).bytes != nil else {
      let parts = path.split(separator: "/")
      throw CIFAR100Error.lacks(folder: String(path.dropLast(parts.last!.count + 1)), String(parts.last!))
    }
    let bytes: [UInt8]
    let expected = records * recordBytes
    do throws(SystemError) {
      let file = try InputFile(path)
      guard file.size == expected else { throw SystemError(EINVAL) }
      bytes = try file.rest(most: expected)
    } catch {
      guard let size = FileStatus(path).bytes, size != expected else {
        throw CIFAR100Error.unreadable(path, error)
      }
      throw CIFAR100Error.size(path, size, expected: expected)
    }
    let store = try PixelStore(count: records, size: 32)
    var numbers: [Int] = []
    numbers.reserveCapacity(records)
    for record in 0..<records {
      let start = record * recordBytes
      let number = Int(bytes[start + (labels == .fine ? 1 : 0)])
      guard number < labels.count else {
        throw CIFAR100Error.label(path, number, image: record, classes: labels.count)
      }
      numbers.append(number)
      bytes.withUnsafeBufferPointer { store.setPlanes($0.baseAddress! + start + 2, of: record) }
    }
    return (store, numbers)
  }
}
