import Base

/// A condition to check, such as `x == 3`: whether it holds, and the values of its sides.
public struct Condition: Value, OptionValue {
  public static let typeName = "true or false"
  public static let isExpression = true
  public let isTrue: Bool
  /// The condition with its values: "4 == 3 is false".
  public let finding: String
  /// A value that stands in the place of a condition without being one.
  public var value: (any Value)?

  public static func read(_ value: any Value) throws -> Condition {
    if let condition = value as? Condition { return condition }
    guard let truth = value as? Truth else { throw Mismatch(expected: typeName, found: value) }
    return Condition(isTrue: truth.isTrue, finding: "it is \(truth.summary)")
  }

  public var summary: String { isTrue ? "true" : "false" }
  public var written: String { summary }
}

extension Evaluator {
  /// Evaluates what a command is to make sure of, and keeps what stood on both sides.
  func condition(_ expression: Expression) throws(Fault) -> Condition {
    switch expression.form {
    case .group(let inner): return try condition(inner)
    case .not(let inner):
      let inside = try condition(inner)
      return Condition(isTrue: !inside.isTrue, finding: inside.finding)
    case .chain(let first, let links) where links[0].symbol == .and || links[0].symbol == .or:
      return try junction([first] + links.map(\.operand), isAnd: links[0].symbol == .and)
    case .chain(let first, let links) where links.count == 1 && links[0].symbol.isComparison:
      return try comparison(first, links[0], of: expression)
    default:
      let found = try value(of: expression, for: nil)
      if let found = found as? any CheckedValue {
        return Condition(isTrue: false, finding: found.summary, value: found)
      }
      let isTrue = try truth(found, at: expression, for: "check")
      return Condition(isTrue: isTrue, finding: "\(expression.label.map { "`\($0)`" } ?? "it") is \(isTrue)")
    }
  }

  /// `a and b` is decided by the first that does not hold, `a or b` by the first that does.
  private func junction(_ parts: [Expression], isAnd: Bool) throws(Fault) -> Condition {
    var findings: [String] = []
    for part in parts {
      let condition = try condition(part)
      if condition.isTrue != isAnd { return condition }
      findings.append(condition.finding)
    }
    return Condition(isTrue: isAnd, finding: listed(findings, last: "and"))
  }

  private func comparison(_ left: Expression, _ link: Expression.Link, of whole: Expression) throws(Fault)
    -> Condition
  {
    let (a, b) = (try value(of: left, for: nil), try value(of: link.operand, for: nil))
    let result = try combine(a, left.range, link, b)
    guard let isTrue = (result as? Truth)?.isTrue else {
      throw Fault(
        .wrongType, "`check` needs true or false, and this is \(withArticle(result.typeName)).",
        at: whole.range, advice: "Of a matrix of truths, `(min m) == 1` says whether all hold.")
    }
    var (first, second) = (shortened(a.summary, to: 80), shortened(b.summary, to: 80))
    // Numbers that differ behind the digits that one usually sees.
    if first == second, let a = a as? Number, let b = b as? Number, a != b {
      (first, second) = (NumberText.exact(a.value), NumberText.exact(b.value))
    }
    return Condition(isTrue: isTrue, finding: "\(first) \(link.symbol.rawValue) \(second) is \(isTrue)")
  }
}

extension Expression.Operator {
  fileprivate var isComparison: Bool {
    switch self {
    case .equal, .unequal, .less, .lessOrEqual, .greater, .greaterOrEqual: true
    default: false
    }
  }
}
