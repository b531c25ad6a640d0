import Figures
import FrontEnd
import Images
import Language

/// A small picture of a value, for help that pops up while somebody types.
///
/// Drawn on the thread that answers, beside a running cell: it reads values that never change once they are made.
enum Preview {
  /// Pictures in the row, and the width of figures in points.
  private static let pictures = 8
  private static let width = 300.0
  /// A figure of more cells than this takes too long to draw between two keys.
  private static let mostCells = 40_000

  /// Small picture of a value; nil if it has none.
  static func picture(of value: any Value) -> Rich.PNG? {
    guard let figure = figure(of: value), let rich = try? Rich(figure) else { return nil }
    return rich.png
  }

  private static func figure(of value: any Value) -> Figure? {
    switch value {
    case let images as ImagesValue: row(of: images.set)
    case let embedding as EmbeddingValue: row(of: embedding.images)
    case let figure as FigureValue: figure.figure.resized(width: width)
    case let matrix as MatrixValue where (1...mostCells).contains(matrix.values.count):
      matrix.figure(labelsValues: false).resized(width: width)
    default: nil
    }
  }

  /// A row of pictures, each of another class as far as there are so many.
  private static func row(of set: ImageSet) -> Figure? {
    guard set.count > 0 else { return nil }
    var chosen: [Int] = []
    var seen: Set<Int> = []
    for index in 0..<min(set.count, 2_000) where chosen.count < pictures {
      guard let label = set.labels?[index] else { break }
      if seen.insert(label).inserted { chosen.append(index) }
    }
    let first = chosen
    let others = (0..<set.count).lazy.filter { !first.contains($0) }.prefix(pictures - first.count)
    let row = (first + Array(others)).compactMap { try? PictureGrid.Picture(Pictures.bitmap(set, $0)) }
    guard !row.isEmpty else { return nil }
    return Figure(marks: [.pictures(PictureGrid(pictures: row, columns: row.count))]).resized(width: width)
  }
}
