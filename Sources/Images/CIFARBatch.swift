import Base
import Tensors

/// Reasons why a file of CIFAR's Python version is none: its path first.
public enum CIFARBatchError: Error, Equatable {
  case unreadable(String, SystemError)
  /// A member, such as `data`, is missing or of another kind.
  case lacks(String, member: String)
  /// Images of another shape than `[count, 3072]` bytes.
  case shape(String, [Int], type: String)
  case labels(String, Int, images: Int)
  case label(String, Int, image: Int, classes: Int)
}

/// One file of CIFAR-10 or CIFAR-100 in its Python version, as torchvision keeps it: a pickled dictionary with `data`, bytes
/// `[count, 3072]`, a red, a green and a blue plane for each image, and lists of labels.
struct CIFARBatch {
  private let pickle: Pickle
  private let elements: Range<Int>
  let count: Int

  /// A file of the official releases has at most 155 MB.
  static let mostBytes = 1 << 28

  init(path: String) throws {
    try self.init(try CIFARBatch.bytes(of: path, most: CIFARBatch.mostBytes), path: path)
  }

  private static func bytes(of path: String, most: Int) throws(CIFARBatchError) -> [UInt8] {
    do throws(SystemError) { return try InputFile(path).rest(most: most) } catch {
      throw .unreadable(path, error)
    }
  }

  init(_ bytes: [UInt8], path: String) throws {
    pickle = try Pickle(bytes, path: path)
    guard case .array(let type, let shape, let elements) = pickle["data"] else {
      throw CIFARBatchError.lacks(path, member: "data")
    }
    guard type == "u1", shape.count == 2, shape[1] == 3072, elements.count == shape[0] * 3072 else {
      throw CIFARBatchError.shape(path, shape, type: type)
    }
    self.elements = elements
    count = shape[0]
  }

  /// The labels in the list `member`, each below `classes`.
  func labels(_ member: String, classes: Int) throws(CIFARBatchError) -> [Int] {
    guard let labels = pickle.integers(pickle[member]) else { throw .lacks(pickle.path, member: member) }
    guard labels.count == count else { throw .labels(pickle.path, labels.count, images: count) }
    if let image = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw .label(pickle.path, labels[image], image: image, classes: classes)
    }
    return labels
  }

  /// Writes all images into `store`, beginning at place `first`.
  func write(into store: PixelStore, from first: Int) {
    pickle.bytes.withUnsafeBufferPointer { bytes in
      for image in 0..<count {
        store.setPlanes(bytes.baseAddress! + elements.lowerBound + 3072 * image, of: first + image)
      }
    }
  }

  /// The list of names `member` in a file of names, such as `batches.meta`; nil where there is none.
  static func names(_ member: String, in path: String) throws -> [String]? {
    guard FileStatus(path).bytes != nil else { return nil }
    let pickle = try Pickle(try bytes(of: path, most: 1 << 20), path: path)
    return pickle.texts(pickle[member])
  }
}
