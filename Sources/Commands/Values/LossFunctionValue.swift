import Base
import FrontEnd
import Language
import Learning
import Tensors

/// A loss that was written in a cell, with the options that it is used with.
struct LossFunctionValue: Displayable, AdjustableValue, CheckedValue, OptionValue {
  static let typeName = "loss function"
  let function: FormulaLoss
  private let text: FormulaText

  init(_ text: FormulaText, settings: [String: Double]) {
    self.text = text
    function = text.loss(settings)
  }

  var name: String { function.source.name }

  /// "mine tau=0.2"
  var use: String {
    ([name]
      + text.defaults.map { "\($0.name)=\(Number(function.source.settings[$0.name] ?? $0.value).summary)" })
      .joined(separator: " ")
  }

  var summary: String { "loss function: \(use)" }

  var memberNames: [String] { text.defaults.map(\.name) }

  func member(_ name: String) -> (any Value)? { function.source.settings[name].map { Number($0) } }

  func rich(_ session: Session) throws -> Rich {
    let code = function.source.text
    return Rich(
      text: summary + "\n" + code,
      html:
        "<div \(HTML.literal)><strong>\(HTML.escaped(summary))</strong><pre>\(HTML.escaped(code))</pre></div>"
    )
  }

  /// The loss with other options, or with `of=z` its value there.
  func adjusted(by given: NamedValues) throws -> any Value {
    var settings = function.source.settings
    var z: MatrixOperand?
    for (name, value) in given.pairs {
      if name == FormulaText.ofOption {
        z = try MatrixOperand.read(value)
        continue
      }
      guard settings[name] != nil else {
        let advice =
          settings.isEmpty
          ? "It has none; `(\(self.name) \(FormulaText.ofOption)=z)` is its value."
          : nearestOption(to: name) ?? "It has \(listed(memberNames.map { "`\($0)`" }, last: "and"))."
        throw Problem(
          "The loss `\(self.name)` has no option `\(name)`.", about: name, isAboutItsName: true,
          advice: advice,
          kind: .unknownWord)
      }
      guard let number = value as? Number, number.value.isFinite else {
        throw Problem(
          "`\(name)` takes a number, and this is \(withArticle(value.typeName)).", about: name,
          kind: .wrongType)
      }
      settings[name] = number.value
    }
    let adjusted = LossFunctionValue(text, settings: settings)
    guard let z else { return adjusted }
    return Number(try adjusted.function.value(at: z.grid, pass: Pass()))
  }

  private func nearestOption(to name: String) -> String? {
    Problem.unknownName(name, among: memberNames, of: "option").advice
  }

  /// Reads the text of a model's file. Throws `Problem` where it is more than a declaration of a loss, or makes no sense.
  static func read(_ source: FormulaSource, in file: String, stoppedWith session: Session) throws
    -> FormulaLoss
  {
    let unclear = "\(file) holds a loss that this version does not understand"
    guard Verbs.vocabulary.isDeclaration(by: DeclareLoss.command.name, source.text) else {
      throw Problem(unclear, about: Open.command.word(\.$path))
    }
    let reader = Session(stoppedWith: session)
    do throws(CellError) { _ = try reader.run(cell: source.text + ";", console: SilentConsole()) } catch {
      throw Problem("\(unclear): \(error.message)", about: Open.command.word(\.$path))
    }
    guard let value = reader.workspace[source.name] as? LossFunctionValue,
      Set(value.function.source.settings.keys) == Set(source.settings.keys)
    else { throw Problem(unclear, about: Open.command.word(\.$path)) }
    return LossFunctionValue(value.text, settings: source.settings).function
  }
}

/// The declaration of a loss: its block, and what the names in it are.
struct FormulaText: @unchecked Sendable {
  // Sendable: a block never changes.
  static let ofOption = "of"
  let name: String
  /// The name of the outputs in the block.
  let outputs: String
  let defaults: [(name: String, value: Double)]
  private let block: Block

  init(name: String, outputs: String, defaults: [(name: String, value: Double)], block: Block) {
    (self.name, self.outputs, self.defaults, self.block) = (name, outputs, defaults, block)
  }

  /// The declaration as one writes it, with nothing but numbers as defaults.
  private var declaration: String {
    let options = defaults.map { " \($0.name)=\(NumberText.exact($0.value))" }.joined()
    return "\(DeclareLoss.command.name) \(name) \(outputs)\(options) \(block.text)"
  }

  func loss(_ settings: [String: Double]) -> FormulaLoss {
    FormulaLoss(
      FormulaSource(name: name, text: declaration, settings: settings),
      placed: { error, place in
        failure(error, at: place.map { SourceRange($0.lowerBound, $0.upperBound) })
      },
      body: { z, pass in try evaluate(z, settings, pass) })
  }

  private func evaluate(_ z: any FormulaMatrix, _ settings: [String: Double], _ pass: Pass) throws
    -> any FormulaMatrix
  {
    let host = FormulaHost(pass: pass)
    for (name, value) in settings { host.workspace[name] = Number(value) }
    host.workspace[outputs] = FormulaValue(z)
    let value: (any Value)?
    do throws(Block.Failure) { value = try block.value(on: host) } catch {
      if error.isInterrupt { throw Interrupted() }
      throw error.prefixed("In the loss `\(name)`: ")
    }
    switch value {
    case let formula as FormulaValue: return formula.matrix
    case is Number, is MatrixValue: throw failure(.independent, at: nil)
    default:
      let found = value.map { withArticle($0.typeName) } ?? "nothing"
      throw block.failure(
        Problem(
          "In the loss `\(name)`: its last line is to give a number made of \(outputs), and it gives \(found).",
          kind: .wrongType))
    }
  }

  private func failure(_ error: FormulaError, at range: SourceRange?) -> Block.Failure {
    var problem = Session.explained(error) ?? Problem("\(error)")
    problem.message = "In the loss `\(name)`: \(problem.message)"
    switch error {
    case .matrix, .independent: problem.kind = .wrongType
    default: break
    }
    return block.failure(problem, at: range)
  }
}

/// The small world in which a loss is evaluated: z, the options, and the names of its block.
private final class FormulaHost: Host {
  let workspace = Workspace()
  var turns: [Int] = []
  private let pass: Pass

  init(pass: Pass) { self.pass = pass }

  func show(_ value: any Value) {}
  func write(_ text: String) {}
  func checkInterrupt() throws { try pass.check() }
  func explain(_ error: any Error) -> Problem? { Session.explained(error) }
}
