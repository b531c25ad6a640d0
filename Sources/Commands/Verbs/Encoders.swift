import Language
import Networks

struct ResNetOptions {
  enum Stem: String, CaseIterable, OptionValue { case auto, cifar, imagenet }
  var size = 32
  var width = 64
  var stem = Stem.auto
  var seed: Int?

  private static func command(_ depth: ResNet.Depth) -> Command<ResNetOptions> {
    Command(
      name: depth.rawValue, summary: "A residual network of \(depth.layers) layers (He et al. 2016).",
      details: """
        Stem cifar is a 3×3 convolution that keeps the size of small images; stem imagenet is a 7×7 convolution of stride 2 with a \
        max-pool. Auto chooses cifar up to 64 pixels. Half the width is about four times as fast.
        """,
      gives: "encoder", group: "Networks", defaults: ResNetOptions(),
      options: [
        Option(
          "size", \.size, "Side of the input images; others are resized to it", in: 8...1024, unit: "pixels"),
        Option(
          "width", \.width,
          "Channels of the first stage; the representation has \(depth.expansion) times as many values",
          in: 1...512),
        Option("stem", \.stem, "First layers of the network"),
        .seed(\.seed, "the initial weights"),
      ],
      examples: [
        Example(code: "encoder = \(depth) width=8 size=32"),
        Example(code: "\(depth) size=64 stem=imagenet width=16"),
      ]
    ) { options, context in
      let stem: ResNet.Stem =
        switch options.stem {
        case .cifar: .cifar
        case .imagenet: .imagenet
        case .auto: options.size <= 64 ? .cifar : .imagenet
        }
      return try EncoderValue(
        .resnet(depth, stem: stem, width: options.width, size: options.size), seed: options.seed, context)
    }
  }

  static let resnet18 = command(.resnet18)
  static let resnet34 = command(.resnet34)
  static let resnet50 = command(.resnet50)
}

struct CNNOptions {
  var size = 32
  var width = 32
  var seed: Int?

  static let command = Command(
    name: "cnn", summary: "A small convolutional network for the classroom, quick to train.",
    details:
      "Four 3×3 convolutions with batch normalisation and ReLU; the representation has 8 times as many values as the width.",
    gives: "encoder", group: "Networks", defaults: CNNOptions(),
    options: [
      Option(
        "size", \.size, "Side of the input images; others are resized to it", in: 8...1024, unit: "pixels"),
      Option("width", \.width, "Output channels of the first layer", in: 1...512),
      .seed(\.seed, "the initial weights"),
    ],
    examples: ["encoder = cnn size=32 width=16", "describe (cnn)"]
  ) { options, context in
    try EncoderValue(.cnn(width: options.width, size: options.size), seed: options.seed, context)
  }
}

struct ViTOptions {
  var layers = 6
  var heads = 6
  var size = 224
  var patch = 16
  var width: Int?
  var dropout: Float = 0.2
  var style = ViT.Style.paper
  var seed: Int?

  static let command = Command(
    name: "vit", summary: "A vision transformer (Dosovitskiy et al. 2021).",
    details: """
      The image is cut into patches, each a token; the representation is the class token after the last layer. Style paper is that \
      of "A down-scaled Self-Supervised approach" (section 7): patches as they are, ReLU, no final layer normalisation. Style \
      standard projects patches to the given width and has GELU, wider inner layers and a final layer normalisation. In a saved \
      file the tensors are named `token`, `position`, `blocks.0.norm1.weight`, `blocks.0.attention.in_proj_weight`, \
      `blocks.0.mlp.0.weight` and so on, and in style standard also `patch.weight` and `norm.weight`: unlike in torchvision.
      """,
    gives: "encoder", group: "Networks", defaults: ViTOptions(),
    options: [
      Option("layers", \.layers, "Number of transformer layers", in: 1...96),
      Option(
        "heads", \.heads, "Attention heads per layer; the width must be a multiple of their number",
        in: 1...256),
      Option(
        "size", \.size, "Side of the input images; others are resized to it", in: 8...2048, unit: "pixels"),
      Option("patch", \.patch, "Side of a patch; it divides the size", in: 1...128, unit: "pixels"),
      Option("width", \.width, "Width of a token; default: the number of values in a patch"),
      Option("dropout", \.dropout, "Dropout: the share of activations set to 0 in training", in: 0...0.95),
      Option("style", \.style, "Variant: that of the paper, or the standard one"),
      .seed(\.seed, "the initial weights"),
    ],
    examples: [
      Example(code: "encoder = vit layers=2 heads=4 size=32 patch=8"),
      Example(code: "vit style=standard layers=4 heads=3 width=96 size=32 patch=4 dropout=0"),
    ]
  ) { options, context in
    try EncoderValue(
      .vit(
        options.style, layers: options.layers, heads: options.heads, width: options.width,
        patch: options.patch, size: options.size, dropout: options.dropout), seed: options.seed, context)
  }
}

extension ViT.Style: OptionValue {}
