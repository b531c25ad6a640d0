import Base
import Language
import Learning
import Networks
import Tensors

/// A loss of one's own.
struct DeclareLoss {
  @Required var name: NewName
  @Required var outputs: InnerName
  var options = NamedValues()

  static let command: Command<DeclareLoss> = Command(
    name: "loss", summary: "A loss of your own: a formula of the outputs z, which models train with.",
    details: """
      z holds the outputs of the head for the 2N views of a batch, a view a row: rows i and i + N are the two views of one image, which \
      `partners` exchanges. The block calculates with matrices and ends with one number. Its names are its own, and the options have \
      numbers as defaults.

      `simclr encoder loss=mine` trains with it, or with other options `loss=(mine tau=0.1)`. `(mine of=z)` is its value, \
      `gradient mine of=z` how it changes with each output, `check mine of=z` compares that with differences, and with \
      against=ntxent value and gradient with a loss that is built in. The gradient goes back through every operation of the block, from the \
      last to the first. A number that is infinite or NaN ends it with the place where it arose. A model's file holds the formula.

      The first example is equation 1 of Chen et al. (2020), NT-Xent.
      """,
    gives: "loss function", group: "Matrices", defaults: DeclareLoss(),
    arguments: [
      Argument("name", \.$name, "Name of the loss"),
      Argument("outputs", \.$outputs, "Name of the outputs in the block"),
    ],
    options: [.others("options", \.options, "Options of the loss, with their defaults")],
    examples: [
      Example(
        code: """
          loss mine z tau=0.5 {
            u = normalise z
            e = exp (u @ (transpose u) / tau)
            others = sum (e * (1 - (identity z.rows))) each=row
            pull = exp ((sum (u * (partners u)) each=row) / tau)
            mean (-(log (pull / others)))
          }
          """),
      Example(
        code: """
          loss margin z m=0.4 {
            u = normalise z
            s = u @ (transpose u)
            lack = m + s - (sum (u * (partners u)) each=row)
            mean ((where (lack > 0) lack 0) * (1 - (identity z.rows)))
          }
          """),
    ],
    takesBlock: true, wordMayBeName: true, blockCalculates: true
  ) { options, context in
    guard let block = context.block else {
      throw Problem(
        "a loss needs its formula in braces", advice: "write \(command.name) mine z { mean (z * z) }",
        kind: .syntax)
    }
    let text = FormulaText(
      name: options.name.name, outputs: options.outputs.name, defaults: try options.defaults(in: context),
      block: block)
    let value = LossFunctionValue(
      text, settings: Dictionary(text.defaults.map { ($0.name, $0.value) }) { $1 })
    try tryOut(value)
    context.workspace[options.name.name] = value
    return value
  }

  /// The options with their defaults. Throws for names that are not free.
  private func defaults(in context: Language.Context) throws -> [(name: String, value: Double)] {
    var known: Set<String> = []
    func check(_ name: String, about parameter: String) throws {
      guard context.vocabulary.command(named: name) == nil, !context.vocabulary.isReserved(name) else {
        throw Problem(
          "`\(name)` is a command and cannot be a name here.", about: parameter,
          advice: "Choose another name, for example `my_\(name)`.", kind: .syntax)
      }
      guard known.insert(name).inserted, name != FormulaText.ofOption else {
        throw Problem(
          name == FormulaText.ofOption
            ? "`\(FormulaText.ofOption)` is what the loss is given its outputs by."
            : "`\(name)` is named twice.",
          about: parameter, advice: "Choose another name.", kind: .syntax)
      }
    }
    try check(name.name, about: Self.command.word(\.$name))
    try check(outputs.name, about: Self.command.word(\.$outputs))
    return try options.pairs.map { name, value in
      try check(name, about: name)
      guard let number = value as? Number, number.value.isFinite else {
        throw Problem(
          "An option of a loss has a number as its default, and this is \(withArticle(value.typeName)).",
          about: name, kind: .wrongType)
      }
      return (name, number.value)
    }
  }

  /// Finds slips that do not depend on what z is. Others may be due to the size of the trial.
  private static func tryOut(_ value: LossFunctionValue) throws {
    var random = RandomStream(seed: 0, name: "trial of a formula", indices: [])
    let z = Tensor([8, 6], drawnFrom: &random) { $0.normal() }
    do { _ = try value.function.gradient(at: Grid<Double>(z), pass: Pass()) } catch let failure
      as Block.Failure
    {
      if [.unknownWord, .wrongType].contains(failure.diagnostic.kind) { throw failure }
    } catch {}
  }
}

/// ∂loss/∂z.
struct GradientOptions {
  @Required var loss: LossFunctionValue
  @Required var of: MatrixOperand

  static let command = Command(
    name: "gradient", summary: "The gradient of a loss: how it changes with each number of z.",
    details: """
      Row i, column j holds ∂loss/∂z(i, j). Training moves outputs against it. It is calculated backwards through the operations of the \
      formula; `check` compares it with differences.
      """,
    gives: "matrix", group: "Matrices", defaults: GradientOptions(),
    arguments: [Argument("loss", \.$loss, "A loss, made by `loss`")],
    options: [Option("of", \.$of, "The outputs z: an embedding or a matrix")],
    examples: [
      Example(
        code: "gradient mine of=(matrix [[1, 2], [3, 4]])", setup: "loss mine z {\n  mean (z * z)\n}")
    ],
    showsValue: true, wordMayBeName: true
  ) { options, context in
    let z = options.of.grid
    let (_, gradient) = try context.run().pass { try options.loss.function.gradient(at: z, pass: $0) }
    let names =
      (options.of.value as? EmbeddingValue)?.images.rowNames ?? (options.of.value as? MatrixValue)?.rowNames
    return MatrixValue(calculated: gradient, rowNames: names ?? [])
  }
}

extension FormulaMethod: MethodWords {
  var title: String { "SimCLR" }
  func head(from width: Int) -> String { Self.head(headWidths, from: width) }
  private var options: [(name: String, value: Double)] {
    function.source.settings.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
  var loss: String {
    (["\(function.source.name), a formula"] + options.map { "\($0.name)=\(Number($0.value).summary)" })
      .joined(separator: ", ")
  }
  var members: [(name: String, value: any Value)] {
    options.filter { !["encoder", "history", "loss", "epochs", "parameters"].contains($0.name) }
      .map { ($0.name, Number($0.value)) }
  }
  var headBox: (title: String, detail: String) { Self.headBox(headWidths) }
  var lossBox: (title: String, detail: String) {
    (
      function.source.name,
      options.prefix(2).map { "\($0.name) = \(Number($0.value).summary)" }.joined(separator: ", ")
    )
  }
}
