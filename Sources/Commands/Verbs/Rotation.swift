import Language
import Learning

struct Rotation {
  @Required var encoder: EncoderValue
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command: Command<Rotation> = Command(
    name: "rotation", summary: "A pretext task: tell by how much an image was turned.",
    details: """
      Each image enters four times, turned by 0, 90, 180 and 270°, and one linear layer on h tells which it is; the loss is the mean cross \
      entropy, ln 4 by chance (Gidaris et al. 2018). To tell, a network must know what stands upright in an image. Pixels are moved and not \
      interpolated, after the augmentation, so that nothing but the content gives the angle away. z are the four scores. A step has four \
      views of each image, so it takes twice the time of SimCLR's.
      """,
    gives: "model", group: "Learning", defaults: Rotation(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option("augment", \.augment, "Augmentation before the rotation"),
      .seed(\.seed, "the initial weights of the linear layer"),
    ],
    examples: [
      Example(
        code:
          "model = rotation (cnn width=4 size=16) augment=[crop, flip]\ntrain model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16")
    ]
  ) { options, context in
    try options.augment.checkAlike(
      for: command.word(\.augment), or: "views that are made in different ways would tell the angle")
    return try options.encoder.model(augment: options.augment, seed: options.seed, heads: [], context) {
      RotationMethod(inputWidth: $0.outputWidth, random: &$1)
    }
  }
}

extension RotationMethod: MethodWords {
  var title: String { "Rotation" }
  func head(from width: Int) -> String { Self.chain([width, 4]) }
  var loss: String { "cross entropy with the angle" }
  var otherBranch: OtherBranch { .none(views: "4 turned views") }
  var headBox: (title: String, detail: String) { ("linear", "4 angles") }
  var lossBox: (title: String, detail: String) { ("cross entropy", "with the angle") }
}
