import Base
import Images
import Language
import Learning

struct Supervised {
  @Required var encoder: EncoderValue
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "supervised",
    summary: "A model that learns from labels, for comparison: an encoder and one linear layer.",
    details: """
      It is trained, embedded and plotted like a contrastive model. Both views of each image are classified, and the loss is the \
      softmax cross entropy with the label, averaged over all views; its chance level is ln(classes). The linear layer, with one \
      score for each class, is made at the first training, when the classes are known. `evaluate model on=images` gives the \
      model's accuracy.
      """,
    gives: "model", group: "Learning", defaults: Supervised(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option("augment", \.augment, "Augmentation that makes the two views"),
      .seed(\.seed, "the linear layer's initial weights"),
    ],
    examples: [
      Example(
        code:
          "model = supervised (cnn width=4 size=16)\ntrain model on=shapes epochs=1 batch=32\nevaluate model on=shapes.test",
        setup: "shapes = load shapes train=64 test=20 size=16")
    ], chance: .starts
  ) { options, context in
    let encoder = try options.encoder.make(context.run())
    let method = SupervisedMethod(
      inputWidth: encoder.outputWidth, seed: context.session.seed(options.seed))
    return ModelValue(
      ContrastiveModel(
        encoder: encoder, method: method, augmentation: options.augment.augmentation,
        normalisation: options.encoder.normalisation))
  }
}

extension SupervisedMethod: MethodWords {
  var title: String { "Supervised" }
  var activity: String { "Supervised training" }
  private var known: [String] { classes ?? [] }

  func head(from width: Int) -> String {
    known.isEmpty
      ? "one linear layer, to the classes of the first training" : Self.chain([width, known.count])
  }

  var loss: String {
    "cross entropy with the labels" + (known.isEmpty ? "" : ": \(firstFew(known, most: 10))")
  }

  var members: [(name: String, value: any Value)] { [("classes", List(known.map { Text($0) }))] }

  var headBox: (title: String, detail: String) { ("linear", known.isEmpty ? "classes" : "\(known.count)") }
  var lossBox: (title: String, detail: String) { ("cross entropy", "with the label") }
}
