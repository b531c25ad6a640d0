import Language
import Learning

struct Swav {
  @Required var encoder: EncoderValue
  var head = SwAVMethod.Options().head
  var prototypes = SwAVMethod.Options().prototypes
  var temperature = SwAVMethod.Options().temperature
  var epsilon = SwAVMethod.Options().epsilon
  var even = true
  var queue = 0
  var frozen = 1
  var crops = 0
  var cropsize: Int?
  var cropscale = SmallViews().scale
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "swav", summary: "SwAV: each view tells to which prototypes the other view belongs.",
    details: """
      Scores s = z·W compare the normalised z with K prototypes, which are learned. A code q says how much of an image belongs to each \
      prototype: exp(s/ε), shared out over the batch so that all prototypes are used alike (three rounds of Sinkhorn and Knopp). The loss is \
      −Σₖ qₖ log softmax(s′/τ)ₖ, the code of one view against the scores of the other, mean over both directions (Caron et al. 2020, \
      equation 2). ln K by chance. With even=false codes are softmaxes of the scores, and all images go to one prototype: the metric \
      `prototypes` falls to 1.

      With crops=6 there are six small views beside the two large ones: they tell the codes of the large ones and give none \
      themselves (multi-crop). They are cheap: a view of 18 pixels costs two fifths of one of 32. Networks without learned positions take \
      them. The number of prototypes may not exceed the batch, unless `queue` rows of earlier batches take part. The prototypes stay as \
      they are for the first epoch of a training. Published: 3000 prototypes, queue=3840; the author advises 10 to 300 for CIFAR-10.
      """,
    gives: "model", group: "Learning", defaults: Swav(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the projection head's layers; [] for no head, so that z = h",
        in: 1...16_384),
      Option("prototypes", \.prototypes, "Number of prototypes", in: 2...100_000),
      Option("temperature", \.temperature, "τ, divides the scores", above: 0),
      Option(
        "epsilon", \.epsilon,
        "ε: the smaller, the more of a code goes to one prototype; 0.03 where the loss stays at ln K",
        in: 0.001...10),
      Option("even", \.even, "Whether codes use all prototypes alike"),
      Option(
        "queue", \.queue, "Rows of earlier batches that take part in that, for each view", in: 0...1_000_000),
      Option("frozen", \.frozen, "Epochs for which the prototypes stay as they are", in: 0...1000),
      .crops(\.crops), .cropSize(\.cropsize), .cropScale(\.cropscale),
      Option("augment", \.augment, "Augmentation that makes the views"),
      .seed(\.seed, "the initial weights of head and prototypes"),
    ],
    examples: [
      Example(
        code:
          "model = swav (cnn width=4 size=16) prototypes=20 crops=2\ntrain model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16")
    ]
  ) { options, context in
    let settings = SwAVMethod.Options(
      head: options.head, prototypes: options.prototypes, temperature: options.temperature,
      epsilon: options.epsilon, isEven: options.even, queue: options.queue, frozen: options.frozen,
      small: SmallViews(options.crops, side: options.cropsize, scale: options.cropscale))
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [options.head], context
    ) { try SwAVMethod(encoder: $0.description, options: settings, random: &$1) }
  }
}

extension SwAVMethod: MethodWords {
  var title: String { "SwAV" }
  func head(from width: Int) -> String {
    Self.head(options.head, from: width) + "; \(Format.counted(options.prototypes, "prototype"))"
  }
  var loss: String {
    "cross entropy with the other view's code, temperature \(Number(options.temperature).summary)"
      + (options.isEven ? "" : ", codes not shared out")
      + (options.small.count > 0 ? "; \(Format.counted(options.small.count, "small view"))" : "")
  }
  var members: [(name: String, value: any Value)] { [("prototypes", Number(Double(options.prototypes)))] }
  var headBox: (title: String, detail: String) { Self.headBox(options.head) }
  var lossBox: (title: String, detail: String) {
    ("swapped codes", "\(Format.counted(options.prototypes, "prototype"))")
  }
}
