import Base

/// The sorts of error, named as Jupyter shows them.
public enum ProblemKind: String, Sendable {
  case syntax = "SyntaxError"
  case unknownWord = "UnknownWord"
  case wrongType = "WrongType"
  case badValue = "BadValue"
  case failed = "CommandFailed"
  /// A check of the cell itself failed.
  case checkFailed = "CheckFailed"
  case interrupted = "Interrupted"
}

/// Error of a failing command; the evaluator adds the place.
public struct Problem: Error, Equatable, Sendable {
  /// The message, a sentence: what was wrong and what was expected. Words of the language are in backticks.
  public var message: String
  /// The option or argument at fault, so that the caret stands under it; nil for the command.
  public var about: String?
  /// The name of that argument is at fault, as the column in `pick t batch=32` can be, not its value.
  public var isAboutItsName = false
  /// Positions inside the list that the argument is, outermost first, so that the caret stands under the element.
  public var path: [Int] = []
  /// The advice: what to type next.
  public var advice: String?
  public var kind: ProblemKind

  public init(
    _ message: String, about: String? = nil, isAboutItsName: Bool = false, advice: String? = nil,
    kind: ProblemKind = .failed
  ) {
    self.message = message
    self.about = about
    self.isAboutItsName = isAboutItsName
    self.advice = advice
    self.kind = kind
  }
}

extension Problem {
  /// A name that is none of those there are: "There is no class `cta`. Did you mean `cat`?"
  public static func unknownName(
    _ name: String, among names: [String], of noun: String, about: String? = nil
  ) -> Problem {
    let near = nearestWord(to: name, among: names).map { "Did you mean `\($0)`?" }
    let all =
      names.isEmpty
      ? nil
      : "\(plural(noun).prefix(1).uppercased() + plural(noun).dropFirst()): "
        + firstFew(names, most: 12) + "."
    let advice = [near, all].compactMap { $0 }.joined(separator: " ")
    return Problem(
      "There is no \(noun) \(quoted(name)).", about: about, advice: advice.isEmpty ? nil : advice,
      kind: .unknownWord)
  }
}

/// A value of the wrong type, thrown by `OptionValue.read`; whoever knows the name of the option writes the sentence.
public struct Mismatch: Error, Equatable, Sendable {
  /// The type's name without article: "whole number".
  public var expected: String
  /// Description of the value found, if it says more than its type: "3.5".
  public var found: String
  /// Positions inside lists, outermost first, so that the caret stands under the element.
  public var path: [Int] = []

  public init(expected: String, found: String) {
    self.expected = expected
    self.found = found
  }

  public init(expected: String, found value: any Value) {
    self.init(expected: expected, found: "this is " + withArticle(value.typeName))
  }
}

/// A problem with its place in the cell, on its way out of the parser or the evaluator.
struct Fault: Error {
  var problem: Problem
  var range: SourceRange
  /// The cell ended too early: with more text it could become right.
  var isIncomplete = false
  /// The cell that it lies in, where that is not the one that runs.
  var source: Source?
  /// The place in the cell that runs where it came from.
  var call: SourceRange?

  init(_ problem: Problem, at range: SourceRange, isIncomplete: Bool = false) {
    self.problem = problem
    self.range = range
    self.isIncomplete = isIncomplete
  }

  init(
    _ kind: ProblemKind, _ message: String, at range: SourceRange, advice: String? = nil,
    isIncomplete: Bool = false
  ) {
    self.init(Problem(message, advice: advice, kind: kind), at: range, isIncomplete: isIncomplete)
  }
}
