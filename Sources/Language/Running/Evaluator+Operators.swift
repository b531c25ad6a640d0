import Base
import Glibc

/// Arithmetic, comparison, logic and ranges.
extension Evaluator {
  func number(of expression: Expression, for sign: String) throws(Fault) -> Double {
    try number(try value(of: expression, for: nil), at: expression, for: sign)
  }

  private func number(_ value: any Value, at expression: Expression, for sign: String) throws(Fault)
    -> Double
  {
    guard let number = value as? Number else {
      throw Fault(
        .wrongType, "`\(sign)` takes numbers, and this is \(withArticle(value.typeName)).",
        at: expression.range)
    }
    return number.value
  }

  func truth(of expression: Expression, for word: String) throws(Fault) -> Bool {
    try truth(try value(of: expression, for: nil), at: expression, for: word)
  }

  func truth(_ value: any Value, at expression: Expression, for word: String) throws(Fault) -> Bool {
    guard let truth = value as? Truth else {
      throw Fault(
        .wrongType, "`\(word)` needs true or false, and this is \(withArticle(value.typeName)).",
        at: expression.range,
        advice: "Compare it with something: `x > 0`.")
    }
    return truth.isTrue
  }

  func range(_ lower: Expression, _ upper: Expression, isClosed: Bool, at range: SourceRange) throws(Fault)
    -> any Value
  {
    let first = try whole(lower)
    var last = try whole(upper)
    if isClosed {
      let (next, isTooLarge) = last.addingReportingOverflow(1)
      if isTooLarge { throw Fault(.badValue, "This number is too large for a range.", at: upper.range) }
      last = next
    }
    guard first <= last else {
      throw Fault(
        .badValue, "The range ends before it begins.", at: range, advice: "Write the smaller number first.")
    }
    return IntegerRange(first, last)
  }

  private func whole(_ expression: Expression) throws(Fault) -> Int {
    let number = try number(of: expression, for: "..<")
    if let whole = Int(exactly: number) { return whole }
    throw Fault(
      .wrongType, "The ends of a range are whole numbers, and this is \(NumberText.short(number)).",
      at: expression.range)
  }

  func power(_ base: Expression, _ exponent: Expression, at sign: SourceRange) throws(Fault) -> any Value {
    let (left, right) = (try value(of: base, for: nil), try value(of: exponent, for: nil))
    if let result = try calculated(left, .power, right, at: sign) { return result }
    let (a, b) = (try number(left, at: base, for: "^"), try number(right, at: exponent, for: "^"))
    return try checked(pow(a, b), from: a, b, at: sign)
  }

  func negative(_ expression: Expression, at range: SourceRange) throws(Fault) -> any Value {
    let value = try value(of: expression, for: nil)
    if let value = value as? any CalculatingValue {
      do { return try value.negated(at: range) } catch { throw fault(from: error, at: range) }
    }
    return Number(-(try number(value, at: expression, for: "-")))
  }

  /// The result where a value that calculates by its own rules is among the operands; else nil.
  private func calculated(
    _ left: any Value, _ sign: OperatorSign, _ right: any Value, at range: SourceRange
  ) throws(Fault) -> (any Value)? {
    guard let own = left as? any CalculatingValue ?? right as? any CalculatingValue else { return nil }
    do { return try own.result(of: sign, left, right, at: range) } catch {
      throw fault(from: error, at: range)
    }
  }

  func chain(_ first: Expression, _ links: [Expression.Link]) throws(Fault) -> any Value {
    if links[0].symbol == .and || links[0].symbol == .or { return try logic(first, links) }
    var left = try value(of: first, for: nil)
    var leftRange = first.range
    for link in links {
      let right = try value(of: link.operand, for: nil)
      left = try combine(left, leftRange, link, right)
      leftRange = leftRange.joined(with: link.operand.range)
    }
    return left
  }

  /// The right side is not evaluated where the left one decides.
  private func logic(_ first: Expression, _ links: [Expression.Link]) throws(Fault) -> any Value {
    let decisive = links[0].symbol == .or
    let word = links[0].symbol.rawValue
    if try truth(of: first, for: word) == decisive { return Truth(decisive) }
    for link in links where try truth(of: link.operand, for: word) == decisive {
      return Truth(decisive)
    }
    return Truth(!decisive)
  }

  func combine(
    _ left: any Value, _ leftRange: SourceRange, _ link: Expression.Link, _ right: any Value
  )
    throws(Fault) -> any Value
  {
    if let sign = OperatorSign(rawValue: link.symbol.rawValue),
      let result = try calculated(left, sign, right, at: link.range)
    {
      return result
    }
    switch link.symbol {
    case .equal, .unequal:
      var comparison = Comparison()
      guard let isEqual = comparison.equal(left, right) else { throw incomparable(left, link, right) }
      return Truth(isEqual == (link.symbol == .equal))
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      return try compare(left, link, right)
    case .plus, .minus, .times, .divide, .remainder, .product, .and, .or:
      return try calculate(left, leftRange, link, right)
    }
  }

