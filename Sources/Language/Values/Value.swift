import Base

/// A value that a name can have. Values of the domain (images, models, figures) are defined outside and conform.
public protocol Value {
  /// Name in messages, completion and help: "number", "images", "model".
  static var typeName: String { get }

  /// The value as one line of text.
  var summary: String { get }

  /// Names of the members, in the order in which completion shows them.
  var memberNames: [String] { get }

  /// The member of that name, or nil if there is none.
  func member(_ name: String) -> (any Value)?

  /// Members whose name alone does not say what they are, with a phrase that does, for help.
  var memberNotes: [(name: String, text: String)] { get }

  /// Reason why a member that other values of the type have is missing here; nil for any other name.
  func problem(ofMember name: String) -> Problem?

  /// `h[3]`, `h[0..<5]`, `h["train"]`.
  /// Throws: `Problem` where the value has no such element.
  func element(at index: IndexValue) throws -> any Value

  /// The texts that may stand between brackets, `images["cat"]`, for completion.
  var keys: [String] { get }

  /// The elements that `for` iterates over, or nil if the value has none.
  var elements: [any Value]? { get }

  /// The number that a value which is more than a number stands for where text formats one: `"{scores:1%}"`.
  var measurement: Measurement? { get }
}

/// A number with, where it was measured several times, its spread.
public struct Measurement: Equatable, Sendable {
  public let value: Double
  /// One standard deviation.
  public let spread: Double?

  public init(_ value: Double, spread: Double? = nil) {
    self.value = value
    self.spread = spread
  }
}

extension Value {
  public var memberNames: [String] { [] }

  public func member(_ name: String) -> (any Value)? { nil }

  public var memberNotes: [(name: String, text: String)] { [] }

  public func problem(ofMember name: String) -> Problem? { nil }

  public func element(at index: IndexValue) throws -> any Value {
    throw Problem("\(sentenceStart(Self.typeName)) cannot be indexed.", kind: .wrongType)
  }

  public var keys: [String] { [] }

  public var elements: [any Value]? { nil }

  public var measurement: Measurement? { nil }

  /// The type's name, from a value whose type is not known.
  public var typeName: String { Self.typeName }
}

/// "A number", "Images": a type's name at the start of a sentence.
private func sentenceStart(_ typeName: String) -> String {
  let text = withArticle(typeName)
  return text.prefix(1).uppercased() + text.dropFirst()
}

/// An index, between the brackets of `h[…]`.
public enum IndexValue: Equatable, Sendable {
  /// A position, from 0; negative positions count from the end, -1 being the last.
  case position(Int)
  case range(IntegerRange)
  case positions([Int])
  case key(String)
  case keys([String])

  /// The texts, whether one or a list of them was given; nil if positions were.
  public var texts: [String]? {
    switch self {
    case .key(let key): [key]
    case .keys(let keys): keys
    default: nil
    }
  }

  /// Positions of the texts among known names, such as classes or columns.
  /// Throws: `Problem` with the nearest name for a text that is none of them.
  public func places(among names: [String], of noun: String) throws -> [Int]? {
    try texts?.map { text in
      if let place = names.firstIndex(of: text) { return place }
      throw Problem.unknownName(text, among: names, of: noun)
    }
  }

  /// The position among `count` elements.
  /// Throws: `Problem` if it is not a position or lies outside.
  public func position(in count: Int, of noun: String = "value") throws -> Int {
    guard case .position(let position) = self else {
      throw Problem("One position is needed here, such as [0].", kind: .wrongType)
    }
    return try IndexValue.checked(position, in: count, of: noun)
  }

  /// The positions among `count` elements, whether one, a range or a list of them was given.
  /// Throws: `Problem` if it is a key or reaches outside.
  public func positions(in count: Int, of noun: String = "value") throws -> [Int] {
    switch self {
    case .position(let position): return [try IndexValue.checked(position, in: count, of: noun)]
    case .positions(let positions):
      return try positions.map { try IndexValue.checked($0, in: count, of: noun) }
    case .range(let range):
      guard range.lower >= 0, range.upper <= count else {
        throw Problem(
          "The range \(range.summary) reaches outside: \(thereAre(count, noun)).",
          advice: count == 0 ? nil : "The whole range is 0..<\(count).", kind: .badValue)
      }
      return Array(range.lower..<range.upper)
    case .key, .keys:
      throw Problem(
        "A position is needed here, and this is the text \(quoted(texts?.first ?? "")).",
        advice: "Write a number, as in [0].",
        kind: .wrongType)
    }
  }

  private static func checked(_ position: Int, in count: Int, of noun: String) throws -> Int {
    let place = position < 0 ? position &+ count : position
    guard place >= 0, place < count else {
      throw Problem(
        "There is no position \(position): \(thereAre(count, noun)).",
        advice: count == 0
          ? nil : count == 1 ? "The only one is [0]." : "Positions go from 0 to \(count - 1).",
        kind: .badValue)
    }
    return place
  }
}
