import Language
import Learning

struct Simsiam {
  @Required var encoder: EncoderValue
  var head = SimSiamMethod.Options().head
  var predictor = SimSiamMethod.Options().predictor
  var stop = true
  var steady = true
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "simsiam",
    summary: "A model without negatives: one view predicts the other, which counts as constant.",
    details: """
      A second head q, the predictor, follows the projection head: z = g(f(x)), p = q(z). The loss is −½ cos(p₁, z₂) − ½ cos(p₂, z₁), a \
      mean over the batch, and the gradient flows through p alone: z counts as a constant (stop-gradient; Chen and He 2021, \
      equation 4). −1 is reached when all predictions hit, and also when all outputs are alike, so a low loss proves nothing: \
      watch=[spread, rank] tells the two apart. With stop=false, which is how one sees what the stop-gradient is for, all outputs become \
      alike; without a predictor, predictor=0, h fills fewer directions.

      Each view goes through the network by itself, so batch normalisation sees one view of each image. The head has batch \
      normalisation in every layer, the predictor in its hidden one. The paper's head is [2048, 2048] for CIFAR-10 with predictor=512, \
      for networks four times as wide and 800 epochs with optimizer=sgd rate=0.03 per 256 images and decay=5e-4; its accuracy \
      grows slowly.
      """,
    gives: "model", group: "Learning", defaults: Simsiam(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the projection head's layers; [] for no head, so that z = h",
        in: 1...16_384),
      Option(
        "predictor", \.predictor, "Width of the predictor's hidden layer; 0 for no predictor, so that p = z",
        in: 0...16_384),
      Option("stop", \.stop, "Stop-gradient: whether the other view's projection counts as a constant"),
      Option(
        "steady", \.steady,
        "Whether the predictor keeps the peak learning rate while that of the rest follows the schedule, as in the paper"
      ),
      Option("augment", \.augment, "Augmentation that makes the two views"),
      .seed(\.seed, "the initial weights of head and predictor"),
    ],
    examples: [
      "model = simsiam (resnet18 width=8)",
      Example(
        code:
          "collapsing = simsiam (cnn width=4 size=16) stop=false\ntrain collapsing on=few epochs=2 batch=32 watch=[spread, rank]",
        setup: "few = load shapes train=64 test=10 size=16"),
    ]
  ) { options, context in
    let settings = SimSiamMethod.Options(
      head: options.head, predictor: options.predictor, stopsGradient: options.stop, isSteady: options.steady)
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [options.head], context
    ) { SimSiamMethod(inputWidth: $0.outputWidth, options: settings, random: &$1) }
  }
}

extension SimSiamMethod: MethodWords {
  var title: String { "SimSiam" }

  func head(from width: Int) -> String {
    Self.head(options.head, from: width) + "; " + Self.predictor(options.predictor, of: outputWidth)
  }

  var loss: String {
    "negative cosine of prediction and projection" + (options.stopsGradient ? "" : ", without stop-gradient")
  }

  var headBox: (title: String, detail: String) { Self.headBox(options.head) }
  var lossBox: (title: String, detail: String) { ("−cos(p, z)", "both directions") }
  var predictorBox: (title: String, detail: String)? { Self.predictorBox(options.predictor, outputWidth) }
  var otherBranch: OtherBranch { options.stopsGradient ? .stopped : .shared }
}