  private func calculate(
    _ left: any Value, _ leftRange: SourceRange, _ link: Expression.Link, _ right: any Value
  )
    throws(Fault) -> any Value
  {
    if link.symbol == .product {
      throw Fault(
        .wrongType,
        "`@` is the product of two matrices, and these are \(withArticle(left.typeName)) and \(withArticle(right.typeName)).",
        at: link.range,
        advice: "Numbers are multiplied by `*`; `matrix [[1, 2], [3, 4]]` makes a matrix of lists.")
    }
    switch (left, right) {
    case (let a as Number, let b as Number):
      return try calculate(a.value, link, b.value)
    case (let a as Text, let b as Text) where link.symbol == .plus:
      guard a.text.utf8.count + b.text.utf8.count <= Text.longest else { throw textTooLong(at: link.range) }
      return Text(a.text + b.text)
    case (let a as List, let b as List) where link.symbol == .plus:
      return try checkedList(a.values + b.values, at: link.range)
    default:
      break
    }
    let sign = link.symbol.rawValue
    let kinds = link.symbol == .plus ? "two numbers, two texts or two lists" : "numbers"
    let isLeftFine = left is Number || (link.symbol == .plus && (left is Text || left is List))
    let (wrong, range) = isLeftFine ? (right, link.operand.range) : (left, leftRange)
    let isMixed = link.symbol == .plus && (left is Text || right is Text)
    throw Fault(
      .wrongType, "`\(sign)` takes \(kinds), and this is \(withArticle(wrong.typeName)).", at: range,
      advice: isMixed ? "Put a value into text with braces: \"… {x}\"." : adviceForList(left, link, right))
  }

  /// Advice for an operation on a list and a number.
  private func adviceForList(_ left: any Value, _ link: Expression.Link, _ right: any Value) -> String? {
    guard left is List || right is List else { return nil }
    if link.symbol == .plus, left is List { return "A list takes a list at its end: `x + [3]`." }
    return "Go through the list: `for x in [1, 2] { … }`."
  }

  private func calculate(_ a: Double, _ link: Expression.Link, _ b: Double) throws(Fault) -> any Value {
    let result: Double
    switch link.symbol {
    case .plus: result = a + b
    case .minus: result = a - b
    case .times: result = a * b
    default:
      guard b != 0 else {
        throw Fault(.badValue, "This divides by zero.", at: link.range.joined(with: link.operand.range))
      }
      result = link.symbol == .divide ? a / b : flooredRemainder(a, b)
    }
    return try checked(result, from: a, b, at: link.range)
  }

  /// Refuses a result that is NaN or infinite although its operands are not.
  private func checked(_ result: Double, from a: Double, _ b: Double, at range: SourceRange) throws(Fault)
    -> Number
  {
    if result.isNaN, !a.isNaN, !b.isNaN {
      throw Fault(.badValue, "This has no result among the real numbers.", at: range)
    }
    if result.isInfinite, a.isFinite, b.isFinite {
      throw Fault(
        .badValue, "The result is too large for a number, which ends at 1.8e308.", at: range,
        advice: "Logarithms of such numbers can be added: `log x + log y`.")
    }
    return Number(result)
  }

  private func compare(_ left: any Value, _ link: Expression.Link, _ right: any Value) throws(Fault)
    -> any Value
  {
    switch (left, right) {
    case (let a as Number, let b as Number): return Truth(holds(a.value, link.symbol, b.value))
    case (let a as Text, let b as Text): return Truth(holds(a.text, link.symbol, b.text))
    default: throw incomparable(left, link, right)
    }
  }

  private func holds<T: Comparable>(_ a: T, _ symbol: Expression.Operator, _ b: T) -> Bool {
    switch symbol {
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    default: a >= b
    }
  }

  private func incomparable(_ left: any Value, _ link: Expression.Link, _ right: any Value) -> Fault {
    Fault(
      .wrongType,
      "`\(link.symbol.rawValue)` cannot compare \(withArticle(left.typeName)) with \(withArticle(right.typeName)).",
      at: link.range, advice: "Numbers compare with numbers and text with text.")
  }
}

/// The exact remainder of `a / b` with the sign of `b`, as Python's `%`, so that `(i - 1) % n` is always a position.
private func flooredRemainder(_ a: Double, _ b: Double) -> Double {
  let remainder = fmod(a, b)
  if remainder == 0 { return copysign(0, b) }
  return (remainder < 0) == (b < 0) ? remainder : remainder + b
}

/// Whether two values are equal. Lists may contain one another many times: a pair found equal is not compared again.
private struct Comparison {
  private struct Pair: Hashable {
    let left, right: UnsafeRawPointer?
  }
  private var known: Set<Pair> = []

  /// Whether the two are equal; nil if they cannot be compared.
  mutating func equal(_ left: any Value, _ right: any Value) -> Bool? {
    switch (left, right) {
    case (let a as Number, let b as Number): return a == b
    case (let a as Text, let b as Text): return a == b
    case (let a as Truth, let b as Truth): return a == b
    case (let a as IntegerRange, let b as IntegerRange): return a == b
    case (is Missing, is Missing): return true
    // A cell that holds nothing is asked for by "".
    case (is Missing, let text as Text), (let text as Text, is Missing): return text.text.isEmpty
    case (is Missing, is Number), (is Number, is Missing): return false
    case (let a as List, let b as List): return equal(a, b)
    default: return nil
    }
  }

  private mutating func equal(_ a: List, _ b: List) -> Bool? {
    guard a.values.count == b.values.count else { return false }
    // Short flat lists are compared sooner than looked up.
    let isKept = a.depth > 1 || a.values.count > 16
    let pair = Pair(left: Comparison.address(of: a), right: Comparison.address(of: b))
    if isKept, known.contains(pair) { return true }
    for (x, y) in zip(a.values, b.values) {
      guard let isEqual = equal(x, y) else { return nil }
      if !isEqual { return false }
    }
    if isKept { known.insert(pair) }
    return true
  }

  /// Address of the values: the same for copies of a list. Both lists live as long as the comparison.
  private static func address(of list: List) -> UnsafeRawPointer? {
    list.values.withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) }
  }
}
