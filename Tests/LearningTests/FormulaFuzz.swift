import Learning
import Tensors

/// A formula drawn by a seed. Each evaluation draws the same one again: what is drawn depends on shapes alone, never on numbers.
///
/// Operations are given operands that they are smooth and tame on, as `log` those above 0, so that a gradient that differs is wrong.
struct FormulaFuzz {
  private var random: RandomStream
  private var pool: [FormulaOperand]
  /// Names of the operations that were used.
  private(set) var used: Set<String> = []

  init(seed: Int, z: any FormulaMatrix) {
    random = RandomStream(seed: 7, name: "formula", indices: [seed])
    pool = [.matrix(z)]
  }

  /// The number that the formula ends with.
  mutating func loss() throws -> any FormulaMatrix {
    let count = 2 + random.integer(below: 9)
    for _ in 0..<count { pool.append(try step()) }
    var total: FormulaOperand?
    for operand in pool.suffix(3) {
      let part = try apply(
        random.happens(0.5) ? Mean() : Sum(), [try small(operand)])
      total = try total.map { try apply(Plus(), [$0, part]) } ?? part
    }
    // z itself, so that a formula which ends in constants still depends on it.
    let square = try apply(Mean(), [try apply(Times(), [pool[0], pool[0]])])
    guard case .matrix(let matrix) = try apply(Plus(), [total ?? square, square]) else {
      preconditionFailure()
    }
    return matrix
  }

  private mutating func apply(_ operation: any FormulaOperation, _ operands: [FormulaOperand]) throws
    -> FormulaOperand
  {
    used.insert(operation.name)
    for case .matrix(let matrix) in operands {
      return .matrix(try matrix.applying(operation, to: operands, at: 0..<0))
    }
    let grids = operands.map { operand in
      switch operand {
      case .number(let number): Grid<Double>(FormulaShape(1, 1), [number])
      case .constant(let grid): grid
      case .matrix: preconditionFailure("found above")
      }
    }
    return .constant(try value(of: operation, grids, pass: Pass()))
  }

  private var lines: FormulaLines {
    mutating get { FormulaLines.allCases[random.integer(below: 3)] }
  }

  private mutating func any() -> FormulaOperand { pool[random.integer(below: pool.count)] }

  private mutating func constant(_ shape: FormulaShape) -> FormulaOperand {
    .constant(Grid(shape, (0..<shape.count).map { _ in Double(random.uniform(-1.5, 1.5)) }))
  }

  /// An operand that fits the other by element: of the pool where there is one, else a constant, perhaps one that is spread.
  private mutating func fitting(_ shape: FormulaShape) -> FormulaOperand {
    if random.happens(0.6) {
      let start = random.integer(below: pool.count)
      for place in 0..<pool.count {
        let found = pool[(start + place) % pool.count]
        let (a, b) = (found.shape, shape)
        if (a.rows == b.rows || a.rows == 1 || b.rows == 1)
          && (a.columns == b.columns || a.columns == 1 || b.columns == 1) && a.count > 0
        {
          return found
        }
      }
    }
    switch random.integer(below: 4) {
    case 0: return .number(Double(random.uniform(-2, 2)))
    case 1: return constant(FormulaShape(1, shape.columns))
    case 2: return constant(FormulaShape(shape.rows, 1))
    default: return constant(shape)
    }
  }

  /// `x² + c`
  private mutating func positive(_ x: FormulaOperand, plus floor: Double = 0.5) throws -> FormulaOperand {
    try apply(Plus(), [try apply(Power(), [x, .number(2)]), .number(floor)])
  }

  /// Numbers of at most 1. Lines of zeros, whose gradient is rounding, are moved away from 0 before.
  private mutating func small(_ x: FormulaOperand) throws -> FormulaOperand {
    try apply(UnitLines(each: lines), [try apply(Plus(), [x, constant(x.shape)])])
  }

  private mutating func step() throws -> FormulaOperand {
    let x = any()
    let shape = x.shape
    switch random.integer(below: 22) {
    case 0: return try apply(Plus(), [x, fitting(shape)])
    case 1: return try apply(Minus(), [fitting(shape), x])
    case 2: return try apply(Times(), [x, fitting(shape)])
    case 3: return try apply(Divide(), [x, try positive(fitting(shape))])
    case 4:
      // A power of what is above 0, to a number or to what depends on z.
      let exponent = random.happens(0.5) ? FormulaOperand.number(1.7) : try small(fitting(shape))
      return try apply(Power(), [try positive(x), exponent])
    case 5: return try apply(Negative(), [x])
    case 6: return try apply(Exponential(), [try small(x)])
    case 7: return try apply(Logarithm(), [try positive(x)])
    case 8: return try apply(SquareRoot(), [try positive(x, plus: 0.1)])
    case 9: return try apply(Absolute(), [x])
    case 10:
      let other = fitting(shape)
      let mask = try apply(Comparing(random.happens(0.5) ? .greater : .lessOrEqual), [x, other])
      return try apply(Where(), [mask, x, other])
    case 11: return try apply(MatrixProduct(), [x, try apply(Transposition(), [x])])
    case 12:
      return try apply(
        MatrixProduct(), [x, constant(FormulaShape(shape.columns, 1 + random.integer(below: 4)))])
    case 13: return try apply(Transposition(), [x])
    case 14: return try small(x)
    case 15: return try apply(random.happens(0.5) ? Sum(each: lines) : Mean(each: lines), [x])
    case 16: return try apply(Extreme(isLargest: random.happens(0.5), each: lines), [x])
    case 17: return try apply(LogSumExp(each: lines), [x])
    case 18: return try apply(Softmax(each: lines), [x])
    case 19: return try apply(Diagonal(), [x])
    case 20:
      let rows = (0..<1 + random.integer(below: 5)).map { _ in random.integer(below: shape.rows) }
      let columns = (0..<1 + random.integer(below: 5)).map { _ in random.integer(below: shape.columns) }
      return try apply(ChosenColumns(columns), [try apply(ChosenRows(rows), [x])])
    default:
      if shape.rows % 2 == 0, random.happens(0.5) { return try apply(Partners(), [x]) }
      let beside = random.happens(0.5)
      return try apply(Joined(areBeside: beside), [x, try apply(Negative(), [x]), x])
    }
  }
}
