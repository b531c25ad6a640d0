import Base
import Images
import Language
import Learning
import Tensors

/// Anything that is rows of numbers with pictures behind them: an embedding, or images as their pixels.
struct RowsValue: OptionValue {
  static let typeName = "embedding or images"
  var written: String { "" }

  enum Source {
    case embedding(EmbeddingValue)
    case pixels(ImagesValue)
  }
  let source: Source

  static func read(_ value: any Value) throws -> RowsValue {
    if let embedding = value as? EmbeddingValue { return RowsValue(source: .embedding(embedding)) }
    if let images = value as? ImagesValue { return RowsValue(source: .pixels(images)) }
    throw Mismatch(expected: typeName, found: value)
  }

  var images: ImageSet {
    switch source {
    case .embedding(let embedding): embedding.images
    case .pixels(let images): images.set
    }
  }

  var origin: String {
    switch source {
    case .embedding(let embedding): embedding.origin
    case .pixels: "pixels"
    }
  }

  var features: Features {
    switch source {
    case .embedding(let embedding): .matrix(embedding.rows)
    case .pixels(let images): .pixels(images.set, size: images.set.size)
    }
  }

  /// All rows at once; throws where they would not fit into memory, with the numbers.
  func matrix(run: Run) throws -> Tensor {
    switch source {
    case .embedding(let embedding): return embedding.rows
    case .pixels(let images):
      let set = images.set
      let perImage = set.size * set.size * 3 * 4
      try MachineMemory.ask(for: set.count * perImage) { memory in
        InputError(
          "the pixels of \(Format.counted(set.count, "image")) of \(set.size)×\(set.size) as numbers",
          lacks: memory, option: Tsne.command.word(\.$of),
          advice: memory.counted >= perImage
            ? "use \(Format.counted(memory.counted / perImage, "image")) or fewer, as \(Sample.command.name) chooses them"
            : "use smaller images")
      }
      return try set.asRows(run: run)
    }
  }

  /// The labels, or an error that names what has none.
  func labels() throws -> [Int] {
    guard let labels = images.labels else {
      throw Problem("`\(images.name)` has no labels to learn from or compare with")
    }
    return labels
  }
}
