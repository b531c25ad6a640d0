import Base

/// Confusion matrix: rows are the true classes, columns the predicted ones.
/// Colours and numbers are shares of the row, so that classes of different sizes compare; or counts.
public struct Confusion: Sendable, Equatable {
  public enum Numbers: String, Sendable, CaseIterable { case percent, counts }

  /// Shape: `[classes, classes]`, row after row.
  public var counts: [Int]
  public var classes: [String]
  public var numbers: Numbers

  public init(counts: [Int], classes: [String], numbers: Numbers = .percent) {
    self.counts = counts
    self.classes = classes
    self.numbers = numbers
  }
}

extension Mark {
  public static func confusion(_ confusion: Confusion) -> Mark { Mark(confusion) }
}

extension Confusion: AxesMark {
  package func check() throws {
    let (count, overflow) = classes.count.multipliedReportingOverflow(by: classes.count)
    guard !overflow, counts.count == count else {
      throw FigureError.matrix(.confusion(counts: counts.count, expected: count))
    }
    guard counts.allSatisfy({ $0 >= 0 }) else {
      throw FigureError.matrix(.negativeCount)
    }
    try heatmap.check()
  }

  /// Shares of each row in percent; of a class that never came up there are none.
  package var shares: [Double] {
    let size = classes.count
    return (0..<size).flatMap { row -> [Double] in
      let numbers = counts[(row * size)..<((row + 1) * size)].map(Double.init)
      let sum = numbers.reduce(0, +)
      return numbers.map { sum > 0 ? $0 / sum * 100 : .nan }
    }
  }

  private var heatmap: Heatmap {
    let isPercent = numbers == .percent
    return Heatmap(
      rows: classes.count, columns: classes.count, values: isPercent ? shares : counts.map(Double.init),
      rowNames: classes, columnNames: classes, map: .counts, domain: isPercent ? 0...100 : nil,
      format: NumberFormat(decimals: 0), label: isPercent ? "% of the true class" : "count")
  }

  package func claims(_ context: Context) -> Claims {
    var claims = heatmap.claims(context)
    claims.isEmpty = claims.isEmpty || classes.isEmpty
    let unseen = classes.indices.filter { row in
      counts[(row * classes.count)..<((row + 1) * classes.count)].allSatisfy { $0 == 0 }
    }
    claims.notes = unseen.isEmpty ? [] : ["No images of \(Words.list(unseen.map { classes[$0] }))."]
    claims.shape = 1
    claims.defaultXLabel = "Predicted class"
    claims.defaultYLabel = "True class"
    // The numbers in the cells say it all.
    if classes.count <= 12 { claims.colourBar = nil }
    return claims
  }

  package func draw(in plot: Plot) { heatmap.draw(in: plot) }

  /// The share of all that was predicted right, or `nil` without any.
  private var accuracy: Double? {
    let all = counts.reduce(0.0) { $0 + Double($1) }
    let right = classes.indices.reduce(0.0) { $0 + Double(counts[$1 * classes.count + $1]) }
    return all > 0 ? right / all : nil
  }

  package func summary(_ reading: Reading) -> String {
    let names = Words.list(classes.map(Label.clean), most: 12)
    let right =
      accuracy.map { ", \(NumberFormat(decimals: 1, suffix: " %", factor: 100).text($0)) right" } ?? ""
    return "Confusion matrix of \(counted(classes.count, "class"))\(right): \(names)"
  }

  package func plainText(_ reading: Reading) -> String {
    heatmap.plainText(reading)
  }
}
