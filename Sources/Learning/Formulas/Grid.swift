import Glibc
import Tensors

/// Number of rows and columns of a matrix in a formula.
public struct FormulaShape: Equatable, Sendable {
  public let rows: Int
  public let columns: Int

  public init(_ rows: Int, _ columns: Int) { (self.rows, self.columns) = (rows, columns) }

  public var count: Int { rows * columns }

  /// The shape that two operands are spread to: along each axis they are as long as one another, or one of them is 1. Nil where they
  /// do not go together.
  func spread(with other: FormulaShape) -> FormulaShape? {
    func length(_ a: Int, _ b: Int) -> Int? { a == b || b == 1 ? a : a == 1 ? b : nil }
    guard let rows = length(rows, other.rows), let columns = length(columns, other.columns) else {
      return nil
    }
    return FormulaShape(rows, columns)
  }
}

/// The numbers of a matrix in a formula, row after row: in single precision within a training, else in double.
///
/// A handle as a tensor is: written by whoever makes it, before anybody reads it. Its memory is that of tensors.
public struct Grid<Scalar: FormulaScalar>: @unchecked Sendable {
  // Sendable: see above.
  public let shape: FormulaShape
  let pointer: UnsafeMutablePointer<Scalar>
  private let memory: Tensor

  /// Elements are not set.
  init(uninitialized shape: FormulaShape) {
    let size = MemoryLayout<Scalar>.stride / MemoryLayout<Float>.stride
    self.init(shape, memory: Tensor(uninitialized: [shape.count * size]))
  }

  private init(_ shape: FormulaShape, memory: Tensor) {
    (self.shape, self.memory) = (shape, memory)
    pointer = UnsafeMutableRawPointer(memory.pointer).assumingMemoryBound(to: Scalar.self)
  }

  init(_ shape: FormulaShape, filledWith value: Scalar) {
    self.init(uninitialized: shape)
    pointer.update(repeating: value, count: shape.count)
  }

  public init(_ shape: FormulaShape, _ numbers: [Double]) {
    precondition(numbers.count == shape.count, "\(numbers.count) numbers in \(shape)")
    self.init(uninitialized: shape)
    for at in 0..<shape.count { pointer[at] = Scalar(numbers[at]) }
  }

  /// A tensor `[rows, columns]`: its own memory in single precision, else a copy.
  public init(_ tensor: Tensor) {
    let shape = FormulaShape(tensor.shape[0], tensor.shape[1])
    if Scalar.self == Float.self {
      self.init(shape, memory: tensor)
    } else {
      self.init(uninitialized: shape)
      for at in 0..<shape.count { pointer[at] = Scalar(tensor.pointer[at]) }
    }
  }

  public var numbers: [Double] { (0..<shape.count).map { Double(pointer[$0]) } }

  /// The numbers as a tensor, `[rows, columns]`.
  public var tensor: Tensor {
    if Scalar.self == Float.self { return memory.reshaped([shape.rows, shape.columns]) }
    let tensor = Tensor(uninitialized: [shape.rows, shape.columns])
    for at in 0..<shape.count { tensor.pointer[at] = Float(pointer[at]) }
    return tensor
  }

  /// Whether no number is infinite or NaN: x·0 is 0 for every other, so one sum tells.
  var isFinite: Bool {
    var sum: Scalar = 0
    for at in 0..<shape.count { sum += pointer[at] * 0 }
    return sum == 0
  }
}

/// The numbers that formulas calculate with: `Float` and `Double`.
public protocol FormulaScalar: BinaryFloatingPoint, Sendable {
  static func exponential(_ x: Self) -> Self
  static func logarithm(_ x: Self) -> Self
  static func power(_ x: Self, _ y: Self) -> Self

  /// `op(A)·op(B)`
  static func product(
    _ a: Grid<Self>, transposeA: Bool, _ b: Grid<Self>, transposeB: Bool, pass: Pass
  ) -> Grid<Self>

  /// The value of an operation, in code that is compiled for these numbers.
  static func value(
    of operation: any FormulaOperation, _ x: [Grid<Self>], shape: FormulaShape, pass: Pass
  ) -> Grid<Self>

  /// ∂L/∂x of one operand.
  static func gradient(
    of operation: any FormulaOperation, in operand: Int, _ dy: Grid<Self>, at x: [Grid<Self>],
    value y: Grid<Self>, pass: Pass
  ) -> Grid<Self>
}

extension Float: FormulaScalar {
  public static func exponential(_ x: Float) -> Float { Glibc.exp(x) }
  public static func logarithm(_ x: Float) -> Float { Glibc.log(x) }
  public static func power(_ x: Float, _ y: Float) -> Float { Glibc.pow(x, y) }

  public static func product(
    _ a: Grid<Float>, transposeA: Bool, _ b: Grid<Float>, transposeB: Bool, pass: Pass
  ) -> Grid<Float> {
    Grid(Tensors.product(a.tensor, transposeA: transposeA, b.tensor, transposeB: transposeB, pass: pass))
  }

  public static func value(
    of operation: any FormulaOperation, _ x: [Grid<Float>], shape: FormulaShape, pass: Pass
  ) -> Grid<Float> {
    operation.value(x, shape: shape, pass: pass)
  }

  public static func gradient(
    of operation: any FormulaOperation, in operand: Int, _ dy: Grid<Float>, at x: [Grid<Float>],
    value y: Grid<Float>, pass: Pass
  ) -> Grid<Float> {
    operation.gradient(of: operand, dy, at: x, value: y, pass: pass)
  }
}

extension Double: FormulaScalar {
  public static func exponential(_ x: Double) -> Double { Glibc.exp(x) }
  public static func logarithm(_ x: Double) -> Double { Glibc.log(x) }
  public static func power(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }

  public static func product(
    _ a: Grid<Double>, transposeA: Bool, _ b: Grid<Double>, transposeB: Bool, pass: Pass
  ) -> Grid<Double> {
    let (m, k) = transposeA ? (a.shape.columns, a.shape.rows) : (a.shape.rows, a.shape.columns)
    let n = transposeB ? b.shape.rows : b.shape.columns
    let c = Grid<Double>(uninitialized: FormulaShape(m, n))
    gemm(
      transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, a.pointer, lda: a.shape.columns,
      b.pointer, ldb: b.shape.columns, c.pointer, ldc: n)
    return c
  }

  public static func value(
    of operation: any FormulaOperation, _ x: [Grid<Double>], shape: FormulaShape, pass: Pass
  ) -> Grid<Double> {
    operation.value(x, shape: shape, pass: pass)
  }

  public static func gradient(
    of operation: any FormulaOperation, in operand: Int, _ dy: Grid<Double>, at x: [Grid<Double>],
    value y: Grid<Double>, pass: Pass
  ) -> Grid<Double> {
    operation.gradient(of: operand, dy, at: x, value: y, pass: pass)
  }
}
