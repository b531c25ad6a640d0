import Tensors

/// Comparison of scores for each class with the true classes of some rows.
public struct Judgement: Sendable {
  /// The class of the highest score of each row; of equal scores the lower class.
  public let predictions: [Int]
  /// The place of the true class among the scores of each row, 0 for the highest; the number of classes where it has no score.
  public let places: [Int]

  /// Shape of `scores`: `[n, classes]`, higher for what is more likely and −∞ for what is out of the question.
  /// `labels` are n numbers below `classes`.
  public init(scores: Tensor, labels: [Int]) {
    let (rows, classes) = (scores.shape[0], scores.shape[1])
    precondition(labels.count == rows, "\(labels.count) labels for \(rows) rows")
    precondition(labels.allSatisfy { $0 >= 0 && $0 < classes }, "labels without a class")
    predictions = Judgement.highest(scores)
    places = (0..<rows).map { row in
      let line = UnsafeBufferPointer(start: scores.pointer + row * classes, count: classes)
      let own = line[labels[row]]
      guard own > -.infinity else { return classes }
      return line.indices.count { line[$0] > own || (line[$0] == own && $0 < labels[row]) }
    }
  }

  /// Share of the rows whose true class is among the `k` highest scores.
  public func top(_ k: Int) -> Double {
    places.isEmpty ? 0 : Double(places.count { $0 < k }) / Double(places.count)
  }

  public var accuracy: Double { top(1) }

  /// The place of the highest number of each row, the first of equal ones.
  static func highest(_ scores: Tensor) -> [Int] {
    let classes = scores.shape[1]
    return (0..<scores.shape[0]).map { row in
      let line = UnsafeBufferPointer(start: scores.pointer + row * classes, count: classes)
      return line.indices.max { line[$0] < line[$1] } ?? 0
    }
  }
}
