import Figures
import Images
import Language
import Learning
import Networks

struct Mae {
  @Required var encoder: EncoderValue
  var hidden = MAEMethod.Options().hidden
  var width = PatchDecoder.Shape().width
  var layers = PatchDecoder.Shape().layers
  var heads = PatchDecoder.Shape().heads
  var normalised = MAEMethod.Options().isNormalised
  var augment = AugmentationValue(
    .sequence([.crop(scale: 0.2...1, ratio: Augmentation.usualRatio), .flip(chance: 0.5)]))
  var seed: Int?

  static let command: Command<Mae> = Command(
    name: "mae", summary: "A masked autoencoder: a ViT learns to complete images of which it sees a quarter.",
    details: """
      Of each image three quarters of the patches are hidden, drawn anew at each step. The encoder sees the others and the class token, a small \
      decoder gets its outputs, the same learned token in the place of each hidden patch, and fixed positions (sines and cosines), and \
      predicts pixels. The loss is the mean of (x̂ − x)² over hidden patches, each patch x moved to mean 0 and variance 1 (He et al. 2022); to \
      predict the mean of each patch gives about 1. normalised=false compares the pixels as they are.

      A step costs little more than a quarter of the encoder's work, since that is done for the visible patches alone. The decoder is thrown \
      away: h is the class token of the whole image, and z is h. Take an encoder without dropout, as in the example, and crop and flip alone: \
      colours need no jitter where nothing is compared. Such representations are far from linear: nearest neighbours say less of them than of \
      contrastive ones, and published results are those of networks trained further with labels. Published: a decoder of width=512 layers=8 heads=16, 800 epochs.
      """,
    gives: "model", group: "Learning", defaults: Mae(),
    arguments: [Argument("encoder", \.$encoder, "The network to train: a ViT")],
    options: [
      Option("hidden", \.hidden, "Share of the patches that are hidden", in: 0...1),
      Option("width", \.width, "Width of a token of the decoder", in: 4...16_384),
      Option("layers", \.layers, "Number of the decoder's transformer layers", in: 1...96),
      Option("heads", \.heads, "Attention heads per layer of the decoder", in: 1...256),
      Option("normalised", \.normalised, "Whether each patch is normalised before it is compared"),
      Option("augment", \.augment, "Augmentation of the images"),
      .seed(\.seed, "the initial weights of the decoder"),
    ],
    examples: [
      Example(
        code:
          "model = mae (vit style=standard layers=2 heads=2 width=32 size=16 patch=4 dropout=0) width=32\ntrain model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16")
    ]
  ) { options, context in
    try options.augment.checkSingle(for: command.word(\.augment))
    let settings = MAEMethod.Options(
      hidden: options.hidden,
      decoder: PatchDecoder.Shape(width: options.width, layers: options.layers, heads: options.heads),
      isNormalised: options.normalised)
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [[options.width]], context
    ) { try MAEMethod(encoder: $0.description, options: settings, random: &$1) }
  }
}

extension MAEMethod: MethodWords {
  var title: String { "MAE" }
  private var decoderWords: String {
    "\(Format.counted(options.decoder.layers, "layer")) of width \(options.decoder.width)"
  }
  func head(from width: Int) -> String { "decoder: \(decoderWords)" }
  var loss: String {
    "squared error of hidden patches, \(Number(options.hidden * 100).summary) % of each image"
      + (options.isNormalised ? "" : ", not normalised")
  }
  var members: [(name: String, value: any Value)] { [("hidden", Number(options.hidden))] }
  var otherBranch: OtherBranch { .none(views: "visible patches") }
  var outputSign: Label { "x̂" }
  var headBox: (title: String, detail: String) { ("decoder", decoderWords) }
  var lossBox: (title: String, detail: String) { ("squared error", "hidden patches") }
}
