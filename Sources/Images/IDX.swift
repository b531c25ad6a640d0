import Glibc
import Tensors

/// IDX, the format of MNIST, Fashion-MNIST and their kin: plain or compressed by gzip.
///
/// A header of big-endian numbers (two zero bytes, the type, the count of axes, the axes), then the bytes. Grey
/// pictures are copied to all three channels; pictures must be square.
public enum IDX {
  /// Loads a folder with the four files under MNIST's names (`train-images-idx3-ubyte`, `t10k-labels-idx1-ubyte.gz`, …).
  public static func load(path: String, run: Run) throws -> DataSet {
    let folder = expanded(path)
    guard FileStatus(folder).isFolder else {
      throw InputError(
        "there is no folder \(path)", option: "path", advice: "Give the folder of the four IDX files.")
    }
    let name = folder.split(separator: "/").last.map(String.init) ?? folder
    func half(_ prefixes: [String], _ half: String) throws -> ImageSet {
      let images = try find(prefixes.map { $0 + "-images" }, "idx3", folder)
      let labels = try find(prefixes.map { $0 + "-labels" }, "idx1", folder)
      try run.checkInterrupt()
      return try load(images: images, labels: labels, name: "\(name).\(half)")
    }
    let train = try half(["train"], "train")
    let test = try half(["t10k", "test"], "test")
    guard train.size == test.size else {
      throw InputError(
        "\(folder) has pictures of \(train.size) pixels to train on and of \(test.size) to test on")
    }
    let classes = train.classes.count > test.classes.count ? train.classes : test.classes
    return DataSet(
      name: name, train: train.withClasses(classes), test: test.withClasses(classes), source: folder)
  }

  /// Loads one file of pictures and, where there is one, the file of their labels.
  public static func load(images: String, labels: String?, name: String = "idx") throws -> ImageSet {
    let pictures = try read(expanded(images))
    guard pictures.axes.count == 3 || (pictures.axes.count == 4 && pictures.axes[3] == 3) else {
      throw InputError(
        "\(images) has the shape \(pictures.axes), where pictures have [count, height, width] or [count, height, width, 3]"
      )
    }
    let (count, size) = (pictures.axes[0], pictures.axes[1])
    guard count > 0, size > 0, pictures.axes[2] == size else {
      throw InputError("\(images) has the shape \(pictures.axes), where square pictures are expected")
    }
    let store = try PixelStore(count: count, size: size)
    if pictures.axes.count == 4 {
      store.address.update(from: pictures.bytes, count: pictures.bytes.count)
    } else {
      for (pixel, value) in pictures.bytes.enumerated() {
        (store.address + 3 * pixel).update(repeating: value, count: 3)
      }
    }
    guard let labels else { return ImageSet(name: name, store: store, labels: nil, classes: []) }
    let numbers = try read(expanded(labels))
    guard numbers.axes.count == 1 else {
      throw InputError("\(labels) has the shape \(numbers.axes), where labels have [count]")
    }
    guard numbers.axes[0] == count else {
      throw InputError(
        "\(labels) has \(counted(numbers.axes[0], "label")) for the \(counted(count, "picture")) of \(images)"
      )
    }
    let classes = (0...Int(numbers.bytes.max() ?? 0)).map { "\($0)" }
    return ImageSet(name: name, store: store, labels: numbers.bytes.map(Int.init), classes: classes)
  }

  private static func find(_ prefixes: [String], _ kind: String, _ folder: String) throws -> String {
    for prefix in prefixes {
      for name in ["\(prefix)-\(kind)-ubyte", "\(prefix).\(kind)-ubyte"] {
        for path in ["\(folder)/\(name)", "\(folder)/\(name).gz"] where FileStatus(path).bytes != nil {
          return path
        }
      }
    }
    throw InputError(
      "\(folder) has no file \(prefixes[0])-\(kind)-ubyte or \(prefixes[0])-\(kind)-ubyte.gz", option: "path")
  }

  /// The axes and bytes of an IDX file of unsigned bytes.
  private static func read(_ path: String) throws -> (axes: [Int], bytes: [UInt8]) {
    guard let size = FileStatus(path).bytes else {
      throw InputError("there is no file \(path)", option: "path")
    }
    guard size > 0 else { throw InputError("\(path) is empty", option: "path") }
    let reader = try ArchiveReader(path: path, kind: .single)
    guard try reader.next() != nil else { throw InputError("\(path) is empty", option: "path") }
    func take(_ count: Int, _ what: String) throws -> [UInt8] {
      // In pieces: the file's length is not known before it is unpacked, and its header may lie.
      var bytes: [UInt8] = []
      var block = [UInt8](repeating: 0, count: min(count, 1 << 20))
      while bytes.count < count {
        let wanted = min(block.count, count - bytes.count)
        let got = try block.withUnsafeMutableBytes { try reader.read(wanted, into: $0.baseAddress!) }
        bytes += block[..<got]
        guard got == wanted else {
          throw InputError(
            "\(path) is cut off: \(counted(bytes.count, "byte")) of \(what) where there should be \(count)")
        }
      }
      return bytes
    }
    let magic = try take(4, "the header")
    guard magic[0] == 0, magic[1] == 0, magic[2] == 8, (1...4).contains(magic[3]) else {
      throw InputError("\(path) is no IDX file of bytes: it begins with \(magic)")
    }
    let header = try take(4 * Int(magic[3]), "the header")
    let axes = (0..<Int(magic[3])).map { axis in
      header[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var count = 1
    for axis in axes {
      let (product, overflow) = count.multipliedReportingOverflow(by: axis)
      guard !overflow, product <= 1 << 40 else {
        throw InputError("\(path) says that its sides are \(axes), which cannot be")
      }
      count = product
    }
    let bytes = try take(count, "data")
    var more: UInt8 = 0
    guard try reader.read(1, into: &more) == 0 else {
      throw InputError("\(path) holds more than the \(counted(count, "byte")) that it speaks of")
    }
    return (axes, bytes)
  }
}
