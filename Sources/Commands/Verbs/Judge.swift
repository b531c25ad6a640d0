import Analysis
import Base
import Images
import Language
import Learning
import Tensors

struct Knn {
  @Required var queries: RowsValue
  @Required var among: RowsValue
  var k = 10
  var metric = Distance.cosine

  static let command: Command<Knn> = Command(
    name: "knn", summary: "Classify each row by a vote of its nearest neighbours: scores.",
    details: """
      Nothing is trained, so it shows what the rows themselves contain. Each neighbour's vote is weighted by its similarity; \
      equally near rows at the k-th place share the remaining votes. Members of scores: accuracy, top5 (the share of rows whose \
      true class is among the five with most votes; any number works), perclass, confusion.
      """,
    gives: "scores", group: "Judging", defaults: Knn(),
    arguments: [Argument("queries", \.$queries, "An embedding or images, of the test part")],
    options: [
      Option("among", \.$among, "Labelled rows of the same kind to search, of the training part"),
      Option("k", \.k, "Number of neighbours that vote", in: 1...10_000),
      Option("metric", \.metric, "Measure of similarity or distance"),
    ],
    examples: [
      Example(
        code: "knn shapes.test among=shapes.train k=5",
        setup: "shapes = load shapes train=100 test=20 size=16")
    ]
  ) { options, context in
    let run = context.run()
    let labels = try options.among.knownLabels(about: command.word(\.$among))
    let truth = try options.queries.labels(
      as: options.among.images.classes, of: command.word(\.$among), about: command.word(\.$queries))
    let votes = try knnVotes(
      of: try options.queries.matrix(run: run), in: try options.among.matrix(run: run), labels: labels,
      classes: options.among.images.classes.count, count: options.k, metric: options.metric, run: run)
    return ScoresValue(
      judgements: [Judgement(scores: votes, labels: truth)], labels: truth,
      classes: options.among.images.classes,
      title: "\(options.k) nearest neighbours on \(options.queries.origin)")
  }
}

extension Distance: OptionValue {}

struct Evaluate {
  @Required var classifier: OneOf<ClassifierValue, ModelValue>
  @Required var on: RowsValue

  static let command = Command(
    name: "evaluate",
    summary: "The accuracy of a classifier or a supervised model on data it has not seen: scores.",
    details: """
      Scores count as their accuracy in tables and in formatted text: with several seeds the mean, with the members spread (the \
      standard deviation) and accuracies (a list). Other members: top5 (the share of rows whose true class is among the five most \
      probable; any number works), perclass, confusion, predictions.
      """,
    gives: "scores", group: "Judging", defaults: Evaluate(),
    arguments: [Argument("classifier", \.$classifier, "The classifier, or a supervised model")],
    options: [
      Option("on", \.$on, "Test rows of the same kind as it was trained on; for a model, images")
    ],
    examples: [
      Example(
        code: "evaluate c on=shapes.test",
        setup:
          "shapes = load shapes train=100 test=20 size=16\nc = classifier on=shapes.train hidden=16 epochs=2"),
      Example(
        code: "scores = evaluate c on=shapes.test\nscores.top2",
        setup:
          "shapes = load shapes train=100 test=20 size=16\nc = classifier on=shapes.train hidden=16 epochs=2"),
    ]
  ) { options, context in
    let run = context.run()
    return switch options.classifier {
    case .first(let value): try scores(of: value, on: options.on, run: run, host: context.host)
    case .second(let value): try scores(of: value.model, on: options.on, run: run)
    }
  }

