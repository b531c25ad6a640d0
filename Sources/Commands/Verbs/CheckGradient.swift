import Base
import FrontEnd
import Language
import Learning
import Tensors

/// Losses that one of one's own may be compared with.
enum BuiltInLoss: String, CaseIterable, OptionValue {
  case ntxent, published, decoupled, weighted, barlow, vicreg

  /// The temperature counts where the loss has one; other settings are the defaults of its command.
  func result(of z: Tensor, temperature: Float, pass: Pass) throws -> (loss: Double, gradient: Tensor) {
    switch self {
    case .ntxent, .published:
      let form = self == .published ? NTXent.Form.published : .standard
      let result = try NTXent(temperature: temperature, form: form)(z, pass: pass)
      return (result.loss, result.gradient)
    case .decoupled, .weighted:
      let result = DecoupledLoss(temperature: temperature, sigma: self == .weighted ? 0.5 : nil)(
        z, pass: pass)
      return (result.loss, result.gradient)
    case .barlow:
      let options = BarlowTwinsMethod.Options()
      let (a, b) = halves(of: z)
      let result = BarlowTwinsLoss(lambda: options.lambda, scale: options.scale)(a, b, pass: pass)
      return (result.loss, joined(result.gradients))
    case .vicreg:
      let options = VICRegMethod.Options()
      let (a, b) = halves(of: z)
      let function = VICRegLoss(
        invariance: options.invariance, variance: options.variance, covariance: options.covariance)
      let result = function(a, b, pass: pass)
      return (result.loss, joined(result.gradients))
    }
  }

  private func halves(of z: Tensor) -> (Tensor, Tensor) {
    let half = z.shape[0] / 2
    return (z.rows(0..<half), z.rows(half..<2 * half))
  }

  private func joined(_ parts: [Tensor]) -> Tensor {
    Tensor([parts[0].shape[0] + parts[1].shape[0], parts[0].shape[1]], parts[0].elements + parts[1].elements)
  }
}

/// Report on a loss that agrees with what it was compared with.
struct AgreementValue: Displayable {
  static let typeName = "agreement"
  let lines: [String]
  let loss: Double
  /// The largest difference, over the largest number of the gradient.
  let error: Double

  var summary: String { lines.joined(separator: " ") }
  var memberNames: [String] { ["loss", "error"] }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "loss": Number(loss)
    case "error": Number(error)
    default: nil
    }
  }

  func rich(_ session: Session) throws -> Rich { Rich(text: lines.joined(separator: "\n")) }
}

extension Check {
  /// Differences of more than this share of the largest number of the gradient are no rounding.
  private static let (most, mostBuiltIn) = (1e-6, 1e-4)

  /// Compares a loss with differences, and with one that is built in where that is asked for.
  func agreement(of loss: LossFunctionValue, _ context: Language.Context) throws -> any Value {
    guard let of else {
      throw Problem(
        "a loss is checked at some outputs", about: Check.command.word(\.$condition),
        advice: "write \(Check.command.name) \(loss.name) \(Check.command.word(\.of))=z", kind: .syntax)
    }
    let z = of.grid
    let run = context.run()
    let found = try GradientComparison(of: loss.function, at: z, run: run)
    guard found.error <= Check.most else {
      throw Problem(
        "The gradient of `\(loss.name)` parts from differences at row \(found.row), column \(found.column): "
          + "\(Format.decimal(found.gradient, 6)) and \(Format.decimal(found.difference, 6)).",
        about: Check.command.word(\.$condition),
        advice:
          "The loss has a kink near there, such as that of `\(WhereOptions.command.name)`, `\(Matrices.max.name)` or `\(Arithmetic.abs.name)`.",
        kind: .checkFailed
      )
    }
    let some =
      found.compared == found.count
      ? "all \(counted(found.count, "number"))" : "\(found.compared) of \(counted(found.count, "number"))"
    var lines = [
      "loss \(NumberText.rounded(found.loss, digits: 6))",
      "gradient and differences agree at \(some) of z; at most \(Check.share(found.error)) apart",
    ]
    var error = found.error
    if let against {
      error = try compare(loss, with: against, at: z, run)
      lines.append(
        "value and gradient are those of \(against.rawValue); at most \(Check.share(error)) apart")
    }
    return AgreementValue(lines: lines, loss: found.loss, error: error)
  }

  /// The largest difference from a built-in loss. Throws where it is more than rounding.
  private func compare(
    _ loss: LossFunctionValue, with other: BuiltInLoss, at z: Grid<Double>, _ run: Run
  ) throws -> Double {
    let name = other.rawValue
    guard z.shape.rows % 2 == 0, z.shape.rows >= 4 else {
      throw Problem(
        "`\(name)` takes at least two pairs of views, and z has \(Format.counted(z.shape.rows, "row"))",
        about: Check.command.word(\.of), kind: .badValue)
    }
    let settings = loss.function.source.settings
    let temperature =
      temperature ?? (settings["tau"] ?? settings["τ"] ?? settings["temperature"]).map { Float($0) } ?? 0.5
    let (own, theirs) = try run.pass { pass in
      (
        try loss.function.gradient(at: z, pass: pass),
        try other.result(of: z.tensor, temperature: temperature, pass: pass)
      )
    }
    let gap = abs(own.loss - theirs.loss) / max(1e-12, abs(theirs.loss))
    guard gap <= Check.mostBuiltIn else {
      throw Problem(
        "The value of `\(loss.name)` is \(NumberText.rounded(own.loss, digits: 6)), and that of `\(name)` "
          + "\(NumberText.rounded(theirs.loss, digits: 6)).", about: Check.command.word(\.$condition),
        advice:
          "Compare them piece by piece; `\(name)` is taken at temperature \(Number(temperature).summary).",
        kind: .checkFailed)
    }
    let (mine, built) = (own.gradient.numbers, theirs.gradient.elements.map(Double.init))
    let largest = max(1e-12, built.reduce(0) { max($0, abs($1)) })
    let distances = zip(mine, built).map { abs($0 - $1) / largest }
    let worst = distances.indices.max { distances[$0] < distances[$1] } ?? 0
    guard distances[worst] <= Check.mostBuiltIn else {
      throw Problem(
        "The gradients of `\(loss.name)` and `\(name)` part at row \(worst / z.shape.columns), column \(worst % z.shape.columns): "
          + "\(Format.decimal(mine[worst], 6)) and \(Format.decimal(built[worst], 6)).",
        about: Check.command.word(\.$condition),
        advice: "The values agree, so a part that is constant here is not in the other.", kind: .checkFailed)
    }
    return max(gap, distances[worst])
  }

  private static func share(_ error: Double) -> String { NumberText.rounded(error, digits: 1) }
}
