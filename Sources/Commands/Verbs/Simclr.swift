import Images
import Language
import Learning
import Networks

struct Simclr {
  @Required var encoder: EncoderValue
  var head = [512, 128]
  var temperature: Float = 0.5
  var loss = Loss.standard
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  /// A loss that is built in, or one of one's own.
  enum Loss: OptionValue {
    enum BuiltIn: String, CaseIterable { case standard, published, decoupled, weighted }
    case builtIn(BuiltIn)
    case formula(LossFunctionValue)

    static let standard = Loss.builtIn(.standard)
    static let typeName = "loss function"
    static var words: [String] { BuiltIn.allCases.map(\.rawValue) }
    static func word(_ word: String) -> Loss? { BuiltIn(rawValue: word).map(Loss.builtIn) }
    static func read(_ value: any Value) throws -> Loss { .formula(try LossFunctionValue.read(value)) }
    var written: String { if case .builtIn(let loss) = self { loss.rawValue } else { "" } }
  }

  static let command: Command<Simclr> = Command(
    name: "simclr", summary: "A contrastive model: an encoder, a projection head and the NT-Xent loss.",
    details: """
      Two views of the same image should have similar projections, and views of different images dissimilar ones (Chen et al. \
      2020). With loss=decoupled the positive does not stand in the denominator, so that an easy one does not weaken the gradient of the \
      negatives (DCL; Yeh et al. 2022, with temperature=0.1), and with loss=weighted positives count more the less alike they \
      are (DCLW); both can be negative. The head serves the loss only: afterwards, use the encoder's output, as `embed` does.
      """,
    gives: "model", group: "Learning", defaults: Simclr(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the projection head's layers; [] for no head, so that z = h",
        in: 1...16_384),
      Option(
        "temperature", \.temperature,
        "Divides the similarities; small values weigh the hardest negatives most", above: 0),
      Option(
        "loss", \.loss,
        "NT-Xent as it is defined, or as the paper's code had it: the positive twice in the denominator, so that chance is ln(2N) "
          + "and nothing gets below ln 2; decoupled, without the positive in the denominator; that with weighted positives; or a loss of your own, made by `loss`"
      ),
      Option("augment", \.augment, "Augmentation that makes the two views"),
      .seed(\.seed, "the head's initial weights"),
    ],
    examples: [
      "model = simclr (resnet18 width=8) temperature=0.1",
      "simclr (resnet18 width=8) head=[64, 32] augment=[crop, flip]",
      "simclr (resnet18 width=8) head=[] loss=published",
      Example(
        code: "simclr (resnet18 width=8) loss=(mine tau=0.2)",
        setup: """
          loss mine z tau=0.5 {
            u = normalise z
            mean ((logsumexp (u @ (transpose u) / tau) each=row) - (sum (u * (partners u)) each=row) / tau)
          }
          """),
    ]
  ) { options, context in
    if case .formula(let own) = options.loss, context.isGiven(command.word(\.temperature)) {
      throw Problem(
        "`\(command.word(\.temperature))` belongs to the built-in losses", about: command.word(\.temperature),
        advice: own.memberNames.isEmpty
          ? "leave it out" : "the loss has options of its own: \(command.word(\.loss))=(\(own.use))")
    }
    let run = context.run(seed: context.session.seed(options.seed))
    var random = run.random("head")
    // A model gets an encoder of its own: training it must not change another model made from the same one.
    let encoder = try options.encoder.make(run)
    try ProjectionHead.checkMemory(input: encoder.outputWidth, widths: options.head)
    let head = ProjectionHead(input: encoder.outputWidth, widths: options.head, random: &random)
    try run.checkInterrupt()
    return options.encoder.model(of: encoder, try options.method(head), augment: options.augment)
  }
}

extension Simclr {
  private func method(_ head: ProjectionHead) throws -> any Method {
    switch loss {
    case .builtIn(let loss) where loss == .standard || loss == .published:
      let form = loss == .published ? NTXent.Form.published : .standard
      return SimCLRMethod(head: head, loss: try NTXent(temperature: temperature, form: form))
    case .builtIn(let loss):
      return try DecoupledMethod(head: head, temperature: temperature, isWeighted: loss == .weighted)
    case .formula(let own): return FormulaMethod(head: head, loss: own.function)
    }
  }
}

extension DecoupledMethod: MethodWords {
  var title: String { "SimCLR" }
  func head(from width: Int) -> String { Self.head(headWidths, from: width) }
  var loss: String {
    "decoupled\(isWeighted ? " and weighted" : ""), temperature \(Number(temperature).summary)"
  }
  var members: [(name: String, value: any Value)] { [("temperature", Number(temperature))] }
  var headBox: (title: String, detail: String) { Self.headBox(headWidths) }
  var lossBox: (title: String, detail: String) {
    (isWeighted ? "DCLW" : "DCL", "τ = \(Number(temperature).summary)")
  }
}

extension SimCLRMethod: MethodWords {
  var title: String { "SimCLR" }

  func head(from width: Int) -> String {
    headWidths.isEmpty ? "none: z is h" : Self.chain([width] + headWidths)
  }

  var loss: String {
    "NT-Xent, temperature \(Number(ntXent.temperature).summary)"
      + (ntXent.form == .published ? ", as published: the positive counts twice" : "")
  }

  var members: [(name: String, value: any Value)] { [("temperature", Number(ntXent.temperature))] }

  var headBox: (title: String, detail: String) {
    headWidths.isEmpty ? ("no head", "z = h") : ("head g", Self.chain(headWidths))
  }

  var lossBox: (title: String, detail: String) {
    (
      "NT-Xent" + (ntXent.form == .published ? ", as published" : ""),
      "τ = \(Number(ntXent.temperature).summary)"
    )
  }
}

extension NTXent.Form: OptionValue {}
