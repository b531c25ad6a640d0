/// A stretch of a cell, counted in Unicode code points from its start, as Jupyter counts cursors.
public struct SourceRange: Hashable, Sendable {
  public let lower: Int
  public let upper: Int

  public init(_ lower: Int, _ upper: Int) {
    self.lower = lower
    self.upper = max(lower, upper)
  }

  public var count: Int { upper - lower }

  /// The smallest stretch that holds both.
  func joined(with other: SourceRange) -> SourceRange {
    SourceRange(min(lower, other.lower), max(upper, other.upper))
  }
}

/// The text of a cell as code points, with the way from an offset to its line.
struct Source {
  let scalars: [Unicode.Scalar]
  /// The file that it is, where it is no cell.
  let name: String?

  init(_ text: String, name: String? = nil) {
    scalars = Array(text.unicodeScalars)
    self.name = name
  }

  func text(_ range: SourceRange) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[clamped(range.lower)..<clamped(range.upper)])
    return String(view)
  }

  func clamped(_ offset: Int) -> Int { min(max(0, offset), scalars.count) }

  /// The line that holds `offset`: its number, counted from 1, and its stretch without the line end.
  func line(at offset: Int) -> (number: Int, range: SourceRange) {
    let place = clamped(offset)
    var number = 1
    var start = 0
    for index in 0..<place where scalars[index] == "\n" {
      number += 1
      start = index + 1
    }
    var end = start
    while end < scalars.count, scalars[end] != "\n" { end += 1 }
    if end > start, scalars[end - 1] == "\r" { end -= 1 }
    return (number, SourceRange(start, end))
  }

  /// Whether the cell has more than one line with something on it.
  var hasSeveralLines: Bool {
    var seen = false
    var isInLine = false
    for scalar in scalars {
      if scalar == "\n" {
        isInLine = false
      } else if !isInLine, !scalar.properties.isWhitespace {
        if seen { return true }
        seen = true
        isInLine = true
      }
    }
    return false
  }
}
