import Base

/// The types of the standard library as values of arguments and options.

extension Int: OptionValue {
  public static let typeName = "whole number"

  public static func read(_ value: any Value) throws -> Int {
    guard let number = value as? Number else { throw Mismatch(expected: typeName, found: value) }
    if let whole = number.whole { return whole }
    if abs(number.value) < 1e15 || !number.value.isFinite {
      throw Mismatch(expected: typeName, found: "\(number.summary) is not one")
    }
    throw Mismatch(expected: typeName + " of at most 18 digits", found: "\(number.summary) is larger")
  }

  public var written: String { String(self) }
}

extension Double: OptionValue {
  public static let typeName = "number"

  public static func read(_ value: any Value) throws -> Double {
    guard let number = value as? Number else { throw Mismatch(expected: typeName, found: value) }
    guard number.value.isFinite else {
      throw Mismatch(expected: typeName, found: "this is \(number.summary)")
    }
    return number.value
  }

  public var written: String { NumberText.exact(self) }
}

extension Float: OptionValue {
  public static let typeName = "number"

  public static func read(_ value: any Value) throws -> Float {
    let number = try Double.read(value)
    let single = Float(number)
    guard single.isFinite else {
      throw Mismatch(expected: "number of at most 3.4e38", found: "\(NumberText.short(number)) is larger")
    }
    if single == 0, number != 0 {
      throw Mismatch(expected: "number of at least 1.4e-45", found: "\(NumberText.short(number)) is smaller")
    }
    return single
  }

  public var written: String { NumberText.exact(self) }
}

extension Bool: OptionValue {
  public static let typeName = "true or false"

  public static func read(_ value: any Value) throws -> Bool {
    guard let truth = value as? Truth else { throw Mismatch(expected: typeName, found: value) }
    return truth.isTrue
  }

  public var written: String { self ? "true" : "false" }
}

extension String: OptionValue {
  public static let typeName = "text"

  public static func read(_ value: any Value) throws -> String {
    guard let text = value as? Text else { throw Mismatch(expected: typeName, found: value) }
    return text.text
  }

  public var written: String { Text.written(self) }
}

extension Array: OptionValue where Element: OptionValue {
  public static var typeName: String { "list of " + plural(Element.typeName) }
  public static var words: [String] { Element.words }
  public static var isWordAlways: Bool { Element.isWordAlways }
  public static var suggestions: Suggestions { Element.suggestions }

  /// A single value is read as a list of one.
  public static func read(_ value: any Value) throws -> [Element] {
    let values: [any Value]
    switch value {
    case let list as List: values = list.values
    case let range as IntegerRange:
      guard let numbers = range.elements else {
        throw Mismatch(expected: typeName, found: "\(range.summary) holds too many")
      }
      values = numbers
    default:
      do { return [try Element.accept(value)] } catch let fault as Mismatch {
        throw Mismatch(expected: typeName, found: fault.found)
      }
    }
    return try values.enumerated().map { index, value in
      do {
        return try Element.accept(value)
      } catch var fault as Mismatch {
        fault.path.insert(index, at: 0)
        throw fault
      } catch var fault as UnknownChoice {
        fault.path.insert(index, at: 0)
        throw fault
      }
    }
  }

  public var written: String { "[" + map(\.written).joined(separator: ", ") + "]" }
}

/// `[0.7, 1.0]`: the ends of a stretch.
extension ClosedRange: OptionValue where Bound: OptionValue {
  public static var typeName: String { "pair of " + plural(Bound.typeName) }

  public static func read(_ value: any Value) throws -> ClosedRange<Bound> {
    guard let list = value as? List else { throw Mismatch(expected: typeName, found: value) }
    guard list.values.count == 2 else {
      throw Mismatch(expected: typeName, found: "this list has \(counted(list.values.count, "value"))")
    }
    let ends = try [Bound].read(list)
    guard ends[0] <= ends[1] else {
      throw Mismatch(
        expected: typeName + ", the smaller first",
        found: "\(ends[0].written) is larger than \(ends[1].written)")
    }
    return ends[0]...ends[1]
  }

  public var written: String { "[\(lowerBound.written), \(upperBound.written)]" }
}

/// A value or `none`.
extension Optional: OptionValue where Wrapped: OptionValue {
  public static var typeName: String { Wrapped.typeName }
  public static var words: [String] {
    Wrapped.words.contains("none") ? Wrapped.words : Wrapped.words + ["none"]
  }
  public static var isWordAlways: Bool { Wrapped.isWordAlways }
  public static var suggestions: Suggestions { Wrapped.suggestions }

