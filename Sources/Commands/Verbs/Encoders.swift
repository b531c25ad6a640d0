import Language
import Networks
import Tensors

struct ResNetOptions {
  enum Stem: String, CaseIterable, OptionValue { case auto, cifar, imagenet }
  var size = 32
  var width = 64
  var stem = Stem.auto
  var seed: Int?

  private static func command(depth: Int) -> Command<ResNetOptions> {
    Command(
      name: "resnet\(depth)", summary: "A residual network of \(depth) layers (He et al. 2016).",
      details: """
        Stem cifar is a 3×3 convolution and keeps small pictures large; stem imagenet is a 7×7 convolution of stride 2 \
        with a max-pool. Auto takes cifar up to 64 pixels. Half the width is about four times as fast.
        """,
      gives: "encoder", group: "Networks", defaults: ResNetOptions(),
      options: [
        Option(
          "size", \.size, "Side of the pictures; others are resized to it", in: 8...1024, unit: "pixels"),
        Option(
          "width", \.width, "Channels of the first stage; the representation has 8 times as many", in: 1...512
        ),
        Option("stem", \.stem, "The first layers"),
        Option(
          "seed", \.seed, "Other initial weights for another seed; the session's seed where it is left out"),
      ],
      examples: [
        Example(code: "encoder = resnet\(depth) width=8 size=32"),
        Example(code: "resnet\(depth) size=64 stem=imagenet width=16"),
      ]
    ) { options, context in
      let stem: ResNet.Stem =
        switch options.stem {
        case .cifar: .cifar
        case .imagenet: .imagenet
        case .auto: options.size <= 64 ? .cifar : .imagenet
        }
      let seed = context.session.seed(options.seed)
      return try EncoderValue {
        var random = RandomStream(seed: seed, name: "resnet\(depth)", indices: [])
        return try ResNet(depth: depth, stem: stem, width: options.width, size: options.size, random: &random)
      }
    }
  }

  static let resnet18 = command(depth: 18)
  static let resnet34 = command(depth: 34)
}

struct CNNOptions {
  var size = 32
  var width = 32
  var seed: Int?

  static let command = Command(
    name: "cnn", summary: "A small convolutional network for the classroom, quick to train.",
    details:
      "Four 3×3 convolutions with batch normalisation and ReLU; the representation has 8 times the width.",
    gives: "encoder", group: "Networks", defaults: CNNOptions(),
    options: [
      Option("size", \.size, "Side of the pictures; others are resized to it", in: 8...1024, unit: "pixels"),
      Option("width", \.width, "Channels after the first layer", in: 1...512),
      Option(
        "seed", \.seed, "Other initial weights for another seed; the session's seed where it is left out"),
    ],
    examples: ["encoder = cnn size=32 width=16", "describe (cnn)"]
  ) { options, context in
    let seed = context.session.seed(options.seed)
    return try EncoderValue {
      var random = RandomStream(seed: seed, name: "cnn", indices: [])
      return try CNN(width: options.width, size: options.size, random: &random)
    }
  }
}
