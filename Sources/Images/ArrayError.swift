import Base

/// Reasons why arrays of NumPy are no data set: the path of the file first, for a file within another with the path of that.
public enum ArrayError: Error, Equatable {
  case missing(String)
  case unreadable(String, SystemError)
  /// Neither `.npy` nor `.npz` by what is in it.
  case noArray(String)
  /// A header that NumPy would not write.
  case header(String, String)
  /// Columns first, as `order="F"` keeps them.
  case columnsFirst(String)
  /// A type other than unsigned bytes for images, or whole numbers for labels, as NumPy writes it.
  case imageType(String, String), labelType(String, String)
  case imageShape(String, [Int]), labelShape(String, [Int])
  case notSquare(String, [Int])
  case cutOff(String)
  case labelCount(String, Int, images: Int)
  case labelValue(String, Double, image: Int)
  /// No array of a file is called as images are; these are there.
  case noImages(String, arrays: [String])
  /// Labels of their own beside a file that has its own.
  case labelsTwice(String)
  case sizes(String, train: Int, other: Int)
  case fewImages(String)
}
