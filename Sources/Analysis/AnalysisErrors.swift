import Tensors

/// Reasons why a computation cannot be done with rows.
public enum RowsError: Error, Equatable {
  /// A computation over rows.
  public enum Task: Equatable, Sendable {
    case alignment, effectiveRank, map, neighbourRecall, placing, positives, spread, trustworthiness,
      uniformity
    case components(Int)
    case neighbours(Int)
  }

  case few(Task, least: Int, rows: Int)
  case empty(Task)
  case notFinite
  case memory(Task, rows: Int, MemoryShortage)
  /// Shapes of rows that would be compared one by one.
  case differ(Task, [Int], [Int])
}

/// Reasons why rows have no such principal components.
public enum PCAError: Error, Equatable {
  case count(Int, rows: Int, columns: Int)
  /// Rows of another width than those that the components are of.
  case width(Int, rows: Int)
  case eigenvectorsDiverge, singularValuesDiverge
}

/// Reasons why rows have no such neighbours.
public enum NeighboursError: Error, Equatable {
  case count(Int, available: Int)
  case width(Int, among: Int)
  /// A number of neighbours that is half the rows or more, which trustworthiness has no measure for.
  case half(Int, rows: Int)
}

/// Reasons why rows have no such map, or do not go with one.
public enum MapError: Error, Equatable {
  case dimensions(Int)
  case perplexity(Float, rows: Int)
  case exaggeration(Float)
  case rate(Float)
  case noIterations
  /// The points are not finite; `rate` would suit the rows.
  case diverged(rate: Int)
  /// Rows to place others by, or to compare with the map, that are not as many as its points.
  case placed(points: Int, rows: Int)
  case compared(points: Int, rows: Int)
  /// New rows of another width than those that the map is of.
  case width(Int, new: Int)
}
