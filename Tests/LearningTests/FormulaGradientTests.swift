import Foundation
import Learning
import Synchronization
import Tensors
import Testing

@Suite("Gradients of formulas")
struct FormulaGradientTests {
  typealias Body = @Sendable (any FormulaMatrix) throws -> any FormulaMatrix

  /// The value of an operation, at least one of whose operands depends on z.
  private static func made(_ operation: any FormulaOperation, _ operands: FormulaOperand...) throws
    -> any FormulaMatrix
  {
    for case .matrix(let matrix) in operands {
      return try matrix.applying(operation, to: operands, at: 0..<0)
    }
    throw FormulaError.independent
  }

  private static func loss(_ body: @escaping Body) -> FormulaLoss {
    FormulaLoss(
      FormulaSource(name: "test", text: "", settings: [:]), placed: { error, _ in error },
      body: { z, _ in try body(z) })
  }

  /// Parts of z, 7×5: two matrices of 3×5, a row, and a column.
  private static func a(_ z: any FormulaMatrix) throws -> FormulaOperand {
    .matrix(try made(ChosenRows([0, 1, 2]), .matrix(z)))
  }
  private static func b(_ z: any FormulaMatrix) throws -> FormulaOperand {
    .matrix(try made(ChosenRows([3, 4, 5]), .matrix(z)))
  }
  private static func row(_ z: any FormulaMatrix) throws -> FormulaOperand {
    .matrix(try made(ChosenRows([6]), .matrix(z)))
  }
  private static func column(_ z: any FormulaMatrix) throws -> FormulaOperand {
    .matrix(try made(ChosenColumns([2]), try a(z)))
  }
  private static func positive(_ x: FormulaOperand) throws -> FormulaOperand {
    .matrix(try made(Plus(), .matrix(try made(Times(), x, x)), .number(0.3)))
  }

  private static let operations: [(name: String, body: Body)] = {
    var all: [(name: String, body: Body)] = []
    func add(_ name: String, _ body: @escaping Body) { all.append((name, body)) }
    func addSpread(_ name: String, _ make: @escaping @Sendable () -> any FormulaOperation) {
      add("\(name) of matrices") { z in try made(make(), a(z), positive(b(z))) }
      add("\(name) with a row") { z in try made(make(), a(z), positive(row(z))) }
      add("\(name) with a column") { z in try made(make(), column(z), positive(b(z))) }
      add("\(name) of a column and a row") { z in try made(make(), column(z), positive(row(z))) }
      add("\(name) with a number") { z in try made(make(), .number(0.7), positive(a(z))) }
    }
    addSpread("+") { Plus() }
    addSpread("-") { Minus() }
    addSpread("*") { Times() }
    addSpread("/") { Divide() }
    add("^2") { z in try made(Power(), a(z), .number(2)) }
    add("^3") { z in try made(Power(), a(z), .number(3)) }
    add("^0") { z in try made(Power(), a(z), .number(0)) }
    add("^ of matrices") { z in try made(Power(), positive(a(z)), b(z)) }
    add("number ^ row") { z in try made(Power(), .number(1.7), row(z)) }
    add("negative") { z in try made(Negative(), a(z)) }
    add("exp") { z in try made(Exponential(), a(z)) }
    add("log") { z in try made(Logarithm(), positive(a(z))) }
    add("sqrt") { z in try made(SquareRoot(), positive(a(z))) }
    add("abs") { z in try made(Absolute(), a(z)) }
    add("@") { z in try made(MatrixProduct(), a(z), .matrix(try made(Transposition(), b(z)))) }
    add("@ with itself") { z in
      try made(MatrixProduct(), .matrix(z), .matrix(try made(Transposition(), .matrix(z))))
    }
    add("transpose") { z in try made(Transposition(), a(z)) }
    add("diagonal") { z in try made(Diagonal(), a(z)) }
    add("diagonal of a high one") { z in try made(Diagonal(), .matrix(z)) }
    add("where") { z in
      try made(Where(), .matrix(try made(Comparing(.less), a(z), b(z))), a(z), row(z))
    }
    add("join") { z in try made(Joined(areBeside: false), a(z), row(z), b(z)) }
    add("join as columns") { z in try made(Joined(areBeside: true), a(z), column(z), b(z)) }
    add("rows") { z in try made(ChosenRows([4, 0, 4, 1]), .matrix(z)) }
    add("columns") { z in try made(ChosenColumns([4, 0, 4]), .matrix(z)) }
    add("partners") { z in
      try made(Partners(), .matrix(try made(Joined(areBeside: false), a(z), row(z))))
    }
    for lines in FormulaLines.allCases {
      add("sum \(lines)") { z in try made(Sum(each: lines), .matrix(z)) }
      add("mean \(lines)") { z in try made(Mean(each: lines), .matrix(z)) }
      add("max \(lines)") { z in try made(Extreme(isLargest: true, each: lines), .matrix(z)) }
      add("min \(lines)") { z in try made(Extreme(isLargest: false, each: lines), .matrix(z)) }
      add("logsumexp \(lines)") { z in try made(LogSumExp(each: lines), .matrix(z)) }
      add("softmax \(lines)") { z in try made(Softmax(each: lines), .matrix(z)) }
      add("normalise \(lines)") { z in try made(UnitLines(each: lines), .matrix(z)) }
    }
    return all
  }()

