/// Reasons why a figure cannot be drawn.
public enum FigureError: Error, Equatable {
  /// Points that the words of a figure need where it has fewer, of width or of height.
  case narrow(Double, remedy: Remedy = .words)
  case low(Double)
  /// A side of so many points.
  case side(Double)
  case scale(Double)
  case pixels(wide: Double, high: Double)
  case noMemory
  /// Cairo's reason.
  case cairo(String)

  /// Marks that do not go together.
  case mixedMarks, overLyingBars
  /// Marks that have no logarithmic axis.
  case logarithmicBars, logarithmicBins
  case axis(String, ClosedRange<Double>, isLogarithmic: Bool)
  case logarithmOfNames(axis: String)
  case bandsOfNumbers(axis: String)

  case series(Series)
  case matrix(Matrix)
  case pictures(Pictures)
  case parts(Parts)

  /// The way to make room for words: a larger figure, fewer columns, or so many.
  public enum Remedy: Equatable, Sendable {
    case words, fewerColumns
    case columns(Int)
  }

  /// Numbers that do not go together: of a line or a group of bars, by its name and its place, or of points.
  public enum Series: Equatable, Sendable {
    case line(String?, Int, x: Int, y: Int)
    case band(String?, Int, points: Int)
    case group(String?, Int, values: Int, categories: Int)
    case groupErrors(String?, Int)
    case points(x: Int, y: Int)
    case pointClasses(Int, points: Int)
    case pointClass(Int, names: Int)
    case pointValues(Int, points: Int)
    case bins(Int, ClosedRange<Int>)
  }

  public enum Matrix: Equatable, Sendable {
    public enum Part: Equatable, Sendable { case rows, columns }

    case cells(rows: Int, columns: Int, values: Int)
    case largeMatrix(rows: Int, columns: Int, most: Int)
    case names(Int, Part, names: Int)
    case colours(ClosedRange<Double>)
    case confusion(counts: Int, expected: Int)
    case negativeCount
  }

  public enum Pictures: Equatable, Sendable {
    case emptyPicture(width: Int, height: Int)
    case pictureBytes(Int, width: Int, height: Int)
    case manyPictures(Int, most: Int)
    case gridColumns(Int)
    case thumbnails(x: Int, y: Int, pictures: Int, classes: Int)
    case thumbnailSide(Double)
  }

  /// Panels, and boxes of a diagram, which are given by their ids.
  public enum Parts: Equatable, Sendable {
    case noPanels
    case panelColumns(Int)
    case manyPanels(Int, most: Int)
    case noBoxes
    case largeDiagram(boxes: Int, arrows: Int, most: Int)
    case sameBox(String)
    case noBox(String)
  }
}
