import Base

/// Turns what a type, a bound or a choice refused into a sentence about the parameter.
struct BindingProblem {
  var problem: Problem
  /// Positions inside lists that lead to the value at fault.
  var path: [Int] = []

  init?(_ error: any Error, parameter: Parameter, name: String) {
    switch error {
    case let mismatch as Mismatch:
      problem = Problem(
        "`\(name)` takes \(withArticle(mismatch.expected)), and \(mismatch.found).", about: name,
        kind: .wrongType)
      if parameter.typeName == "text", mismatch.found != "this is text" {
        problem.advice = "Text goes in quotes: \"…\"."
      }
      path = mismatch.path
    case let outside as OutOfBounds:
      problem = Problem(
        "`\(name)` must be \(outside.bounds.summary), and this is \(NumberText.short(outside.number)).",
        about: name,
        kind: .badValue)
      path = outside.path
    case let choice as UnknownChoice:
      let near = nearestWord(to: choice.word, among: choice.choices)
      problem = Problem(
        "`\(name)` has no choice \(quoted(choice.word)).", about: name,
        advice: (near.map { "Did you mean `\($0)`? " } ?? "")
          + "Choices: \(choice.choices.joined(separator: ", ")).", kind: .unknownWord)
      path = choice.path
    case let known as Problem:
      (problem, path) = (known, known.path)
    default:
      return nil
    }
  }
}

extension Expression {
  /// The place of a value inside the expression: positions inside lists, outermost first. A command in a list holds those of the list that
  /// is given to it.
  func range(of path: [Int]) -> SourceRange {
    var current = self
    for position in path {
      guard let values = current.listed, values.indices.contains(position) else { break }
      current = values[position]
    }
    return current.range
  }

  /// The values of the list that it is, or that is given to the command that it is.
  var listed: [Expression]? {
    switch form {
    case .list(let values): values
    case .group(let inner): inner.listed
    case .call(let call): call.arguments.lazy.compactMap(\.value.listed).first
    default: nil
    }
  }
}

extension AnyCommand {
  /// The fault of a call that leaves a required parameter out.
  func missingFault(_ parameter: Parameter, at range: SourceRange) -> Fault {
    let form = parameter.isPositional ? "`\(parameter.name)`" : "`\(parameter.name)=`"
    let what = parameter.summary.prefix(1).lowercased() + parameter.summary.dropFirst()
    let example = examples.first { !$0.code.contains("\n") }.map(\.code) ?? HelpWriter.usage(of: self)
    return Fault(
      .syntax, "`\(name)` needs \(form): \(ended(what))", at: range, advice: "For example: `\(example)`.")
  }
}