  /// Weighs the numbers of a matrix differently and sums them, so that no gradient is the same everywhere.
  @Sendable private static func weighed(_ y: any FormulaMatrix) throws -> any FormulaMatrix {
    var random = RandomStream(seed: 5, name: "weights", indices: [])
    let weights = (0..<y.shape.count).map { _ in Double(random.normal()) }
    return try made(Sum(), .matrix(try made(Times(), .matrix(y), .constant(Grid(y.shape, weights)))))
  }

  private static func outputs(_ shape: FormulaShape, seed: Int) -> [Double] {
    var random = RandomStream(seed: 3, name: "z", indices: [seed])
    return (0..<shape.count).map { _ in Double(random.normal()) }
  }

  @Test("of every operation are those of differences, in both precisions", arguments: operations.map(\.name))
  func operation(name: String) throws {
    let body = try #require(Self.operations.first { $0.name == name }).body
    let loss = Self.loss { try Self.weighed(try body($0)) }
    let shape = FormulaShape(7, 5)
    // Far enough from one another and from 0 that no difference meets a kink.
    var random = RandomStream(seed: 1, name: "order", indices: [])
    let numbers = random.permutation(shape.count).map { Double($0 - 17) * 0.11 + 0.03 }
    let found = try GradientComparison(of: loss, at: Grid(shape, numbers), run: Run())
    #expect(found.compared == 35)
    #expect(found.error < 1e-8, "\(name): \(found)")
    let double = try loss.gradient(at: Grid<Double>(shape, numbers), pass: Pass()).gradient.numbers
    let single = try loss.gradient(at: Grid<Float>(shape, numbers), pass: Pass()).gradient.numbers
    let size = double.map(abs).max() ?? 0
    #expect(size > 1e-3 || name == "^0")
    #expect(
      zip(single, double).allSatisfy { abs($0 - $1) <= 2e-5 * max(size, 1) }, "\(name): \(single) \(double)")
  }

  /// More where `CONTRAST_FUZZ` asks for them.
  private static let formulas =
    ProcessInfo.processInfo.environment["CONTRAST_FUZZ"].flatMap { Int($0) } ?? 400

  @Test("of formulas drawn by chance are those of differences")
  func fuzz() throws {
    var (compared, kinks, used) = (0, 0, Set<String>())
    for seed in 0..<Self.formulas {
      let shape = FormulaShape(2 * (1 + seed % 4), 1 + seed / 4 % 5)
      let numbers = Self.outputs(shape, seed: seed)
      let collected = Mutex<Set<String>>([])
      let probe = Self.loss { z in
        var fuzz = FormulaFuzz(seed: seed, z: z)
        return try fuzz.loss()
      }
      _ = try Self.loss { z in
        var fuzz = FormulaFuzz(seed: seed, z: z)
        let result = try fuzz.loss()
        collected.withLock { $0.formUnion(fuzz.used) }
        return result
      }.value(at: Grid<Double>(shape, numbers), pass: Pass())
      used.formUnion(collected.withLock { $0 })
      let gradient = try probe.gradient(at: Grid<Double>(shape, numbers), pass: Pass()).gradient.numbers
      let size = max(1e-3, gradient.map(abs).max() ?? 0)
      func loss(_ at: Int, _ way: Double) throws -> Double {
        var moved = numbers
        moved[at] += way
        return try probe.value(at: Grid<Double>(shape, moved), pass: Pass())
      }
      func difference(_ at: Int, _ h: Double) throws -> Double {
        let near = try loss(at, h) - loss(at, -h)
        return (8 * near - (try loss(at, 2 * h) - loss(at, -2 * h))) / (12 * h)
      }
      for at in stride(from: seed % 3, to: shape.count, by: max(1, shape.count / 4)) {
        let (wide, narrow) = (try difference(at, 1e-3), try difference(at, 2.5e-4))
        // Where differences do not agree with one another a kink lies between, as that of `abs` at 0.
        guard abs(wide - narrow) <= 1e-6 * size else {
          kinks += 1
          continue
        }
        compared += 1
        let apart = abs(narrow - gradient[at]) / size
        #expect(apart < 2e-6, "formula \(seed), number \(at): \(gradient[at]) and \(narrow)")
      }
    }
    #expect(kinks * 10 < compared, "\(kinks) kinks and \(compared) numbers")
    let all = [
      "+", "-", "*", "/", "^", "exp", "log", "sqrt", "abs", "where", "@", "transpose", "normalise", "sum",
      "mean",
      "max", "min", "logsumexp", "softmax", "diagonal", "rows", "columns", "partners", "join",
    ]
    #expect(used.isSuperset(of: all), "\(Set(all).subtracting(used)) were never drawn")
  }

  @Test("a number that is none is told with the operation that made it first")
  func first() throws {
    let numbers = Grid<Double>(FormulaShape(2, 2), [1, 2, -3, 4])
    #expect(throws: FormulaError.notFinite("log", of: [-3], row: 1, column: 0)) {
      _ = try Self.loss { z in
        let log = try Self.made(Logarithm(), .matrix(z))
        return try Self.made(Sum(), .matrix(try Self.made(Exponential(), .matrix(log))))
      }.value(at: numbers, pass: Pass())
    }
    #expect(throws: FormulaError.gradient("sqrt")) {
      _ = try Self.loss { z in
        let zero = try Self.made(Times(), .matrix(z), .number(0))
        return try Self.made(Sum(), .matrix(try Self.made(SquareRoot(), .matrix(zero))))
      }.gradient(at: numbers, pass: Pass())
    }
    #expect(throws: FormulaError.shapes("@", [FormulaShape(2, 2), FormulaShape(3, 1)])) {
      let column = Grid<Double>(FormulaShape(3, 1), [1, 2, 3])
      _ = try Self.loss { try Self.made(MatrixProduct(), .matrix($0), .constant(column)) }.value(
        at: numbers, pass: Pass())
    }
    #expect(throws: FormulaError.matrix(FormulaShape(2, 2))) {
      _ = try Self.loss { try Self.made(Negative(), .matrix($0)) }.value(at: numbers, pass: Pass())
    }
    #expect(throws: FormulaError.independent) {
      _ = try Self.loss { z in
        try Self.made(Sum(), .matrix(try Self.made(Comparing(.greater), .matrix(z), .number(0))))
      }.value(at: numbers, pass: Pass())
    }
  }
}
