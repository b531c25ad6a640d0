import Language
import Learning

struct Nnclr {
  @Required var encoder: EncoderValue
  var head = NNCLRMethod.Options().head
  var predictor = NNCLRMethod.Options().predictor
  var temperature = NNCLRMethod.Options().temperature
  var queue = NNCLRMethod.Options().queue
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "nnclr",
    summary:
      "NNCLR: the positive of a view is the nearest neighbour of the other view, from earlier batches.",
    details: """
      z = g(f(x)), p = q(z); n is the row of a queue of earlier outputs that is nearest to z of one view. The loss is −log( exp(nᵢ·pᵢ/τ) / Σₖ \
      exp(nᵢ·pₖ/τ) ) with the predictions p of the other view, half for each direction (Dwibedi et al. 2021, equation 3). So a view \
      learns to be like another image, which its augmentation could not have made. Nothing learns through n. ln N by chance, and \
      the queue begins with random rows: the first epochs teach little. After each step z of the first view enters, and the oldest leave.

      Each view goes through the network by itself. The published settings are head=[2048, 2048, 256] predictor=4096 \
      queue=98304 for ImageNet; a queue should hold fewer rows than there are images.
      """,
    gives: "model", group: "Learning", defaults: Nnclr(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the projection head's layers; [] for no head, so that z = h",
        in: 1...16_384),
      Option(
        "predictor", \.predictor, "Width of the predictor's hidden layer; 0 for no predictor, so that p = z",
        in: 0...16_384),
      Option("temperature", \.temperature, "Divides the similarities", above: 0),
      Option("queue", \.queue, "Rows among which neighbours are looked for", in: 1...1_000_000),
      Option("augment", \.augment, "Augmentation that makes the two views"),
      .seed(\.seed, "the initial weights of the heads and the first rows of the queue"),
    ],
    examples: [
      Example(
        code: "model = nnclr (cnn width=4 size=16) queue=48\ntrain model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16")
    ]
  ) { options, context in
    let settings = NNCLRMethod.Options(
      head: options.head, predictor: options.predictor, temperature: options.temperature, queue: options.queue
    )
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [options.head], context
    ) { try NNCLRMethod(inputWidth: $0.outputWidth, options: settings, random: &$1) }
  }
}

extension NNCLRMethod: MethodWords {
  private var tau: String { Number(options.temperature).summary }

  var title: String { "NNCLR" }
  func head(from width: Int) -> String {
    Self.head(options.head, from: width) + "; " + Self.predictor(options.predictor, of: outputWidth)
  }
  var loss: String {
    "InfoNCE of the nearest of \(Format.counted(options.queue, "row")), temperature \(tau)"
  }
  var members: [(name: String, value: any Value)] {
    [("temperature", Number(options.temperature)), ("queue", Number(Double(options.queue)))]
  }
  var headBox: (title: String, detail: String) { Self.headBox(options.head) }
  var lossBox: (title: String, detail: String) { ("InfoNCE, nearest of \(options.queue)", "τ = \(tau)") }
  var predictorBox: (title: String, detail: String)? { Self.predictorBox(options.predictor, outputWidth) }
  var otherBranch: OtherBranch { .stopped }
}
