import Analysis
import Images
import Language
import Learning
import Tensors

struct Knn {
  @Required var queries: RowsValue
  @Required var among: RowsValue
  var k = 10
  var metric = Metric.cosine

  static let command = Command(
    name: "knn", summary: "Classify each row by a vote of its nearest neighbours: scores.",
    details: "No training, so it shows what the rows themselves hold. Neighbours vote with their similarity.",
    gives: "scores", group: "Judging", defaults: Knn(),
    arguments: [Argument("queries", \.$queries, "An embedding or images, of the test part")],
    options: [
      Option("among", \.$among, "The same of the training part, with labels"),
      Option("k", \.k, "How many neighbours vote", in: 1...10_000),
      Option("metric", \.metric, "What near means"),
    ],
    examples: [
      Example(
        code: "knn shapes.test among=shapes.train k=5",
        setup: "shapes = load shapes train=100 test=20 size=16")
    ]
  ) { options, context in
    let run = context.session.run()
    let labels = try options.among.labels()
    let truth = try options.queries.labels()
    let predictions = try knnPredictions(
      of: try options.queries.matrix(run: run), in: try options.among.matrix(run: run), labels: labels,
      classes: options.among.images.classes.count, count: options.k, metric: options.metric, run: run)
    return ScoresValue(
      predictions: predictions, labels: truth, classes: options.among.images.classes,
      title: "\(options.k) nearest neighbours on \(options.queries.origin)")
  }
}

extension Metric: OptionValue {}

struct TrainClassifier {
  @Required var on: RowsValue
  var hidden = 256
  var epochs = 10
  var batch = 128
  var rate: Float = 1e-3
  var decay: Float = 0
  var standardise = true
  var seed: Int?

  static let command = Command(
    name: "classifier", summary: "Train a small classifier on an embedding or on pixels, with the labels.",
    details: """
      The model behind an embedding is not changed: this judges what it has learned. Linear with hidden=0; else one \
      hidden layer with ReLU. Adam on the softmax cross entropy.
      """,
    gives: "classifier", group: "Judging", defaults: TrainClassifier(),
    options: [
      Option("on", \.$on, "An embedding or images, with labels"),
      Option("hidden", \.hidden, "Units of the hidden layer; 0 for a linear classifier", in: 0...65_536),
      Option("epochs", \.epochs, "Passes over the rows", in: 1...100_000),
      Option("batch", \.batch, "Rows per step", in: 1...1_000_000),
      Option("rate", \.rate, "Learning rate", above: 0),
      Option("decay", \.decay, "Weight decay", in: 0...10),
      Option("standardise", \.standardise, "Bring each column to mean 0 and spread 1 first"),
      Option("seed", \.seed, "Other initial weights and another order for another seed"),
    ],
    examples: [
      Example(
        code: "c = classifier on=shapes.train hidden=16 epochs=2\nevaluate c on=shapes.test",
        setup: "shapes = load shapes train=100 test=20 size=16")
    ]
  ) { options, context in
    var plan = ClassifierPlan()
    plan.hidden = options.hidden
    plan.epochs = options.epochs
    plan.batch = options.batch
    plan.rate = options.rate
    plan.weightDecay = options.decay
    plan.standardise = options.standardise
    let run = context.session.run(seed: context.session.seed(options.seed))
    return ClassifierValue(
      classifier: try Classifier(
        on: options.on.features, labels: try options.on.labels(), classes: options.on.images.classes,
        plan: plan,
        run: run),
      input: options.on.origin)
  }
}

struct Evaluate {
  @Required var classifier: ClassifierValue
  @Required var on: RowsValue

  static let command = Command(
    name: "evaluate", summary: "How often a classifier is right on rows it has not seen: scores.",
    gives: "scores", group: "Judging", defaults: Evaluate(),
    arguments: [Argument("classifier", \.$classifier, "The classifier")],
    options: [Option("on", \.$on, "The same kind of rows as it was trained on, of the test part")],
    examples: [
      Example(
        code: "evaluate c on=shapes.test",
        setup:
          "shapes = load shapes train=100 test=20 size=16\nc = classifier on=shapes.train hidden=16 epochs=2")
    ]
  ) { options, context in
    let classifier = options.classifier.classifier
    guard options.on.images.classes == classifier.classes else {
      throw Problem(
        "the classifier knows the classes \(classifier.classes.prefix(12).joined(separator: ", ")), and these images have others",
        about: "on")
    }
    return ScoresValue(
      predictions: try classifier.predictions(options.on.features, run: context.session.run()),
      labels: try options.on.labels(), classes: classifier.classes,
      title: "\(classifier.hidden == 0 ? "linear classifier" : "classifier") on \(options.on.origin)")
  }
}
