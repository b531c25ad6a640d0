import Base
import Images
import Language
import Learning

struct Supervised {
  @Required var encoder: OneOf<EncoderValue, ModelValue>
  var augment = AugmentationValue(.simclr)
  var freeze = FineTuning.Freeze.none
  var rates = [FineTuning().encoderRate, FineTuning().headRate]
  var seed: Int?

  static let command: Command<Supervised> = Command(
    name: "supervised",
    summary: "A model that learns from labels: an encoder, new or of a trained model, and one linear layer.",
    details: """
      It is trained, embedded and plotted like a contrastive model. Both views of each image are classified, and the loss is the \
      softmax cross entropy with the label, averaged over all views; its chance level is ln(classes). The linear layer, with one \
      score for each class, is made at the first training, when the classes are known. `evaluate model on=images` gives the \
      model's accuracy.

      Given a trained model, it begins with a copy of that model's encoder (of DINO that of the teacher) and of its normalisation of \
      images: fine-tuning. The given model does not change, and its classes, if it has any, play no part, since the linear layer \
      is new. The card of the new model, and its file, say what it began with.

      With freeze=true the encoder stays as it is, so that the linear layer alone learns (linear probing), and with freeze=3 it does \
      so for the model's first 3 epochs. A frozen encoder is in evaluation: batch normalisation uses its running statistics, which \
      do not move either, there is no dropout, and no gradient goes through it, so that a step takes about a third of the time and less \
      memory. rates=[0.1, 1] makes the encoder learn by a tenth of the learning rate of `train`, and the linear layer by all of it; with \
      rate=1 in `train` they are the learning rates themselves, as papers give them: rates=[0.02, 5].
      """,
    gives: "model", group: "Learning", defaults: Supervised(),
    arguments: [
      Argument(
        "encoder", \.$encoder,
        "The network to train, or a trained model, with a copy of whose encoder to begin")
    ],
    options: [
      Option("augment", \.augment, "Augmentation that makes the two views"),
      Option(
        "freeze", \.freeze,
        "Whether the encoder stays as it is, or the number of epochs for which it does"),
      Option(
        "rates", \.rates,
        "Multiples of the learning rate of `train`, for the encoder and for the linear layer",
        in: FineTuning.rates),
      .seed(\.seed, "the linear layer's initial weights"),
    ],
    examples: [
      Example(
        code:
          "model = supervised (cnn width=4 size=16)\ntrain model on=shapes epochs=1 batch=32\nevaluate model on=shapes.test",
        setup: "shapes = load shapes train=64 test=20 size=16"),
      Example(
        code:
          "tuned = supervised model freeze=1 rates=[0.1, 1]\ntrain tuned on=(sample shapes.train perclass=2) epochs=2 batch=10\n"
          + "evaluate tuned on=shapes.test",
        setup:
          "shapes = load shapes train=64 test=20 size=16\nmodel = simclr (cnn width=4 size=16)\ntrain model on=shapes epochs=1 batch=32"
      ),
    ]
  ) { options, context in
    guard options.rates.count == 2 else {
      throw Problem(
        "`\(command.word(\.rates))` are two numbers, the encoder's and the linear layer's, and this is "
          + counted(options.rates.count, "number"),
        about: command.word(\.rates), advice: "as \(command.given(\.rates, [0.1, 1]))")
    }
    let start =
      switch options.encoder {
      case .first(let encoder): encoder
      case .second(let model): EncoderValue(copying: model.model)
      }
    let encoder = try start.make(context.run())
    let method = SupervisedMethod(
      inputWidth: encoder.outputWidth, seed: context.session.seed(options.seed),
      fineTuning: FineTuning(
        freeze: options.freeze, encoderRate: options.rates[0], headRate: options.rates[1]))
    return start.model(of: encoder, method, augment: options.augment)
  }
}

extension FineTuning.Freeze: OptionValue {
  public static let typeName = "true, false or number of epochs"

  public static func read(_ value: any Value) throws -> Self {
    if let truth = value as? Truth { return truth.isTrue ? .encoder : .none }
    guard let number = value as? Number else { throw Mismatch(expected: typeName, found: value) }
    guard let epochs = number.whole, (0...100_000).contains(epochs) else {
      throw Mismatch(expected: "whole number of epochs, at most 100,000", found: "this is \(number.summary)")
    }
    return epochs == 0 ? .none : .epochs(epochs)
  }

  public var written: String {
    switch self {
    case .none: "false"
    case .encoder: "true"
    case .epochs(let epochs): String(epochs)
    }
  }
}

extension FineTuning {
  /// Freeze and learning rates in words; nil where the encoder learns as the rest does.
  var words: String? {
    let rates =
      (encoderRate, headRate) == (1, 1)
      ? nil
      : "learning rates × \(Number(encoderRate).summary) for the encoder, × \(Number(headRate).summary) for the linear layer"
    switch freeze {
    case .none: return rates
    case .encoder: return "frozen encoder"
    case .epochs(let epochs):
      return "encoder frozen for the first \(counted(epochs, "epoch"))" + (rates.map { "; \($0)" } ?? "")
    }
  }

  /// The same in the few words of a box.
  var mark: String? {
    switch freeze {
    case .none: nil
    case .encoder: "frozen"
    case .epochs(let epochs): "frozen for \(counted(epochs, "epoch"))"
    }
  }

  /// Whether the encoder was frozen in an epoch, counted from 1.
  func isFrozen(inEpoch epoch: Int) -> Bool {
    switch freeze {
    case .none: false
    case .encoder: true
    case .epochs(let epochs): epoch <= epochs
    }
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
