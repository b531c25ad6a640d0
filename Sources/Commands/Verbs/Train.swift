import Base
import Images
import Language
import Learning
import Networks

struct Train {
  @Required var model: ModelValue
  @Required var on: ImagesValue
  var epochs = 20
  var batch = 128
  var chunk: Int?
  var views = TrainingPlan.Views.together
  var optimizer = TrainingPlan.Rule.adam
  var rate: Float = 1e-3
  var decay: Float = 0
  var momentum: Float = 0.9
  var schedule = Schedule.Shape.cosine
  var warmup: Float = 0
  var watch: [MonitorName] = []
  var held = 1000
  var test: ImagesValue?
  var seed: Int?
  var resume = false

  static let command = Command(
    name: "train", summary: "Train a model on images: without their labels, unless it is a supervised one.",
    details: """
      Each step makes two views of every image of a batch, and both go through the network together, so batch \
      normalisation sees all of them. Training again goes on from the weights as they are, and \
      counts epochs on; the schedule, its warmup and the optimiser begin anew. An interrupt stops at once; \
      the model stays as it was after its last whole step, and resume=true goes on from there with the same plan, also in another \
      kernel after save and open: the model becomes the one that it would have been, to the last bit. Every core that the kernel may use takes part, or as many as the environment \
      variable CONTRAST_WORKERS says; the results are the same.

      A large batch need not fit in memory: with `chunk` only so many images go through the network at once, \
      and the loss still compares all images of the batch. That takes about a third more time, and batch \
      normalisation then sees one chunk at a time: its statistics, and so the gradients, are those of chunks. For a \
      network without it the gradients are those of the whole batch.

      With views=alone each view goes through the network by itself: batch normalisation then has the statistics of one picture, as \
      in the code behind the paper, and nothing of the others. For a network without it, nothing changes.

      Progress tells the loss and the top-1 as means over the epoch so far, the table over whole epochs.

      The loss alone says little of what is learned, so a training can be watched: before the first epoch and after \
      each, `watch` measures the network, as it is in use, on a sample of the images that stays the same. knn and probe need labels \
      and judge h: the vote of the 10 nearest of the sample, or a linear classifier on it; give the images to judge on as \
      test=, else they are judged within the sample. rank says how many dimensions of h are filled (RankMe). The others \
      look at z, where the loss works: alignment, how far apart two views of a picture are; uniformity, how evenly \
      pictures spread over the sphere (lower is more even; Wang and Isola, 2020); spread, 1 where they do and 0 where all have \
      collapsed to one point; positives, how often a view finds the other view of its picture first or among the first \
      five, and at which place on average. Nothing of it changes what is learned.
      """,
    gives: "history", group: "Learning", defaults: Train(),
    arguments: [Argument("model", \.$model, "The model to train", isChanged: true)],
    options: [
      Option("on", \.$on, "The images"),
      Option("epochs", \.epochs, "Passes over the images", in: 1...100_000),
      Option(
        "batch", \.batch, "Images per step; each image is compared with the others of its batch",
        in: 2...1_000_000),
      Option("chunk", \.chunk, "Images that go through the network at once; all of a batch unless given"),
      Option("views", \.views, "Whether views go through the network together or each alone"),
      Option("optimizer", \.optimizer, "Update rule"),
      Option(
        "rate", \.rate, "Learning rate at its highest; for lars some 0.3 for every 256 images of a batch",
        above: 0),
      Option("decay", \.decay, "Weight decay: how strongly weights are pulled to 0", in: 0...10),
      Option("momentum", \.momentum, TrainingPlan.Rule.momentumSummary, in: 0...0.9999),
      Option("schedule", \.schedule, "How the rate falls"),
      Option("warmup", \.warmup, "Epochs over which the rate rises from 0", in: 0...10_000),
      Option(
        "watch", \.watch,
        "What to measure between epochs: a list of knn, probe, alignment, uniformity, spread, rank, positives"
      ),
      Option("held", \.held, "Images that are measured on, at most", in: 4...100_000),
      Option("test", \.test, "Images that knn and probe judge on, at most as many as held"),
      .seed(\.seed, "Another order of images and other views"),
      Option(
        "resume", \.resume,
        "Go on with the training that was interrupted, to the end of its plan; give it the same images"),
    ],
    examples: [
      Example(
        code: "train model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = simclr (resnet18 width=4 size=16)"),
      Example(
        code: "train model on=few epochs=1 batch=64 chunk=16 optimizer=lars rate=0.3",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = simclr (resnet18 width=4 size=16)"),
      Example(
        code: "train model on=few epochs=2 batch=32 watch=[knn, alignment, uniformity]\nplot history model",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = simclr (cnn width=4 size=16)"),
    ],
    chance: .draws
  ) { options, context in
    var plan = TrainingPlan()
    plan.epochs = options.epochs
    plan.batch = options.batch
    plan.chunk = options.chunk
    plan.views = options.views
    plan.rule = options.optimizer
    plan.rate = options.rate
    plan.weightDecay = options.decay
    plan.momentum = options.momentum
    plan.schedule = options.schedule
    plan.warmup = options.warmup
    let model = options.model.model
    if options.resume { try options.checkResumes(model) }
    let seed = options.resume ? model.interruptedTraining?.seed ?? 0 : context.session.seed(options.seed)
    let watch = try MonitorName.watch(
      options.watch, on: options.on.set, held: options.held, test: options.test?.testPart, seed: seed)
    if options.test != nil, !options.watch.contains(where: \.needsLabels) {
      throw Problem(
        "`test` is what knn and probe judge on, and neither is watched", about: "test",
        advice: "write watch=[knn] test=…")
    }
    let stepsBefore = model.history.steps.count
    do {
      let run = context.run(seed: seed)
      if options.resume {
        try resumeTraining(model, on: options.on.set, watch: watch, run: run)
      } else {
        try train(model, on: options.on.set, plan: plan, watch: watch, run: run)
      }
    } catch is Interrupted {
      let steps = model.history.steps.count - stepsBefore
      throw Problem(
        "training stopped after \(Format.counted(steps, "step")); the model keeps what it has learned so far",
        advice: model.interruptedTraining == nil ? nil : "go on: train model on=images resume=true",
        kind: .interrupted)
    }
    return HistoryValue(model.history)
  }
}

extension Train {
  /// Throws where options of a new training are given, or none was interrupted.
  private func checkResumes(_ model: ContrastiveModel) throws {
    let new = Train()
    let given: [(name: String, isGiven: Bool)] = [
      ("epochs", epochs != new.epochs), ("batch", batch != new.batch), ("chunk", chunk != nil),
      ("views", views != new.views), ("optimizer", optimizer != new.optimizer), ("rate", rate != new.rate),
      ("decay", decay != new.decay), ("momentum", momentum != new.momentum),
      ("schedule", schedule != new.schedule), ("warmup", warmup != new.warmup), ("seed", seed != nil),
    ]
    if let first = given.first(where: \.isGiven) {
      throw Problem(
        "a training that goes on has its plan and its seed already", about: first.name,
        advice: "leave out \(first.name)=, or resume=true for a new training")
    }
    guard model.interruptedTraining != nil else {
      throw Problem(
        "no training of this model was interrupted, so there is none to go on with", about: "resume",
        advice: "leave out resume=true: then a training begins, from the weights as they are")
    }
  }
}

extension ImagesValue {
  /// The test part of what was loaded; a set as it is.
  var testPart: ImageSet { whole?.test ?? set }
}

extension TrainingPlan.Rule: OptionValue {
  /// What help says of `momentum`.
  static let momentumSummary =
    "Share of the last update that goes on, for "
    + allCases.filter(\.usesMomentum).map(\.rawValue).joined(separator: " and ")
}
extension TrainingPlan.Views: OptionValue {}
extension Schedule.Shape: OptionValue {}
