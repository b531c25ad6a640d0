import Base

/// A number. Whole numbers are numbers too.
public struct Number: Value, Equatable, Sendable {
  public static let typeName = "number"
  public let value: Double

  public init(_ value: Double) { self.value = value }
  public init(_ value: Int) { self.value = Double(value) }
  /// Keeps the digits that a person sees: 0.1 as Float is the number 0.1.
  public init(_ value: Float) { self.value = Double(value.description) ?? Double(value) }

  /// The number that the text is written for, as in a cell: "1e-4", "10_000", "50%", "-3"; nil for anything else.
  public init?(written text: String) {
    let tokens = Lexer.tokens(of: Source(text)).tokens.filter { !$0.isEnd && !$0.isNewline }
    let isNegative = tokens.first?.symbol == .minus
    let rest = tokens.dropFirst(isNegative ? 1 : 0)
    guard rest.count == 1, let token = rest.first, token.problem == nil, case .number(let size) = token.kind
    else { return nil }
    value = isNegative ? -size : size
  }

  public var summary: String { NumberText.short(value) }

  public var measurement: Measurement? { Measurement(value) }

  /// The number as Int, if it is whole and fits.
  public var whole: Int? { Int(exactly: value) }
}

/// Text.
public struct Text: Value, Equatable, Sendable {
  public static let typeName = "text"
  /// The most letters (in UTF-8) that the language puts together.
  public static let longest = 10_000_000
  public let text: String

  public init(_ text: String) { self.text = text }

  /// The value as written in a cell.
  public var summary: String { Text.written(text, limit: 400) }

  public var memberNames: [String] { ["count"] }

  public func member(_ name: String) -> (any Value)? {
    name == "count" ? Number(text.count) : nil
  }

  /// Quotes and escapes, so that the language reads the same text back (cut to `limit` characters).
  static func written(_ text: String, limit: Int = .max) -> String {
    var result = "\""
    for character in text.prefix(limit) {
      switch character {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "{": result += "\\{"
      case "\n", "\r\n": result += "\\n"
      case "\t": result += "\\t"
      default:
        for scalar in character.unicodeScalars {
          if scalar.properties.generalCategory == .control {
            result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
          } else {
            result.unicodeScalars.append(scalar)
          }
        }
      }
    }
    return result + (text.count > limit ? "…\"" : "\"")
  }
}

/// `true` or `false`.
public struct Truth: Value, Equatable, Sendable {
  public static let typeName = "truth value"
  public let isTrue: Bool

  public init(_ isTrue: Bool) { self.isTrue = isTrue }

  public var summary: String { isTrue ? "true" : "false" }
}

/// The value of a missing cell of a table; means skip it.
public struct Missing: Value, Equatable, Sendable {
  public static let typeName = "missing cell"

  public init() {}

  public var summary: String { "–" }
}

/// A bare word where a word is wanted: a choice, the name of a column.
public struct Word: Value, Equatable, Sendable {
  public static let typeName = "word"
  public let text: String

  public init(_ text: String) { self.text = text }

  public var summary: String { text }
}

/// Whole numbers from `lower` up to, but without, `upper`.
public struct IntegerRange: Value, Equatable, Sendable {
  public static let typeName = "range"
  public let lower: Int
  public let upper: Int

  /// A range whose `upper` is below `lower` is empty.
  public init(_ lower: Int, _ upper: Int) {
    self.lower = lower
    self.upper = max(lower, upper)
  }

  /// Count of the numbers, at most the largest Int.
  public var count: Int {
    let (count, isTooLarge) = upper.subtractingReportingOverflow(lower)
    return isTooLarge ? Int.max : count
  }

  public var summary: String { "\(lower)..<\(upper)" }

  public var memberNames: [String] { ["count", "first", "last"] }

  public func member(_ name: String) -> (any Value)? {
    switch name {
    case "count": Number(count)
    case "first": count > 0 ? Number(lower) : nil
    case "last": count > 0 ? Number(upper - 1) : nil
    default: nil
    }
  }

  public func element(at index: IndexValue) throws -> any Value {
    if case .position = index { return Number(lower + (try index.position(in: count))) }
    if case .range(let range) = index {
      guard range.lower >= 0, range.upper <= count else { _ = try index.positions(in: count); return self }
      return IntegerRange(lower + range.lower, lower + range.upper)
    }
    return List(try index.positions(in: count).map { Number(lower + $0) })
  }