  public static func word(_ word: String) -> Wrapped?? {
    if let known = Wrapped.word(word) { return .some(known) }
    return word == "none" ? .some(nil) : nil
  }

  public static func read(_ value: any Value) throws -> Wrapped? { try Wrapped.accept(value) }

  public var written: String { map(\.written) ?? "none" }
}

/// Any value at all. (`any Value` itself, being a protocol, cannot be an `OptionValue`.)
public struct AnyValue: OptionValue {
  public static let typeName = "any value"
  public let value: any Value

  public init(_ value: any Value) { self.value = value }

  public static func read(_ value: any Value) throws -> AnyValue { AnyValue(value) }

  public var written: String { value.summary }
}

/// The path of a file or folder, given as text. Completion offers paths.
public struct FilePath: OptionValue, Equatable, Sendable {
  public static let typeName = "path"
  public static let suggestions = Suggestions.paths
  /// The path as written, with `~` replaced by the home folder.
  public let path: String

  public init(_ path: String) { self.path = expandedPath(path) }

  public static func read(_ value: any Value) throws -> FilePath {
    guard let text = value as? Text else { throw Mismatch(expected: "path in quotes", found: value) }
    guard !text.text.isEmpty, !text.text.utf8.contains(0) else {
      throw Mismatch(
        expected: typeName, found: text.text.isEmpty ? "this text is empty" : "this text holds a zero")
    }
    return FilePath(text.text)
  }

  public var written: String { Text.written(path) }
}

/// The text of a word, bare or in quotes.
private func wordOrText(_ value: any Value, _ typeName: String) throws -> String {
  guard let text = (value as? Word)?.text ?? (value as? Text)?.text else {
    throw Mismatch(expected: typeName, found: value)
  }
  return text
}

/// A word that names something inside a value, such as a column: `x=batch`. Text in quotes does as well.
public struct ColumnName: OptionValue, Equatable, Sendable {
  public static let typeName = "column"
  public static let isWordAlways = true
  public static let suggestions = Suggestions.members
  public let name: String

  public init(_ name: String) { self.name = name }

  public static func read(_ value: any Value) throws -> ColumnName {
    ColumnName(try wordOrText(value, typeName))
  }

  public var written: String { isName(name) ? name : Text.written(name) }
}

/// The name of something in the workspace, for commands that act on names: `forget model`.
public struct NameOfValue: OptionValue, Equatable, Sendable {
  public static let typeName = "name"
  public static let isWordAlways = true
  public static let suggestions = Suggestions.names
  public let name: String

  public init(_ name: String) { self.name = name }

  public static func read(_ value: any Value) throws -> NameOfValue {
    NameOfValue(try wordOrText(value, typeName))
  }

  public var written: String { name }
}

/// A name that the command gives to something: `slider temperature …`. Bare, whatever the name may hold already.
public struct NewName: OptionValue, Equatable, Sendable {
  public static let typeName = "name"
  public static let isWordAlways = true
  public static let suggestions = Suggestions.names
  public let name: String

  public static func read(_ value: any Value) throws -> NewName {
    guard let word = value as? Word else { throw Mismatch(expected: "name, without quotes", found: value) }
    return NewName(name: word.text)
  }

  public var written: String { name }

  /// Throws: `Problem` if the word is one of the language.
  public func mustBeFree(in vocabulary: Vocabulary, about parameter: String) throws {
    guard vocabulary.isReserved(name) else { return }
    throw Problem(
      "\(quoted(name)) is a command and cannot be a name.", about: parameter,
      advice: "Choose another name, for example `my_\(name)`.", kind: .syntax)
  }
}

/// A name that stands for something within the command's block alone.
public struct InnerName: OptionValue, Equatable, Sendable {
  public static let typeName = "inner name"
  public static let isWordAlways = true
  public let name: String

  public static func read(_ value: any Value) throws -> InnerName {
    guard let word = value as? Word else { throw Mismatch(expected: "name, without quotes", found: value) }
    return InnerName(name: word.text)
  }

  public var written: String { name }
}

extension Number: OptionValue {}
extension Text: OptionValue {}
extension Truth: OptionValue {}
extension List: OptionValue {}
extension IntegerRange: OptionValue {}
