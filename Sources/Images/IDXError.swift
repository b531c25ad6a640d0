/// Reasons why IDX files, or a folder of them, are no data set: the path of either first.
public enum IDXError: Error, Equatable {
  case noFolder(String)
  /// The folder has no file to begin with.
  case noFiles(String)
  case noSplit(String, String, splits: [String])
  case severalSplits(String, [String])
  case lacks(String, String)
  case sizes(String, train: Int, test: Int)

  case missing(String)
  case empty(String)
  /// The file begins otherwise than one of bytes does.
  case noBytes(String, start: [UInt8])
  case impossible(String, [Int])
  case cutOff(String, Part)
  case tooLong(String, declared: Int)
  /// Axes that are not those of images, of square ones, or of labels.
  case noImages(String, [Int]), notSquare(String, [Int]), noLabels(String, [Int])
  case labelCount(String, Int, images: String, Int)

  /// The number of bytes that there are of a file, and what there should be.
  public enum Part: Equatable, Sendable {
    case file(Int, declared: Int)
    case header(Int, of: Int)
    case data(Int, of: Int)
  }
}
