import Base
import Tensors

/// Text of a loss that somebody wrote, with the options that it is used with: what a model's file holds of it.
public struct FormulaSource: Equatable, Sendable {
  /// Name in cells.
  public let name: String
  /// The whole declaration.
  public let text: String
  public let settings: [String: Double]

  public init(name: String, text: String, settings: [String: Double]) {
    (self.name, self.text, self.settings) = (name, text, settings)
  }
}

/// A loss that somebody wrote: a function of the outputs z of 2N views, rows i and i + N being views of one image.
///
/// Each evaluation writes a tape of its own, so that one loss may be used by several threads.
public struct FormulaLoss: Sendable {
  public let source: FormulaSource
  private let body: @Sendable (any FormulaMatrix, Pass) throws -> any FormulaMatrix
  private let placed: @Sendable (FormulaError, Range<Int>?) -> any Error

  /// - Parameters:
  ///   - body: makes the loss of z by `FormulaMatrix.applying`.
  ///   - placed: gives an error that is found outside of the body a place in its text; nil means its last value.
  public init(
    _ source: FormulaSource, placed: @escaping @Sendable (FormulaError, Range<Int>?) -> any Error,
    body: @escaping @Sendable (any FormulaMatrix, Pass) throws -> any FormulaMatrix
  ) {
    (self.source, self.placed, self.body) = (source, placed, body)
  }

  /// A loss of a file before its text was read, which has no value.
  init(unread source: FormulaSource) {
    self.init(source, placed: { error, _ in error }) { _, _ in throw FormulaError.unread }
  }

  /// Throws what the body throws, and what `placed` makes of a `FormulaError`.
  public func value<S: FormulaScalar>(at z: Grid<S>, pass: Pass) throws -> Double {
    let (tape, index) = try evaluated(at: z, pass: pass)
    return Double(tape.entries[index].value.pointer[0])
  }

  /// The loss and ∂loss/∂z, `[2N, d]`; throws as `value`.
  public func gradient<S: FormulaScalar>(at z: Grid<S>, pass: Pass) throws -> (
    loss: Double, gradient: Grid<S>
  ) {
    let (tape, index) = try evaluated(at: z, pass: pass)
    let loss = Double(tape.entries[index].value.pointer[0])
    do { return (loss, try tape.gradient(of: index)) } catch let error as PlacedFormulaError {
      throw placed(error.error, error.place)
    }
  }

  private func evaluated<S: FormulaScalar>(at z: Grid<S>, pass: Pass) throws -> (FormulaTape<S>, Int) {
    guard z.isFinite else { throw placed(.outputs, nil) }
    let tape = FormulaTape(z: z, pass: pass)
    let result = try body(tape.z, pass)
    guard let last = result as? FormulaTape<S>.Matrix else { throw placed(.independent, nil) }
    guard last.shape.count == 1 else { throw placed(.matrix(last.shape), nil) }
    guard last.dependsOnZ else { throw placed(.independent, nil) }
    return (tape, last.index)
  }
}

/// A gradient beside central differences of the loss, in double precision.
public struct GradientComparison: Sendable {
  public let loss: Double
  /// Numbers of z that were moved, at most `most`, and all there are.
  public let compared: Int
  public let count: Int
  /// Place of the largest difference, with the two numbers there.
  public let row: Int
  public let column: Int
  public let gradient: Double
  public let difference: Double
  /// The largest difference over the largest number of the gradient.
  public let error: Double

  private static let most = 400

  /// Differences of fourth order: `(8·(L(h) − L(−h)) − (L(2h) − L(−2h)))/12h` with h = 1e-3 of the size of z. Where they part from the
  /// gradient, h is made smaller, down to 1e-6: a kink may lie between, as that of a hinge. Throws as `FormulaLoss.value`.
  public init(of loss: FormulaLoss, at z: Grid<Double>, run: Run) throws {
    let (value, gradient) = try run.pass { try loss.gradient(at: z, pass: $0) }
    let (count, numbers, slopes) = (z.shape.count, z.numbers, gradient.numbers)
    let largest = max(1e-12, slopes.reduce(0) { max($0, abs($1)) })
    let size = max(1e-6, (numbers.reduce(0) { $0 + $1 * $1 } / Double(max(1, count))).squareRoot())
    func difference(at place: Int, by h: Double) throws -> Double {
      func moved(_ way: Double) throws -> Double {
        var numbers = numbers
        numbers[place] += way
        return try run.pass { try loss.value(at: Grid<Double>(z.shape, numbers), pass: $0) }
      }
      let near = try moved(h) - moved(-h)
      return (8 * near - (try moved(2 * h) - moved(-2 * h))) / (12 * h)
    }
    var random = run.random("differences")
    let chosen =
      count <= Self.most ? Array(0..<count) : Array(random.permutation(count).prefix(Self.most).sorted())
    var (place, worst, found) = (0, -1.0, 0.0)
    for (done, at) in chosen.enumerated() {
      run.report(Progress("Comparing", completed: done, total: chosen.count, unit: "numbers"))
      var best = (distance: Double.infinity, difference: 0.0)
      for h in [1e-3, 1e-4, 1e-5, 1e-6] where best.distance > 1e-7 * largest {
        let difference = try difference(at: at, by: h * size)
        let distance = abs(difference - slopes[at])
        if distance < best.distance { best = (distance, difference) }
      }
      if best.distance > worst { (place, worst, found) = (at, best.distance, best.difference) }
    }
    self.loss = value
    (self.count, compared) = (count, chosen.count)
    (row, column) = (place / max(1, z.shape.columns), place % max(1, z.shape.columns))
    self.gradient = count > 0 ? slopes[place] : 0
    self.difference = found
    error = max(0, worst) / largest
  }
}
