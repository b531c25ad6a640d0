import Base

/// Reasons why a file, named by its path, gives no model.
public enum ModelFileError: Error, Equatable {
  /// The file has weights, but no description of their model.
  case undescribed(String)
  case newer(String, format: Int, newest: Int)
  case unclear(String)
  case normalisation(String)
  case method(String, MethodError)
  /// The model that is named has more weights than the file has numbers.
  case size(String, weights: Int, numbers: Int)
  case history(String, HistoryFault)
  /// The file has no weights of a best epoch.
  case noBest(String)
}

/// A part of a history, or of a training that was cut short, that cannot have been.
public enum HistoryFault: Equatable, Sendable {
  /// A column that has not so many numbers, and one that holds what is no count.
  case column(String, count: Int)
  case noCount(String, Double)
  case stepNumber(Double)

  case batch(Int)
  case chance
  case chanceLevel(Double, fromStep: Int)
  case step(loss: Double, rate: Double, [Metric], [Double])
  case epochOrder(Int, after: Int)
  case epochSteps(Int, epoch: Int, of: Int)
  case epochNumbers(Int)
  case measurementOrder(afterEpoch: Int)
  case measurement(afterEpoch: Int)
  /// Frames whose numbers do not fit each other.
  case frames

  case newerTraining
  case plan
  case place(Int, of: Int)
  /// A best epoch, or epochs before a longer plan, that cannot be.
  case best, extended
}
