import Language
import Learning

struct Byol {
  @Required var encoder: EncoderValue
  var head = BYOLMethod.Options().head
  var predictor = BYOLMethod.Options().predictor
  var momentum = BYOLMethod.Options().momentum.start
  var rises = true
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "byol",
    summary:
      "A model without negatives: it predicts what a slow copy of itself, its twin, makes of the other view.",
    details: """
      z = g(f(x)), p = q(z), and the twin, which is not trained, makes z′ = g′(f′(x′)) of the other view. The loss is the sum over both \
      directions of 2 − 2 cos(p, z′), a mean over the batch (Grill et al. 2020, equation 2): 0 when all predictions hit, 4 by \
      chance. After each step the twin's weights move towards the model's: θ′ ← m θ′ + (1 − m) θ, with m from `momentum` up to 1 along \
      half a cosine. With momentum=0 the twin is a copy, with momentum=1 it stays as it was made; without a predictor \
      (predictor=0) outputs collapse: watch=[spread, rank] shows it, the loss does not.

      Each view goes through both networks by itself, so batch normalisation sees one view of each image. The twin costs a forward \
      pass of each view, a third of a step, and the memory of its weights. `embed` uses the model's own encoder. The paper has head=[4096, 256] \
      predictor=4096 for ResNet50; its momentum of 0.996 is for hundreds of thousands of steps, and in a few thousand 0.99 leaves less \
      of the start.
      """,
    gives: "model", group: "Learning", defaults: Byol(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the projection head's layers; [] for no head, so that z = h",
        in: 1...16_384),
      Option(
        "predictor", \.predictor, "Width of the predictor's hidden layer; 0 for no predictor, so that p = z",
        in: 0...16_384),
      Option("momentum", \.momentum, "Share of the twin's weights that stay at each step", in: 0...1),
      Option("rises", \.rises, "Whether the momentum rises to 1 in the course of a training"),
      Option("augment", \.augment, "Augmentation that makes the two views"),
      .seed(\.seed, "the initial weights of head and predictor"),
    ],
    examples: [
      "model = byol (resnet18 width=8)",
      Example(
        code:
          "collapsing = byol (cnn width=4 size=16) predictor=0\ntrain collapsing on=few epochs=2 batch=32 watch=[spread, rank]",
        setup: "few = load shapes train=64 test=10 size=16"),
    ]
  ) { options, context in
    let settings = BYOLMethod.Options(
      head: options.head, predictor: options.predictor,
      momentum: TwinMomentum(options.momentum, rises: options.rises))
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [options.head], context
    ) { try BYOLMethod(encoder: $0, options: settings, random: &$1) }
  }
}

extension BYOLMethod: MethodWords {
  var title: String { "BYOL" }

  func head(from width: Int) -> String {
    Self.head(options.head, from: width) + "; " + Self.predictor(options.predictor, of: outputWidth)
  }

  var loss: String {
    "squared distance of prediction and the twin's projection; twin: \(options.momentum.words)"
  }
  var members: [(name: String, value: any Value)] { [("momentum", Number(options.momentum.start))] }
  var headBox: (title: String, detail: String) { Self.headBox(options.head) }
  var lossBox: (title: String, detail: String) { ("2 − 2·cos(p, z′)", "both directions") }
  var predictorBox: (title: String, detail: String)? { Self.predictorBox(options.predictor, outputWidth) }
  var otherBranch: OtherBranch { .twin(options.momentum.words) }
}
