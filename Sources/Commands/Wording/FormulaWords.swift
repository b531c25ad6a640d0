import Base
import Language
import Learning

extension FormulaError: Worded {
  var words: InputError {
    switch self {
    case .shapes(let name, let shapes): return Self.words(ofShapes: name, shapes)
    case .operand(let name, let shape):
      return name == Partners().name
        ? InputError(
          "`\(name)` needs an even number of rows, and this matrix is \(shape.text)",
          advice: "rows i and i + N are views of one image")
        : InputError("`\(name)` needs numbers, and this matrix is \(shape.text)")
    case .notFinite(let name, let numbers, let row, let column):
      let place = "row \(row), column \(column)"
      return Self.words(ofNumber: name, numbers, at: place)
    case .gradient(let name):
      return InputError(
        "the gradient of `\(name)` is infinite or NaN here",
        advice: name == SquareRoot().name
          ? "add a small number before: \(name) (x + 1e-4)" : "look at the numbers that it is given")
    case .outputs: return InputError("z holds what is infinite or NaN, so the loss has no value")
    case .matrix(let shape):
      return InputError(
        "the last value of a loss is one number, and this is a matrix of \(shape.text)",
        advice: "`\(Matrices.mean.name)` and `\(Matrices.sum.name)` make one number of a matrix")
    case .independent:
      return InputError(
        "the loss does not depend on z, so there is nothing to learn from it",
        advice: "let the last value be made of z; comparisons alone have no gradient")
    case .unread: return InputError("the text of this loss has not been read")
    }
  }

  private static func words(ofShapes name: String, _ shapes: [FormulaShape]) -> InputError {
    let texts = listed(shapes.map(\.text), last: "and")
    switch name {
    case MatrixProduct().name:
      return InputError(
        "`\(name)` needs as many columns on its left as rows on its right, and these matrices are \(texts)",
        advice: shapes[0].columns == shapes[1].columns
          ? "write a @ (\(Matrices.transpose.name) b)"
          : "`\(Matrices.transpose.name)` exchanges rows and columns")
    case Joined(areBeside: true).name:
      return InputError(
        "`\(name)` puts matrices of equally many columns below one another, or of equally many rows side by side, "
          + "and these are \(texts)")
    default:
      return InputError(
        "`\(name)` goes element by element, and matrices of \(texts) do not fit",
        advice: "rows, and columns, are as many on both sides, or one that is spread")
    }
  }

  private static func words(ofNumber name: String, _ numbers: [Double], at place: String) -> InputError {
    let texts = numbers.map { Number($0).summary }
    let rest = ": \(place)"
    switch (name, texts.count) {
    case (Logarithm().name, 1):
      return InputError(
        "there is no logarithm of \(texts[0]), only of numbers above 0\(rest)",
        advice: numbers[0] == 0 ? "add a small number before: \(name) (x + 1e-8)" : nil)
    case (SquareRoot().name, 1):
      return InputError("there is no square root of \(texts[0]) among the real numbers\(rest)")
    case (Exponential().name, 1):
      return InputError(
        "e^\(texts[0]) is too large for a number\(rest)",
        advice: "`\(LogSumExp().name)` takes the largest out first")
    case (Divide().name, 2) where numbers[1] == 0:
      return InputError("this divides \(texts[0]) by zero\(rest)")
    case (_, 2): return InputError("\(texts[0]) \(name) \(texts[1]) is no number\(rest)")
    default: return InputError("the result of `\(name)` is infinite or NaN\(rest)")
    }
  }
}
