import Base
import Images
import Language
import Learning
import Networks

struct Train {
  @Required var model: ModelValue
  @Required var on: ImagesValue
  var plan = TrainingPlan()
  var watch: [MonitorName] = []
  var held = 1000
  var test: ImagesValue?
  var seed: Int?
  var resume = false
  var keep: FilePath?
  var every = KeepInterval.usual
  var best: MonitorName?
  var fresh = false

  static let command: Command<Train> = Command(
    name: "train", summary: "Train a model on images: without their labels, unless it is a supervised one.",
    details: """
      Each step makes views of every image in a batch, of most methods two. With SimCLR both go through the network together, so batch \
      normalisation sees all of them; help on a method says where it is otherwise. Training again continues from the \
      current weights and continues the count of epochs; the schedule, its warm-up and the optimiser start afresh. An interrupt stops at once; the model stays as it was after its last whole step, and \
      resume=true continues from there with the same plan, also in another kernel after save and open: the model becomes the one \
      that it would have been, to the last bit. All cores that the kernel may use take part, or as many as the environment variable \
      CONTRAST_WORKERS says; the results are the same.

      With keep= the training is in a file while it goes on, written completely or not at all every 5 minutes, or as every= says, at an interrupt and \
      at the end. The same cell run again, in this kernel or in a new one, after an interrupt, a crash or a restart of the machine, goes on \
      as the file stands, and ends with the same bits as a training that was never stopped; once it is finished the cell gives the model \
      without training. Begin the cell or the notebook with the model as it was made: the file of another training, with other images, \
      another network or other settings, is refused, and so is a second kernel that keeps to the same file. fresh=true begins anew. More \
      epochs= than a finished training had extend it, by a schedule and an optimiser of their own over the further epochs. With best=knn, or any other \
      measurement, the file also holds the weights after the best epoch so far, which `open` reads with best=true.

      A large batch need not fit in memory: with `chunk` only that many images go through the network at once, and the loss still \
      compares all images of the batch. This takes about a third more time, and batch normalisation then sees one chunk at a time: \
      its statistics, and so the gradients, are those of chunks. In a network without it the gradients are those of the whole \
      batch.

      With views=alone each view goes through the network by itself: batch normalisation then has the statistics of one image \
      alone, as in the code behind the paper. In a network without it, nothing changes.

      While training, the progress shows the means of the loss and top-1 over the epoch so far, and the table those of whole epochs. Afterwards \
      `model.loss` is the mean of the last 20 steps, `model.history.loss` has the mean of each epoch, and `model.history.steps` \
      the loss of each step.

      The loss alone says little about what is learned, so a training can be watched: before the first epoch and after each one, \
      `watch` measures the network in evaluation mode on a fixed sample of the images. knn and probe need labels and evaluate h: \
      by a vote of the 10 nearest neighbours in the sample, or by a linear classifier trained on it; they are evaluated on the \
      images given as test=, or else within the sample. rank is the effective rank of h, the number of dimensions in use (RankMe). \
      The others measure z, which the loss sees: alignment, the distance between the two views of an image; uniformity, how evenly \
      images cover the sphere (lower is more even; Wang and Isola, 2020); spread, 1 if they cover it and 0 if all have collapsed \
      to one point, which is said in a line of its own below 0.2; positives, how often the nearest view, or one of the five nearest, is the other view of the same image, and \
      its mean rank. map keeps the views of up to 100 images as z has them, which `plot z` shows moving; while training, the first state and the latest \
      stand below the progress, where a head that ends in two numbers, `head=[128, 2]`, shows the unit circle itself. None of these measurements affects training.
      """,
    gives: "history", group: "Learning", defaults: Train(),
    arguments: [Argument("model", \.$model, "The model to train")],
    options: [
      Option("on", \.$on, "The images"),
      Option("epochs", \.plan.epochs, "Passes over the images", in: 1...100_000),
      Option(
        "batch", \.plan.batch,
        "Batch size: images per step; each image is compared with the others of its batch",
        in: 2...1_000_000),
      Option("chunk", \.plan.chunk, "Images that go through the network at once; default: the whole batch"),
      Option(
        "views", \.plan.views,
        "Pass both views of all images through the network together, or each view alone"),
      Option("optimizer", \.plan.rule, "Optimiser"),
      Option(
        "rate", \.plan.rate, "Peak learning rate; for lars use about 0.3 per 256 images in a batch",
        above: 0),
      Option(
        "decay", \.plan.weightDecay, "Weight decay: how strongly weights are pulled towards 0", in: 0...10),
      Option(
        "clip", \.plan.clip,
        "Largest norm of the gradients of all parameters together, to which longer ones are shortened; default: none",
        above: 0),
      Option("momentum", \.plan.momentum, TrainingPlan.Rule.momentumSummary, in: 0...0.9999),
      Option("schedule", \.plan.schedule, "Learning rate schedule"),
      Option(
        "warmup", \.plan.warmup, "Warm-up: epochs over which the learning rate rises from 0", in: 0...10_000),
      Option(
        "watch", \.watch,
        "Measurements after each epoch: a list of knn, probe, alignment, uniformity, spread, rank, positives, map"
      ),
      Option("held", \.held, "Maximum number of images to measure on", in: 4...100_000),
      Option("test", \.test, "Images that knn and probe are evaluated on; at most `held` of them are used"),
      .seed(\.seed, "the order of images and of the views"),
      Option(
        "resume", \.resume,
        "Continue the interrupted training to the end of its plan; give it the same images"),
      Option(
        "keep", \.keep,
        "File that keeps the training while it goes on, as \"runs/night.safetensors\": the cell run again goes on from there",
        endings: ["safetensors"]),
      Option(
        "every", \.every,
        "Time between two writings of that file: \"5 min\", \"1 h\", \"2 epochs\" or \"500 steps\""),
      Option(
        "best", \.best,
        "Measurement by which the file keeps the weights after the best epoch too; it is watched"),
      Option("fresh", \.fresh, "Pass over what the file holds, and begin anew from the model as it is"),
    ],
    examples: [
      Example(
        code: "train model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = simclr (resnet18 width=4 size=16)"),
      Example(
        code: "train model on=few epochs=1 batch=64 chunk=16 optimizer=lars rate=0.3",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = simclr (resnet18 width=4 size=16)"),
      Example(
        code: "train model on=few epochs=1 batch=32 clip=3",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = dino (cnn width=4 size=16) prototypes=16"),
      Example(
        code: "train model on=few epochs=2 batch=32 watch=[knn, alignment, uniformity]\nplot history model",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = simclr (cnn width=4 size=16)"),
      Example(
        code:
          "train model on=few epochs=2 batch=32 keep=\"runs/night.safetensors\" every=\"1 epoch\" best=knn",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = simclr (cnn width=4 size=16)"),
    ]
  ) { options, context in
    let model = options.model.model
    let keep = try options.keeping()
    if let team = context.session.team {
      try options.checkTeam(keep)
      if options.plan.chunk == nil, !options.resume {
        let fitting = max(1, options.plan.batch / team.size)
        context.host.write(
          "each of \(team.size) processes computes all of this training, and nothing is gained: \(command.given(\.plan.chunk, fitting)) divides each batch\n"
        )
      }
    }
    if options.resume { try options.checkResumes(model) }
    let seed = options.resume ? model.interruptedTraining?.seed ?? 0 : context.session.seed(options.seed)
    let watched = options.watch + (options.best.map { options.watch.contains($0) ? [] : [$0] } ?? [])
    var watch = try MonitorName.watch(
      watched, on: options.on.set, held: options.held, test: options.test?.testPart, seed: seed)
    if options.test != nil, !watched.contains(where: \.needsLabels) {
      throw Problem(
        "`\(command.word(\.test))` is what knn and probe judge on, and neither is watched",
        about: command.word(\.test),
        advice: "write \(Advice.watch([.knn])) \(command.word(\.test))=…")
    }
    let stepsBefore = model.history.steps.count
    do {
      let run = context.run(seed: seed)
      let session = context.session
      let map = LiveFrames(
        console: session.console, place: context.range.lower, bars: session.cell.bars,
        delay: session.progressDelay, run: run)
      defer { map.finish() }
      watch?.onFrame = map.show
      if let keep {
        try options.train(by: keep, watch: watch, run: run, host: context.host)
      } else if options.resume {
        try resumeTraining(model, on: options.on.set, watch: watch, run: run)
      } else {
        try Learning.train(model, on: options.on.set, plan: options.plan, watch: watch, run: run)
      }
    } catch is Interrupted {
      if let keep { throw keep.interrupted(model) }
      let steps = model.history.steps.count - stepsBefore
      throw Problem(
        "training stopped after \(Format.counted(steps, "step")); the model keeps what it has learned so far",
        advice: model.interruptedTraining == nil
          ? nil : "go on: \(Advice.train(command.given(\.resume, true)))",
        kind: .interrupted)
    }
    return HistoryValue(model.history)
  }
}

extension Train {
  /// Throws where processes that train together cannot do what is asked.
  private func checkTeam(_ keep: Keep?) throws {
    guard keep != nil else { return }
    throw Problem(
      "processes that train together cannot keep a training in a file yet", about: Train.command.word(\.keep),
      advice: "leave out \(Train.command.word(\.keep))= and save the model afterwards")
  }

  /// Throws where options of a new training are given, or none was interrupted.
  private func checkResumes(_ model: ContrastiveModel) throws {
    let (new, command) = (Train(), Train.command)
    func given<T: Equatable>(_ path: KeyPath<Train, T>) -> String? {
      self[keyPath: path] == new[keyPath: path] ? nil : command.word(path)
    }
    let all: [String?] = [
      given(\.plan.epochs), given(\.plan.batch), given(\.plan.chunk), given(\.plan.views),
      given(\.plan.rule), given(\.plan.rate), given(\.plan.weightDecay), given(\.plan.clip),
      given(\.plan.momentum),
      given(\.plan.schedule), given(\.plan.warmup), given(\.seed),
    ]
    if let first = all.lazy.compactMap({ $0 }).first {
      throw Problem(
        "a training that goes on has its plan and its seed already", about: first,
        advice: "leave out \(first)=, or \(command.given(\.resume, true)) for a new training")
    }
    guard model.interruptedTraining != nil else {
      throw Problem(
        "no training of this model was interrupted, so there is none to go on with",
        about: command.word(\.resume),
        advice:
          "leave out \(command.given(\.resume, true)): then a training begins, from the weights as they are")
    }
  }
}

extension ImagesValue {
  /// The test part of what was loaded; a set as it is.
  var testPart: ImageSet { whole?.test ?? set }
}

extension TrainingPlan.Rule: OptionValue {
  /// Help on `momentum`.
  static let momentumSummary =
    "Momentum: the share of the previous update that is carried over, for "
    + allCases.filter(\.usesMomentum).map(\.rawValue).joined(separator: " and ")
}
extension TrainingPlan.Views: OptionValue {}
extension Schedule.Shape: OptionValue {}