  /// The numbers; nil beyond a million of them; `for` counts through longer ranges without laying them out.
  public var elements: [any Value]? {
    count <= List.largest ? (lower..<upper).map { Number($0) } : nil
  }
}

/// Values in order.
public struct List: Value {
  public static let typeName = "list"
  /// The most values that the language puts into one list.
  public static let largest = 1_000_000
  /// Lists in lists, at most: deeper ones could not be shown or freed without exhausting the stack.
  static let deepest = 64

  public let values: [any Value]
  /// Depth of nested lists; 1 for a flat list.
  let depth: Int

  public init(_ values: [any Value]) {
    self.values = values
    depth = 1 + (values.lazy.map { ($0 as? List)?.depth ?? 0 }.max() ?? 0)
  }

  public var summary: String {
    let (text, isWhole) = written(room: 120)
    return isWhole ? text : "\(text) (\(counted(values.count, "value")))"
  }

  /// The text up to about so many letters. A list that holds another twice, thirty times over, has a billion parts: none is
  /// written that has no room.
  private func written(room: Int) -> (text: String, isWhole: Bool) {
    guard room > 0 || values.isEmpty else { return ("[…]", false) }
    var text = "["
    var isWhole = true
    for (index, value) in values.enumerated() {
      if index > 0 { text += ", " }
      let inside = (value as? List)?.written(room: room - text.count)
      let next = inside?.text ?? value.summary
      if index > 0, text.count + next.count > room { return (text + "…]", false) }
      text += next
      isWhole = isWhole && inside?.isWhole ?? true
    }
    return (text + "]", isWhole)
  }

  public var memberNames: [String] {
    ["count", "first", "last"] + (known?.isEmpty == false ? List.statistics : [])
      + (values.contains { $0 is Missing } ? ["missing"] : [])
  }

  private static let statistics = ["sum", "mean", "min", "max"]

  public func member(_ name: String) -> (any Value)? {
    switch name {
    case "count": return Number(values.count)
    case "first": return values.first
    case "last": return values.last
    default: break
    }
    if name == "missing" { return Number(values.count { $0 is Missing }) }
    guard List.statistics.contains(name), let known, let smallest = known.min(), let largest = known.max()
    else { return nil }
    switch name {
    case "sum":
      // Numbers near the end of their range are taken smaller meanwhile: their sum may lie beyond it.
      let shrink = max(abs(smallest), abs(largest)) > 1e290 ? 0x1p-64 : 1
      let sum = known.lazy.map { $0 * shrink }.exactSum / shrink
      return sum.isFinite || !known.allSatisfy(\.isFinite) ? Number(sum) : nil
    case "mean": return Number(known.allSatisfy(\.isFinite) ? Spread(known).mean : known.reduce(0, +))
    case "min": return Number(smallest)
    case "max": return Number(largest)
    default: return nil
    }
  }

  public func problem(ofMember name: String) -> Problem? {
    guard List.statistics.contains(name) else { return nil }
    if known?.isEmpty == false {
      return Problem("The \(name) is too large for a number, which ends at 1.8e308.", kind: .badValue)
    }
    let wrong = values.indices.filter { !(values[$0] is Number) && !(values[$0] is Missing) }
    // In a column of text, rather the word than the numbers beside it.
    let isWord = { (place: Int) in (values[place] as? Text).map { Number(written: $0.text) == nil } ?? true }
    guard let place = wrong.first(where: isWord) ?? wrong.first else {
      return Problem(
        values.isEmpty ? "An empty list has no \(name)." : "All cells are missing, so there is no \(name).",
        kind: .badValue)
    }
    let value = values[place]
    return Problem(
      "The \(name) is one of numbers, and [\(place)] of this list is \(withArticle(value.typeName)): \(value.summary).",
      kind: .wrongType)
  }

  public func element(at index: IndexValue) throws -> any Value {
    if case .position = index { return values[try index.position(in: values.count)] }
    return List(try index.positions(in: values.count).map { values[$0] })
  }

  public var elements: [any Value]? { values }

  /// The numbers of a list that holds besides these at most missing cells.
  private var known: [Double]? {
    var result: [Double] = []
    result.reserveCapacity(values.count)
    for value in values {
      if let number = value as? Number {
        result.append(number.value)
      } else if !(value is Missing) {
        return nil
      }
    }
    return result
  }
}