  private static func scores(
    of value: ClassifierValue, on rows: RowsValue, run: Run, host: any Host
  ) throws -> ScoresValue {
    let classes = value.classifier.classes
    let labels = try rows.labels(as: classes, of: "the classifier", about: command.word(\.$on))
    let strangers = labels.filter { value.unseen.contains(classes[$0]) }
    if !strangers.isEmpty {
      let names = Set(strangers).sorted().map { classes[$0] }
      host.write(
        "\(Format.counted(strangers.count, "image")) of \(Format.count(labels.count)) are of \(firstFew(names, most: 8)), of "
          + "which the classifier has learned nothing: they count as wrong.\n")
    }
    let judgements = try value.classifiers.map {
      Judgement(scores: try $0.scores(rows.features, run: run), labels: labels)
    }
    return ScoresValue(
      judgements: judgements, labels: labels, classes: value.classifier.classes,
      title: "\(value.classifier.hidden == 0 ? "linear classifier" : "classifier") on \(rows.origin)")
  }

  private static func scores(of model: ContrastiveModel, on rows: RowsValue, run: Run) throws -> ScoresValue {
    guard let classes = model.method.classes else {
      throw Problem(
        "a contrastive model knows no classes", about: command.word(\.$classifier),
        advice: "train a classifier on its embedding: \(TrainClassifier.command.name) "
          + "\(TrainClassifier.command.word(\.$on))=(\(Advice.embed("images")))")
    }
    guard !classes.isEmpty else {
      throw Problem(
        "the model knows no classes before it is trained", about: command.word(\.$classifier),
        advice: "first: \(Advice.train())")
    }
    guard case .pixels = rows.source else {
      throw Problem(
        "a model is evaluated on images, and this is an embedding", about: command.word(\.$on),
        advice: "give the images themselves: \(command.name) model \(command.word(\.$on))=shapes.test")
    }
    let labels = try rows.labels(as: classes, of: "the model", about: command.word(\.$on))
    let scores = try embed(rows.images, with: model, output: .z, run: run)
    return ScoresValue(
      judgements: [Judgement(scores: scores, labels: labels)], labels: labels, classes: classes,
      title: "supervised \(model.encoder.architecture) on \(rows.images.name)")
  }
}

extension RowsValue {
  /// The labels, or an error at `option` that says what is missing.
  func knownLabels(about option: String) throws -> [Int] {
    guard let labels = images.labels else {
      throw Problem(
        "`\(images.name)` has no labels to learn from or compare with", about: option,
        advice: "labels come with load cifar10, load shapes, load idx, and with a folder for each class")
    }
    guard !labels.isEmpty else { throw Problem("`\(images.name)` has no images", about: option) }
    try about(option) { try features.check() }
    return labels
  }

  /// The labels as numbers of `classes`, which are told by their names; an error at `option` where images are of other ones.
  func labels(as classes: [String], of other: String, about option: String) throws -> [Int] {
    _ = try knownLabels(about: option)
    if let labels = images.renumbered(to: classes)?.labels { return labels }
    let known = images.classes.filter(classes.contains)
    let strange = images.presentClasses.filter { !classes.contains($0) }
    guard !known.isEmpty else {
      throw Problem(
        "`\(images.name)` has the classes \(firstFew(images.classes, most: 8)), and \(other) has \(firstFew(classes, most: 8))",
        about: option, advice: "judge on images of the same data set")
    }
    let few = known.count <= 6 ? "[" + known.map { "\"\($0)\"" }.joined(separator: ", ") + "]" : "[…]"
    throw Problem(
      "`\(images.name)` has images of \(firstFew(strange, most: 8)), and \(other) knows no such class",
      about: option,
      advice: "choose those of the classes that it knows: images[\(few)]")
  }

  /// The classes that no row is of, so that nothing can be learned of them; an error where there is but one that some are of.
  func absentClasses() throws -> [String] {
    let present = images.presentClasses
    guard present.count > 1 else {
      throw Problem(
        "`\(images.name)` has images of a single class\(present.first.map { ", \($0)" } ?? ""), so there is nothing to classify",
        about: TrainClassifier.command.word(\.$on), advice: "take images of two classes or more")
    }
    return images.classes.filter { !present.contains($0) }
  }
}
