import Base
import Images
import Language
import Learning
import Networks

struct TrainClassifier {
  @Required var on: RowsValue
  var model: ModelValue?
  // Where nil, that of the plan, which differs with a model.
  var hidden: Int?
  var epochs: Int?
  var batch: Int?
  var rate: Float?
  var decay = ClassifierPlan().weightDecay
  var standardise: Bool?
  var augment: AugmentationValue?
  var schedule: Schedule.Shape?
  var seed: Int?
  var seeds = 1

  static let command: Command<TrainClassifier> = Command(
    name: "classifier", summary: "Train a small classifier on an embedding or on pixels, with the labels.",
    details: """
      The model behind an embedding does not change: this evaluates what it has learned. The classifier is linear with hidden=0 \
      and otherwise has one hidden layer with ReLU; Adam minimises the softmax cross entropy.

      Given images and with=model, it is trained as libraries evaluate representations (linear evaluation): each image is seen in a new \
      view in each epoch, a random crop of 8 to 100 % of its area and a flip, through the frozen encoder of the model, and one linear \
      layer learns from h as it is by SGD with momentum 0.9 and without weight decay. Evaluate it on `embed images with=model`. The \
      defaults are lightly's: 90 epochs of batches of 256, rate=0.1 per 256 images, falling along a cosine; solo-learn has epochs=100 \
      schedule=steps and a rate for each method, 0.1 to 30 per 256 images. The accuracy compares with those that papers and both libraries \
      call linear evaluation on the same data with the same encoder; lightly reports the best epoch on the test images, and this is the last \
      one. It does not compare with online linear accuracy, as solo-learn's tables for CIFAR-10 have it, with k nearest neighbours, or \
      with a classifier on an embedding, which sees no new views.

      With seeds=3 three classifiers are trained that differ only in their initial weights and the order of rows: `evaluate` then \
      gives the mean and the standard deviation of their accuracies. Their seeds are seed, seed + 1, …
      """,
    gives: "classifier", group: "Judging", defaults: TrainClassifier(),
    options: [
      Option("on", \.$on, "An embedding or images, with labels"),
      Option("with", \.model, "A model: linear evaluation on views of the images through its frozen encoder"),
      Option(
        "hidden", \.hidden,
        "Units of the hidden layer; 0 for a linear classifier; default: \(embedded.hidden), with a model 0",
        in: 0...65_536),
      Option(
        "epochs", \.epochs,
        "Passes over the rows; default: \(embedded.epochs), with a model \(viewed.epochs)", in: 1...100_000),
      Option(
        "batch", \.batch,
        "Batch size: rows per step; default: \(embedded.batch), with a model \(viewed.batch)",
        in: 1...1_000_000),
      Option(
        "rate", \.rate,
        "Learning rate; default: \(Number(embedded.rate).summary), with a model \(Number(viewed.usualRate).summary) for each \(counted(viewed.batch, "image")) of a batch",
        above: 0),
      Option("decay", \.decay, "Weight decay", in: 0...10),
      Option(
        "standardise", \.standardise,
        "Standardise each column to mean 0 and standard deviation 1 first; default: true, with a model false"),
      Option(
        "augment", \.augment,
        "Augmentation that makes the views, with a model; default: \(viewed.augmentation.cell)"),
      Option(
        "schedule", \.schedule, "Learning rate schedule, with a model; default: \(viewed.schedule.rawValue)"),
      .seed(\.seed, "the initial weights and of the order of rows"),
      Option("seeds", \.seeds, "Number of classifiers to train, each from its own seed", in: 1...100),
    ],
    examples: [
      Example(
        code: "c = classifier on=shapes.train hidden=16 epochs=2\nevaluate c on=shapes.test",
        setup: "shapes = load shapes train=100 test=20 size=16"),
      Example(
        code: "c = classifier on=h hidden=0 epochs=5 seeds=3\n(evaluate c on=h).spread",
        setup: "shapes = load shapes train=100 test=20 size=16\nh = pca shapes.train components=8"),
      Example(
        code:
          "c = classifier on=shapes.train with=model epochs=3 batch=25 rate=0.1\nevaluate c on=(embed shapes.test with=model)",
        setup: "shapes = load shapes train=100 test=20 size=16\nmodel = simclr (cnn width=4 size=16)"),
    ]
  ) { options, context in
    let labels = try options.on.knownLabels(about: command.word(\.$on))
    let absent = try options.on.absentClasses()
    if !absent.isEmpty {
      context.host.write(
        "\(options.on.images.name) has no image of \(firstFew(absent, most: 8)): the classifier will never say so. To learn of "
          + "every class there is, take as many of each: sample images 500 balanced=true\n")
    }
    let first = context.session.seed(options.seed)
    let runs = (0..<UInt64(options.seeds)).map { context.run(seed: first &+ $0) }
    try options.check()
    if let model = options.model?.model {
      let (plan, images) = (options.linearPlan, options.on.images)
      return ClassifierValue(
        classifiers: try runs.map {
          try Classifier(onViewsOf: images, labels: labels, with: model, plan: plan, run: $0)
        },
        input: "views through \(model.encoder.architecture)", unseen: Set(absent))
    }
    let plan = options.plan
    let classifiers = try runs.map {
      try Classifier(
        on: options.on.features, labels: labels, classes: options.on.images.classes, plan: plan, run: $0)
    }
    return ClassifierValue(classifiers: classifiers, input: options.on.origin, unseen: Set(absent))
  }

  private static let (embedded, viewed) = (ClassifierPlan(), LinearPlan())
}

extension TrainClassifier {
  var plan: ClassifierPlan {
    var plan = ClassifierPlan()
    plan.hidden = hidden ?? plan.hidden
    plan.epochs = epochs ?? plan.epochs
    plan.batch = batch ?? plan.batch
    plan.rate = rate ?? plan.rate
    plan.weightDecay = decay
    plan.standardise = standardise ?? plan.standardise
    return plan
  }

  var linearPlan: LinearPlan {
    var plan = LinearPlan()
    plan.epochs = epochs ?? plan.epochs
    plan.batch = batch ?? plan.batch
    plan.rate = rate
    plan.weightDecay = decay
    plan.schedule = schedule ?? plan.schedule
    plan.augmentation = augment?.augmentation ?? plan.augmentation
    return plan
  }

  /// Throws where options are given that belong to the other kind of training.
  private func check() throws {
    let command = Self.command
    let with = command.word(\.model)
    if model == nil {
      let stray = augment != nil ? command.word(\.augment) : schedule != nil ? command.word(\.schedule) : nil
      guard let stray else { return }
      throw Problem(
        "`\(stray)` is of linear evaluation, which makes views of images for a model, and no model is given",
        about: stray, advice: "add \(with)=model, or leave out \(stray)=")
    }
    guard case .pixels = on.source else {
      throw Problem(
        "with a model the classifier learns from views of images, and this is an embedding",
        about: command.word(\.$on),
        advice: "give the images themselves, or leave out \(with)= for a classifier on the embedding")
    }
    if let hidden, hidden > 0 {
      throw Problem(
        "with a model the classifier is one linear layer", about: command.word(\.hidden),
        advice: "leave out \(command.word(\.hidden))=, or train on \(Advice.embed("images"))")
    }
    if standardise == true {
      throw Problem(
        "with a model the rows are other ones in each epoch, so there is nothing to standardise them by",
        about: command.word(\.standardise), advice: "leave out \(command.word(\.standardise))=")
    }
  }
}
