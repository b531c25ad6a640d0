import Language
import Learning
import Networks

struct Supcon {
  @Required var encoder: EncoderValue
  var head = [512, 128]
  var temperature: Float = 0.1
  var loss = SupConMethod.Form.outside
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "supcon", summary: "SimCLR with labels: all views of the same class attract.",
    details: """
      As NT-Xent, but the positives of a view are all views of images of its class: ℓᵢ = −(1/|Pᵢ|) Σ_{p∈Pᵢ} log( exp(s(i, p)/τ) / Σ_{k≠i} \
      exp(s(i, k)/τ) ) (Khosla et al. 2020, equation 2). With loss=inside the mean over the positives stands within the logarithm, as in \
      solo-learn. The images need labels. Where every view but its own is as likely, the loss is ln(2N − 1).
      """,
    gives: "model", group: "Learning", defaults: Supcon(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the projection head's layers; [] for no head, so that z = h",
        in: 1...16_384),
      Option("temperature", \.temperature, "Divides the similarities", above: 0),
      Option("loss", \.loss, "Place of the mean over the positives: outside the logarithm or inside"),
      Option("augment", \.augment, "Augmentation that makes the two views"),
      .seed(\.seed, "the initial weights of the head"),
    ],
    examples: [
      Example(
        code: "model = supcon (cnn width=4 size=16)\ntrain model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16")
    ]
  ) { options, context in
    try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [options.head], context
    ) { encoder, random in
      let head = ProjectionHead(input: encoder.outputWidth, widths: options.head, random: &random)
      return try SupConMethod(head: head, temperature: options.temperature, form: options.loss)
    }
  }
}

extension SupConMethod.Form: OptionValue {}

extension SupConMethod: MethodWords {
  var title: String { "SupCon" }
  func head(from width: Int) -> String { Self.head(headWidths, from: width) }
  var loss: String {
    "SupCon, temperature \(Number(temperature).summary)"
      + (form == .inside ? ", the mean inside the logarithm" : "")
  }
  var members: [(name: String, value: any Value)] { [("temperature", Number(temperature))] }
  var headBox: (title: String, detail: String) { Self.headBox(headWidths) }
  var lossBox: (title: String, detail: String) {
    ("SupCon, with labels", "τ = \(Number(temperature).summary)")
  }
}
