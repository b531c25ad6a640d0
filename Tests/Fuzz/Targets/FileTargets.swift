import Base
import Commands
import FrontEnd
import Glibc
import Images
import Jupyter
import Learning
import Networks
import Tensors

extension FuzzTarget {
  static let files = [weights, cards, csv, idx, pictures, pickles, arrays]

  private static let weights = FuzzTarget("weights") {
    let input = try InputFile(named: "input.safetensors")
    return { bytes in
      let file = try Weights.read(try input.holding(bytes))
      for name in file.names {
        precondition(file.shape(of: name) != nil)
        if let tensor = try file.tensor(name) { precondition(tensor.count <= bytes.count) }
        _ = file.column(name)
      }
      _ = try ContrastiveModel.open(file)
    }
  }

  /// What a model's file says of itself, in a file that is sound otherwise.
  private static let cards = FuzzTarget("cards") {
    let input = try InputFile(named: "input.safetensors")
    let session = Session()
    // Trained, so that a card may name what was measured.
    let model = """
      shapes = load shapes train=16 test=10 size=16
      model = simclr (cnn width=1 size=8) head=[3, 2]
      train model on=shapes.train epochs=2 batch=8 watch=[alignment, knn] test=shapes.test
      save model "\(input.path)"
      """
    _ = try session.run(cell: model, console: Silent())
    let sound = try bytes(of: input.path)
    let length = sound[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let numbers = sound[(8 + length)...]
    let header = try JSON.parse(Array(sound[8..<8 + length]))
    return { bytes in
      guard var entries = header.object, var metadata = entries["__metadata__"]?.object else { return }
      metadata["contrast"] = .string(String(decoding: bytes, as: UTF8.self))
      entries["__metadata__"] = .object(metadata)
      let text = JSON.object(entries).serialized()
      let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
      let model = try ContrastiveModel.open(try input.holding(length + text + numbers))
      // What opens can be saved.
      try model.save(to: input.path)
      _ = try ContrastiveModel.open(input.path)
    }
  }

  /// A table that was read is written, and from then on stays the same.
  private static let csv = FuzzTarget("csv") {
    let input = try InputFile(named: "input.csv")
    return { bytes in
      let session = Session()
      let path = try input.holding(bytes)
      _ = try session.value(of: "open \"\(path)\"")
      let again = "export (open \"\(path)\") \"\(path)\""
      _ = try session.run(cell: again, console: Silent())
      let written = try FuzzTarget.bytes(of: path)
      _ = try session.run(cell: again, console: Silent())
      let rewritten = try FuzzTarget.bytes(of: path)
      precondition(rewritten == written)
    }
  }

  /// Two bytes say how long the file of pictures is; that of labels follows.
  private static let pickles = FuzzTarget("pickles") {
    { bytes in try CIFAR10.check(batch: bytes, path: "input") }
  }

  /// An archive or one array, with labels of its own or none.
  private static let arrays = FuzzTarget("arrays") {
    let input = try InputFile(named: "input.npz")
    let run = Run(seed: 1)
    return { bytes in _ = try ArrayFiles.load(path: try input.holding(bytes), run: run) }
  }

  private static let idx = FuzzTarget("idx") {
    let pictures = try InputFile(named: "train-images-idx3-ubyte")
    let labels = try InputFile(named: "train-labels-idx1-ubyte")
    return { bytes in
      guard bytes.count > 2 else { return }
      let cut = min(bytes.count, 2 + Int(bytes[0]) + Int(bytes[1]) << 8)
      let images = try IDX.load(
        images: try pictures.holding(bytes[2..<cut]), labels: try labels.holding(bytes[cut...]))
      precondition(images.count > 0 && images.labels?.count == images.count)
    }
  }

  private static let pictures = FuzzTarget("pictures") {
    { bytes in
      let memory = PictureHeader(bytes)?.memory(atLeast: 0) ?? 0
      // A picture of a hundred million pixels takes long because it is large.
      guard memory <= 1 << 24 else { return }
      let picture = try ImageFiles.decode(bytes)
      precondition(picture.pixels.count == 3 * picture.width * picture.height)
    }
  }

  private static func bytes(of path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw InputFile.FileError() }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: Int(lseek(file, 0, SEEK_END)))
    guard pread(file, &bytes, bytes.count, 0) == bytes.count else { throw InputFile.FileError() }
    return bytes
  }
}

/// Shows nothing.
final class Silent: Console {
  func write(_ text: String, to stream: TextStream) {}
  func display(_ rich: Rich, id: String?) {}
  func update(_ rich: Rich, id: String) {}
  func result(_ rich: Rich) {}
}
