import Language
import Learning

struct Vicreg {
  @Required var encoder: EncoderValue
  var head = VICRegMethod.Options().head
  var invariance = VICRegMethod.Options().invariance
  var variance = VICRegMethod.Options().variance
  var covariance = VICRegMethod.Options().covariance
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "vicreg",
    summary: "VICReg: two views alike, each output varied over the batch, no two outputs correlated.",
    details: """
      The loss has three parts (Bardes et al. 2022, equation 6): λ times the mean squared difference of the two views' outputs; μ times \
      how much the standard deviation of each output over the batch lacks to 1, mean over outputs, of both views; and ν times the squares \
      of the covariances of different outputs, divided by their number, of both views. z is not normalised. Each part is a metric of the \
      history. Without the second, variance=0, all outputs draw together: the metric `variance` rises towards 2, which is said in a line of its own, and the \
      rank of h falls.

      The authors' code counts the second part half, so their published numbers are those of variance=12.5 here. The published heads are \
      [8192, 8192, 8192] for ResNet50 and [2048, 2048, 2048] for CIFAR-10. Each view goes through the network by itself.
      """,
    gives: "model", group: "Learning", defaults: Vicreg(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the projection head's layers; [] for no head, so that z = h",
        in: 1...16_384),
      Option("invariance", \.invariance, "λ, the weight of the difference of two views", in: 0...100_000),
      Option(
        "variance", \.variance, "μ, the weight of the lack of variance; 0 takes it out", in: 0...100_000),
      Option("covariance", \.covariance, "ν, the weight of covariances; 0 takes them out", in: 0...100_000),
      Option("augment", \.augment, "Augmentation that makes the two views"),
      .seed(\.seed, "the initial weights of the head"),
    ],
    examples: [
      "model = vicreg (resnet18 width=8) head=[256, 256]",
      Example(
        code:
          "collapsing = vicreg (cnn width=4 size=16) variance=0\ntrain collapsing on=few epochs=2 batch=32 watch=[spread, rank]",
        setup: "few = load shapes train=64 test=10 size=16"),
    ]
  ) { options, context in
    let settings = VICRegMethod.Options(
      head: options.head, invariance: options.invariance, variance: options.variance,
      covariance: options.covariance)
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [options.head], context
    ) { VICRegMethod(inputWidth: $0.outputWidth, options: settings, random: &$1) }
  }
}

extension VICRegMethod: MethodWords {
  private var weights: String {
    [options.invariance, options.variance, options.covariance].map { Number($0).summary }
      .joined(separator: ", ")
  }

  var title: String { "VICReg" }
  func head(from width: Int) -> String { Self.head(options.head, from: width) }
  var loss: String { "invariance, variance, covariance, weighted \(weights)" }
  var headBox: (title: String, detail: String) { Self.headBox(options.head) }
  var lossBox: (title: String, detail: String) { ("VICReg", weights) }
}
