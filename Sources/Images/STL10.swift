import Base
import Tensors

/// Reasons why there is no STL-10 at a path.
public enum STL10Error: Error, Equatable {
  case nothing(String)
  case folderWithout(String)
  case noCopy(folder: String?)
  case lacks(folder: String, String)
  case unreadable(String, SystemError)
  /// A file whose size is not a multiple of an image's.
  case size(String, Int)
  case labels(String, Int, images: Int)
  case label(String, Int, image: Int)
}

/// STL-10 (Coates, Ng, Lee, 2011): 5,000 and 8,000 photographs of 96 × 96 pixels in ten classes, and 100,000 without labels.
///
/// The binary files of its authors: `train_X.bin` holds a red, a green and a blue plane for each image, **column after column**, and
/// `train_y.bin` its class from 1 to 10. The unlabelled images come from other classes as well.
public enum STL10 {
  /// Images to train on.
  public enum Part: String, CaseIterable, Sendable {
    case labelled, unlabelled
  }

  public static let address = "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz"
  public static let folderName = "stl10_binary"
  public static let size = 96
  static let classes = [
    "airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck",
  ]
  private static let imageBytes = 3 * size * size

  /// Loads from `path`: the folder `stl10_binary` or one that holds it; without a path from `$CONTRAST_DATA` or the cache folder.
  /// - Parameter part: the images to train on; those to test on have labels in either case.
  /// - Parameter side: the size to resize them to while they are read, so that no more memory is taken.
  public static func load(path: String?, part: Part, side: Int, run: Run) throws -> DataSet {
    let places: [String]
    if let path {
      let place = expandedPath(path)
      guard FileStatus(place).isFolder else { throw STL10Error.nothing(path) }
      places = [place, place + "/" + folderName]
    } else {
      places = dataFolder().map { [$0 + "/" + folderName] } ?? []
    }
    guard let folder = places.first(where: { FileStatus($0 + "/test_X.bin").bytes != nil }) else {
      throw path.map(STL10Error.folderWithout) ?? STL10Error.noCopy(folder: dataFolder())
    }
    let isLabelled = part == .labelled
    let train = try images("\(isLabelled ? "train" : "unlabeled")_X.bin", in: folder, side, run)
    let test = try images("test_X.bin", in: folder, side, run)
    return DataSet(
      name: "stl10",
      train: ImageSet(
        name: "stl10.train", store: train,
        labels: isLabelled ? try labels("train_y.bin", in: folder, images: train.count) : nil,
        classes: isLabelled ? classes : []),
      test: ImageSet(
        name: "stl10.test", store: test, labels: try labels("test_y.bin", in: folder, images: test.count),
        classes: classes), source: folder)
  }

  private static func bytes(of name: String, in folder: String) throws(STL10Error) -> Int {
    guard let bytes = FileStatus("\(folder)/\(name)").bytes else { throw .lacks(folder: folder, name) }
    return bytes
  }

  /// Reads a thousand images at a time, so that resizing needs no second copy of all.
  private static func images(_ name: String, in folder: String, _ side: Int, _ run: Run) throws -> PixelStore
  {
    let path = "\(folder)/\(name)"
    let total = try bytes(of: name, in: folder)
    guard total > 0, total % imageBytes == 0 else { throw STL10Error.size(path, total) }
    let count = total / imageBytes
    let store = try PixelStore(count: count, size: side)
    let most = min(count, 1_000)
    let whole = try PixelStore(count: most, size: size)
    var planes = [UInt8](repeating: 0, count: most * imageBytes)
    let scratch = (0..<run.workers.count).map { _ in (resampler: Resampler(), planes: Scratch()) }
    let file: InputFile
    do throws(SystemError) { file = try InputFile(path) } catch { throw STL10Error.unreadable(path, error) }
    for start in stride(from: 0, to: count, by: most) {
      let here = min(most, count - start)
      let got: Int
      do {
        got = try planes.withUnsafeMutableBytes { try file.read(here * imageBytes, into: $0.baseAddress!) }
      } catch let error as SystemError { throw STL10Error.unreadable(path, error) }
      guard got == here * imageBytes else { throw STL10Error.size(path, start * imageBytes + got) }
      try planes.withUnsafeBufferPointer { planes in
        nonisolated(unsafe) let planes = planes.baseAddress!
        try run.forEach(here) { item, worker in
          whole.setPlanes(planes + item * imageBytes, of: item)
          whole.exchangeRowsAndColumns(of: item)
          guard side != size else {
            return store.picture(start + item).update(from: whole.picture(item), count: imageBytes)
          }
          let (resampler, memory) = scratch[worker]
          let resized = memory.reserve(3 * planeStride(side))
          resampler.resize(
            whole.picture(item), width: size, region: Region(top: 0, left: 0, height: size, width: size),
            to: side,
            into: resized)
          writeBytes(resized, side: side, to: store.picture(start + item))
        }
      }
      run.report(Progress("Reading STL-10", completed: start + here, total: count, unit: "images"))
    }
    return store
  }

  private static func labels(_ name: String, in folder: String, images: Int) throws(STL10Error) -> [Int] {
    let path = "\(folder)/\(name)"
    guard try bytes(of: name, in: folder) == images else {
      throw .labels(path, try bytes(of: name, in: folder), images: images)
    }
    let numbers: [UInt8]
    do throws(SystemError) { numbers = try InputFile(path).rest(most: images) } catch {
      throw .unreadable(path, error)
    }
    if let image = numbers.firstIndex(where: { !(1...10).contains($0) }) {
      throw .label(path, Int(numbers[image]), image: image)
    }
    return numbers.map { Int($0) - 1 }
  }
}
