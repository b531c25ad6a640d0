import Base

#if compiler(>=6.2)
  /// Types that may be named from any thread; older compilers take that for granted.
  public typealias SendableType = SendableMetatype
#else
  public typealias SendableType = Any
#endif

/// A Swift type that can be read from an argument or from what follows `option=`.
///
/// A `Value` type needs no more than `extension ImagesValue: OptionValue {}`; an enum of words no more than
/// `enum Optimizer: String, CaseIterable, OptionValue`.
public protocol OptionValue: SendableType {
  /// Name in messages and help, without article: "whole number", "images".
  static var typeName: String { get }

  /// Words that may be written bare: choices and presets.
  static var words: [String] { get }

  /// A bare word is always a word, never a variable: for choices and names of columns.
  static var isWordAlways: Bool { get }

  /// The value that a bare word stands for, or nil if the word is not known.
  static func word(_ word: String) -> Self?

  /// Reads a value. Words that `word(_:)` knows never arrive here.
  /// Throws: `Mismatch` for the wrong type, `Problem` for anything else.
  static func read(_ value: any Value) throws -> Self

  /// Completions offered besides `words`.
  static var suggestions: Suggestions { get }

  /// The value as one writes it in a cell, for the defaults in help; empty if it cannot be written.
  var written: String { get }

  /// Operators may stand in it without parentheses: `check x == 3`.
  static var isExpression: Bool { get }

  /// Whether a value must be given, since there is no default.
  static var isRequired: Bool { get }
}

/// Completions offered for a parameter besides its words.
public enum Suggestions: Sendable {
  case values
  /// Files and folders, inside a string.
  case paths
  /// Names of the workspace, as words.
  case names
  /// Members (such as columns) of the first argument, as words.
  case members
}

extension OptionValue {
  public static var words: [String] { [] }
  public static var isWordAlways: Bool { false }
  public static func word(_ word: String) -> Self? { nil }
  public static var suggestions: Suggestions { .values }
  public static var isRequired: Bool { false }
  public static var isExpression: Bool { false }

  /// A word or a value, whichever was written. Where only words do, text in quotes is a word as well.
  static func accept(_ value: any Value) throws -> Self {
    let written: String
    switch value {
    case let bare as Word: written = bare.text
    case let text as Text where isWordAlways: written = text.text
    default: return try read(value)
    }
    if let found = word(written) { return found }
    let key = spellingKey(written)
    if let same = words.first(where: { spellingKey($0) == key }), let found = word(same) { return found }
    do {
      return try read(value)
    } catch is Mismatch where isWordAlways && !words.isEmpty {
      throw UnknownChoice(word: written, choices: words)
    }
  }
}

extension OptionValue where Self: Value {
  public static func read(_ value: any Value) throws -> Self {
    guard let same = value as? Self else { throw Mismatch(expected: typeName, found: value) }
    return same
  }

  public var written: String { summary }
}

/// Enums of words: `enum Optimizer: String, CaseIterable, OptionValue { case adam, sgd }`.
extension OptionValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  public static var typeName: String { "one of " + listed(words) }
  public static var words: [String] { allCases.map(\.rawValue) }
  public static var isWordAlways: Bool { true }
  public static func word(_ word: String) -> Self? { Self(rawValue: word) }

  public static func read(_ value: any Value) throws -> Self {
    throw Mismatch(expected: typeName, found: value)
  }

  public var written: String { rawValue }
}

/// A word that is not one of the choices; the caller, which knows the option's name, writes the message.
struct UnknownChoice: Error {
  let word: String
  let choices: [String]
  /// Positions inside lists, outermost first.
  var path: [Int] = []
}
