import Images
import Language
import Learning

struct Supervised {
  @Required var encoder: EncoderValue
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "supervised",
    summary: "A model that learns from labels, to compare with: an encoder and one linear layer.",
    details: """
      It is trained, embedded and plotted as a contrastive model is. Each of the two views of an image is classified, and the loss is \
      the softmax cross entropy with its label, the mean over all views; its chance is ln(classes). The linear layer, one score \
      for each class, is made when the first training says what classes there are. `evaluate model on=images` says how \
      often the model is right.
      """,
    gives: "model", group: "Learning", defaults: Supervised(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option("augment", \.augment, "How the two views are made"),
      Option("seed", \.seed, "Other initial weights of the linear layer for another seed"),
    ],
    examples: [
      Example(
        code:
          "model = supervised (cnn width=4 size=16)\ntrain model on=shapes epochs=1 batch=32\nevaluate model on=shapes.test",
        setup: "shapes = load shapes train=64 test=20 size=16")
    ]
  ) { options, context in
    ModelValue(
      ContrastiveModel(
        supervised: try options.encoder.make(context.run()), augmentation: options.augment.augmentation,
        seed: context.session.seed(options.seed)))
  }
}
