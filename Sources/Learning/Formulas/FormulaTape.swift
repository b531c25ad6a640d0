import Base
import Tensors

/// A matrix on the way from z to a loss.
public protocol FormulaMatrix: AnyObject {
  var shape: FormulaShape { get }
  var dependsOnZ: Bool { get }
  /// The numbers, row after row.
  var numbers: [Double] { get }

  /// The value of an operation on operands, this matrix among them. `place` is where the operation stands in the text of the loss.
  /// Throws `FormulaError`, and `Interrupted`.
  func applying(_ operation: any FormulaOperation, to operands: [FormulaOperand], at place: Range<Int>) throws
    -> any FormulaMatrix
}

/// An operand of an operation.
public enum FormulaOperand {
  case number(Double)
  case constant(Grid<Double>)
  case matrix(any FormulaMatrix)

  public var shape: FormulaShape {
    switch self {
    case .number: FormulaShape(1, 1)
    case .constant(let grid): grid.shape
    case .matrix(let matrix): matrix.shape
    }
  }
}

/// The operations that led from z to a loss, in their order, so that the gradient can go back through them.
final class FormulaTape<Scalar: FormulaScalar> {
  struct Entry {
    /// The operation that made it; nil for z and for constants.
    let operation: (any FormulaOperation)?
    let operands: [Int]
    var value: Grid<Scalar>
    let place: Range<Int>
    let dependsOnZ: Bool
  }

  private(set) var entries: [Entry] = []
  private let pass: Pass

  init(z: Grid<Scalar>, pass: Pass) {
    self.pass = pass
    entries = [Entry(operation: nil, operands: [], value: z, place: 0..<0, dependsOnZ: true)]
  }

  var z: any FormulaMatrix { Matrix(tape: self, index: 0) }

  /// Reverse mode: from the last operation to the first, each hands ∂L/∂y to its operands. What has been passed is freed.
  ///
  /// Throws `PlacedFormulaError` where the gradient is infinite or NaN, and `Interrupted`.
  func gradient(of loss: Int) throws -> Grid<Scalar> {
    var gradients = [Grid<Scalar>?](repeating: nil, count: loss + 1)
    gradients[loss] = Grid(FormulaShape(1, 1), filledWith: 1)
    let nothing = Grid<Scalar>(uninitialized: FormulaShape(0, 0))
    for at in (0...loss).reversed() {
      let entry = entries[at]
      guard let operation = entry.operation, let dy = gradients[at] else { continue }
      try pass.check()
      let x = entry.operands.map { entries[$0].value }
      for (place, operand) in entry.operands.enumerated()
      where entries[operand].dependsOnZ && !operation.isFlat(in: place) {
        let share = Scalar.gradient(of: operation, in: place, dy, at: x, value: entry.value, pass: pass)
        guard share.isFinite else {
          throw PlacedFormulaError(error: .gradient(operation.name), place: entry.place)
        }
        gradients[operand] = gradients[operand].map { $0.plus(share) } ?? share
      }
      (gradients[at], entries[at].value) = (nil, nothing)
    }
    return gradients[0] ?? Grid(entries[0].value.shape, filledWith: 0)
  }

  /// A handle of one entry.
  final class Matrix: FormulaMatrix {
    let tape: FormulaTape
    let index: Int

    init(tape: FormulaTape, index: Int) { (self.tape, self.index) = (tape, index) }

    var shape: FormulaShape { tape.entries[index].value.shape }
    var dependsOnZ: Bool { tape.entries[index].dependsOnZ }
    var numbers: [Double] { tape.entries[index].value.numbers }

    func applying(
      _ operation: any FormulaOperation, to operands: [FormulaOperand], at place: Range<Int>
    ) throws -> any FormulaMatrix {
      let shape = try operation.shape(of: operands.map(\.shape))
      try tape.pass.check()
      let indices = operands.map(tape.index)
      let x = indices.map { tape.entries[$0].value }
      let value = try checked(
        Scalar.value(of: operation, x, shape: shape, pass: tape.pass), of: operation, x)
      let depends = zip(indices, 0...).contains {
        tape.entries[$0].dependsOnZ && !operation.isFlat(in: $1)
      }
      tape.entries.append(
        Entry(operation: operation, operands: indices, value: value, place: place, dependsOnZ: depends))
      return Matrix(tape: tape, index: tape.entries.count - 1)
    }
  }

  /// The entry of an operand; a constant gets one of its own.
  private func index(of operand: FormulaOperand) -> Int {
    let value: Grid<Scalar>
    switch operand {
    case .matrix(let matrix):
      guard let own = matrix as? Matrix, own.tape === self else {
        preconditionFailure("a matrix of another evaluation stands in a formula")
      }
      return own.index
    case .number(let number): value = Grid(FormulaShape(1, 1), filledWith: Scalar(number))
    case .constant(let grid): value = Grid(grid.shape, grid.numbers)
    }
    entries.append(Entry(operation: nil, operands: [], value: value, place: 0..<0, dependsOnZ: false))
    return entries.count - 1
  }
}

/// An error of a gradient with the place of its operation in the text of the loss.
struct PlacedFormulaError: Error {
  let error: FormulaError
  let place: Range<Int>
}

/// The value of an operation on matrices that are looked at, in double precision.
/// Throws `FormulaError` where operands do not go together, or the value is infinite or NaN.
public func value(of operation: any FormulaOperation, _ x: [Grid<Double>], pass: Pass) throws -> Grid<Double>
{
  let shape = try operation.shape(of: x.map(\.shape))
  return try checked(operation.value(x, shape: shape, pass: pass), of: operation, x)
}

/// The value, or an error that says which number was the first that is none.
private func checked<S: FormulaScalar>(
  _ y: Grid<S>, of operation: any FormulaOperation, _ x: [Grid<S>]
) throws(FormulaError) -> Grid<S> {
  guard !y.isFinite, x.allSatisfy(\.isFinite) else { return y }
  let place = (0..<y.shape.count).first { !y.pointer[$0].isFinite } ?? 0
  let (row, column) = (place / max(1, y.shape.columns), place % max(1, y.shape.columns))
  let numbers = operation.isByElement ? x.map { $0.number(spreadTo: row, column) } : []
  throw .notFinite(operation.name, of: numbers, row: row, column: column)
}

extension Grid {
  fileprivate func number(spreadTo row: Int, _ column: Int) -> Double {
    Double(pointer[(shape.rows == 1 ? 0 : row) * shape.columns + (shape.columns == 1 ? 0 : column)])
  }
}
