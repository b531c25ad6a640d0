import Analysis
import FrontEnd
import Images
import Language
import Tensors

/// Rows of numbers that stand for pictures, with the pictures they came from and so their labels.
struct EmbeddingValue: Displayable {
  static let typeName = "embedding"
  /// `[n, width]`.
  let rows: Tensor
  let images: ImageSet
  /// Origin of the rows, as a reader sees it: "resnet18 h", "t-SNE of resnet18 h".
  let origin: String
  /// The reduction that made the rows from others, so that more can be made in the same way; nil if it is not known.
  let reduction: Reduction?

  enum Reduction {
    case components(PCA)
    /// `of` are the rows of the map, after `components` where there are any.
    case map(TSNE, TSNE.Map, of: Tensor, components: PCA?)
  }

  init(rows: Tensor, images: ImageSet, origin: String, reduction: Reduction? = nil) {
    self.rows = rows
    self.images = images
    self.origin = origin
    self.reduction = reduction
  }

  var summary: String {
    "embedding: \(Format.counted(rows.shape[0], "row")) of \(Format.counted(rows.shape[1], "number")) (\(origin)) of \(images.name)"
  }

  var memberNames: [String] {
    let own: [String] =
      switch reduction {
      case .components: ["explained"]
      case .map: ["divergence", "iterations"]
      case nil: []
      }
    return ["images", "labels", "classes", "count", "width"] + own
  }

  func member(_ name: String) -> (any Value)? {
    switch (name, reduction) {
    case ("explained", .components(let pca)): List(pca.explained.map { Number($0) })
    case ("divergence", .map(_, let map, _, _)): Number(map.divergence)
    case ("iterations", .map(_, let map, _, _)): Number(map.iterations)
    case ("images", _): ImagesValue(images)
    case ("count", _): Number(Double(rows.shape[0]))
    case ("width", _): Number(Double(rows.shape[1]))
    default: ImagesValue(images).member(name)
    }
  }

  func element(at index: IndexValue) throws -> any Value {
    let chosen = try images.chosen(by: index, of: "row")
    return EmbeddingValue(rows: rows.rows(chosen.places), images: chosen.images, origin: origin)
  }

  /// The classes, where the pictures have labels.
  var keys: [String] { ImagesValue(images).keys }

  /// A row for each row: its class, where there are classes, and its numbers.
  var table: TableValue {
    let width = rows.shape[1]
    let names = images.labels.map { labels in labels.map { images.classes[$0] } }
    return TableValue(
      columns: (names == nil ? [] : ["label"]) + (0..<width).map { "\($0)" },
      rows: (0..<rows.shape[0]).map { row in
        (names.map { [.text($0[row])] } ?? []) + (0..<width).map { .number(Double(rows[row * width + $0])) }
      })
  }

  func rich(_ session: Session) throws -> Rich { Rich(text: summary) }
}
