import Language
import Learning

struct Barlow {
  @Required var encoder: EncoderValue
  var head = BarlowTwinsMethod.Options().head
  var lambda = BarlowTwinsMethod.Options().lambda
  var scale = BarlowTwinsMethod.Options().scale
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "barlow",
    summary: "Barlow Twins: each output should agree between two views, and no two outputs with each other.",
    details: """
      C is the matrix of correlations between the outputs of the two views over a batch, C = ÂᵀB̂/N with columns of mean 0 and \
      variance 1. The loss is c (Σᵢ (Cᵢᵢ − 1)² + λ Σᵢ≠ⱼ Cᵢⱼ²) (Zbontar et al. 2021, equation 1): the diagonal makes views agree, the rest \
      keeps outputs from saying the same. There are no negatives, no twin and no stopped gradient. With lambda=0 outputs may repeat \
      each other: watch=[rank] shows it.

      By chance the loss is about c times the width of z, and also where all outputs are alike. The published heads are \
      [8192, 8192, 8192] for ResNet50 and [2048, 2048, 2048] for CIFAR-10; solo-learn takes scale=0.1 there, which makes a \
      difference under sgd and lars. Each view goes through the network by itself.
      """,
    gives: "model", group: "Learning", defaults: Barlow(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the projection head's layers; [] for no head, so that z = h",
        in: 1...16_384),
      Option("lambda", \.lambda, "λ, the weight of correlations between different outputs", in: 0...1000),
      Option("scale", \.scale, "c, a factor of the whole loss", above: 0),
      Option("augment", \.augment, "Augmentation that makes the two views"),
      .seed(\.seed, "the initial weights of the head"),
    ],
    examples: ["model = barlow (resnet18 width=8) head=[256, 256]"]
  ) { options, context in
    let settings = BarlowTwinsMethod.Options(
      head: options.head, lambda: options.lambda, scale: options.scale)
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [options.head], context
    ) { BarlowTwinsMethod(inputWidth: $0.outputWidth, options: settings, random: &$1) }
  }
}

extension BarlowTwinsMethod: MethodWords {
  var title: String { "Barlow Twins" }
  func head(from width: Int) -> String { Self.head(options.head, from: width) }
  var loss: String { "correlations towards the identity, λ = \(Number(options.lambda).summary)" }
  var members: [(name: String, value: any Value)] { [("lambda", Number(options.lambda))] }
  var headBox: (title: String, detail: String) { Self.headBox(options.head) }
  var lossBox: (title: String, detail: String) { ("C → identity", "λ = \(Number(options.lambda).summary)") }
}
