import Base
import Glibc
import Language
import Learning

/// A function of a number, or of each number of a list or a matrix.
private struct Function {
  @Required var of: AnyValue
  /// Name of the argument.
  static let option = "of"

  static func command(
    _ name: String, _ summary: String, details: String, examples: [Example], isNew: Bool = true,
    by operation: any FormulaOperation, _ function: @escaping @Sendable (Double) throws -> Double
  ) -> any AnyCommand {
    Command(
      name: name, summary: summary, details: details, gives: "number", group: "Session", defaults: Function(),
      arguments: [Argument(option, \.$of, "A number, a list of numbers, a matrix or an embedding")],
      examples: examples, showsValue: true, wordMayBeName: isNew, calculates: true
    ) { options, context in
      let value = options.of.value
      if let number = value as? Number { return Number(try function(number.value)) }
      if let operand = FormulaOperand(value) {
        return try Calculation.value(of: operation, [operand], like: [value], at: context.range)
      }
      guard let list = value as? List, list.values.allSatisfy({ $0 is Number || $0 is Missing }) else {
        throw Problem(
          "`\(name)` takes a number, a list of numbers or a matrix, and this is \(withArticle(value.typeName))",
          about: option,
          advice: "Write `\(name) 2` or `\(name) [1, 2, 3]`.")
      }
      return List(
        try list.values.map { value in
          guard let number = value as? Number else { return value }
          return Number(try function(number.value))
        })
    }
  }
}

enum Arithmetic {
  static let exp = Function.command(
    "exp", "The exponential e^x of a number, or of each number of a list or a matrix.",
    details: "The softmax uses it: exp s, divided by the sum of exp over all.",
    examples: ["exp 1", "weights = exp [0.9, 0.1, -0.3]\nweights[0] / weights.sum"],
    isNew: false, by: Exponential()
  ) { number in
    let result = Glibc.exp(number)
    guard result.isFinite else {
      throw Problem("e^\(Number(number).summary) is too large for a number", about: Function.option)
    }
    return result
  }

  static let log = Function.command(
    "log", "The natural logarithm of a number, or of each number of a list or a matrix.",
    details: "Losses use it: −log of the probability of the right class. `log (exp 3)` is 3.",
    examples: ["log 8", "-(log 0.25)"], isNew: false, by: Logarithm()
  ) { number in
    guard number > 0 else {
      throw Problem(
        "there is no logarithm of \(Number(number).summary): only numbers above 0 have one",
        about: Function.option)
    }
    return Glibc.log(number)
  }

  static let sqrt = Function.command(
    "sqrt", "The square root of a number, or of each number of a list or a matrix.",
    details:
      "`sqrt x` is `x^0.5`. In a loss its gradient is infinite at 0: `sqrt (x + 1e-4)` has one everywhere.",
    examples: ["sqrt 2", "sqrt (matrix [[1, 4], [9, 16]])"], by: SquareRoot()
  ) { number in
    guard number >= 0 else {
      throw Problem(
        "there is no square root of \(Number(number).summary) among the real numbers", about: Function.option)
    }
    return number.squareRoot()
  }

  static let abs = Function.command(
    "abs", "The absolute value of a number, or of each number of a list or a matrix.",
    details: "In a loss, its gradient is the sign, and 0 at 0.",
    examples: ["abs (-3)", "max (abs (matrix [[1, -4], [9, -16]]))"], by: Absolute()
  ) { Swift.abs($0) }
}
