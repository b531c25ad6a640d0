import Base
import Glibc
import Tensors

/// IDX, the format of MNIST, Fashion-MNIST, EMNIST and their kin: plain or compressed by gzip.
///
/// A header of big-endian numbers (two zero bytes, the type, the count of axes, the axes), then the bytes. Grey
/// pictures are copied to all three channels; pictures must be square. The classes are the labels that occur.
public enum IDX {
  /// Loads the four files of a data set (`train-images-idx3-ubyte`, `t10k-labels-idx1-ubyte.gz`, …), which `IDXFiles` finds.
  /// `split` is the one to take of several in one folder, as EMNIST's.
  public static func load(path: String, split: String? = nil, run: Run) throws -> DataSet {
    let folder = expandedPath(path)
    guard FileStatus(folder).isFolder else {
      throw IDXError.noFolder(path)
    }
    let files = try IDXFiles(in: folder, split: split)
    let name = folder.split(separator: "/").last.map(String.init) ?? folder
    let isTurned = files.holdsTurnedPictures
    let train = try Part(images: files.trainImages, labels: files.trainLabels, isTurned: isTurned)
    try run.checkInterrupt()
    let test = try Part(images: files.testImages, labels: files.testLabels, isTurned: isTurned)
    try run.checkInterrupt()
    guard train.store.size == test.store.size else {
      throw IDXError.sizes(folder, train: train.store.size, test: test.store.size)
    }
    let found = Set(train.labels ?? []).union(test.labels ?? []).sorted()
    let trainSet = train.set(named: "\(name).train", classes: found)
    let data = DataSet(
      name: name, train: trainSet, test: test.set(named: "\(name).test", classes: found), source: files.folder
    )
    let absent = data.untrainedClasses
    return data.with(notes: (absent.isEmpty ? [] : [.untrained(absent)]) + (isTurned ? [.turned] : []))
  }

  /// Loads one file of pictures and, where there is one, the file of their labels.
  public static func load(images: String, labels: String?, name: String = "idx") throws -> ImageSet {
    let part = try Part(images: expandedPath(images), labels: labels.map(expandedPath), isTurned: false)
    return part.set(named: name, classes: Set(part.labels ?? []).sorted())
  }

  /// Pictures with the numbers that are their labels.
  private struct Part {
    let store: PixelStore
    let labels: [UInt8]?

    init(images: String, labels: String?, isTurned: Bool) throws {
      let pictures = try IDXReader(path: images)
      let axes = pictures.axes
      guard axes.count == 3 || (axes.count == 4 && axes[3] == 3) else {
        throw IDXError.noImages(images, axes)
      }
      let (count, size) = (axes[0], axes[1])
      guard count > 0, size > 0, axes[2] == size else {
        throw IDXError.notSquare(images, axes)
      }
      let store = try PixelStore(count: count, size: size)
      if axes.count == 4 {
        try pictures.read { bytes, place in
          (store.address + place).update(from: bytes.baseAddress!, count: bytes.count)
        }
      } else {
        try pictures.read { bytes, place in
          for (pixel, value) in bytes.enumerated() {
            (store.address + 3 * (place + pixel)).update(repeating: value, count: 3)
          }
        }
      }
      if isTurned { for index in 0..<count { store.exchangeRowsAndColumns(of: index) } }
      self.store = store
      guard let labels else {
        self.labels = nil
        return
      }
      let numbers = try IDXReader(path: labels)
      guard numbers.axes.count == 1 else {
        throw IDXError.noLabels(labels, numbers.axes)
      }
      guard numbers.axes[0] == count else {
        throw IDXError.labelCount(labels, numbers.axes[0], images: images, count)
      }
      var read: [UInt8] = []
      try numbers.read { bytes, _ in read += bytes }
      self.labels = read
    }

    /// `classes` are the numbers that occur in any part.
    func set(named name: String, classes: [UInt8]) -> ImageSet {
      var places = [Int](repeating: 0, count: 256)
      for (place, number) in classes.enumerated() { places[Int(number)] = place }
      return ImageSet(
        name: name, store: store, labels: labels.map { $0.map { places[Int($0)] } },
        classes: labels == nil ? [] : classes.map { "\($0)" })
    }
  }
}
