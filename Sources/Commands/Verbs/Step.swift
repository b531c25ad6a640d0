import Base
import Images
import Language
import Learning

struct TakeStep {
  @Required var model: ModelValue
  @Required var on: ImagesValue
  var batch = 8
  var views = TrainingPlan.Views.together
  var optimizer = TrainingPlan.Rule.adam
  var rate: Float = 1e-3
  var decay: Float = 0
  var seed: Int?

  static let command: Command<TakeStep> = Command(
    name: "step", summary: "One training step of a model, with all its numbers shown.",
    details: """
      The same step as in `train`, on one small batch: two views of each image, their representations h and projections z, the \
      similarities, the loss, of SimCLR that of each pair, the gradient, the update, and the loss of the same views after it. The \
      model changes by exactly this one step; another `step` takes other images. The optimiser starts afresh each time, so there is no \
      momentum yet. Members: pairs and parts (tables), similarities and, of SimCLR, gradient (matrices), views (images).
      """,
    gives: "step", group: "Learning", defaults: TakeStep(),
    arguments: [Argument("model", \.$model, "The model to train")],
    options: [
      Option("on", \.$on, "The images"),
      Option("batch", \.batch, "Number of images in the batch", in: 2...1024),
      Option(
        "views", \.views, "Pass both views of all images through the network together, or each view alone"),
      Option("optimizer", \.optimizer, "Optimiser"),
      Option("rate", \.rate, "Learning rate", above: 0),
      Option("decay", \.decay, "Weight decay: how strongly weights are pulled towards 0", in: 0...10),
      .seed(\.seed, "the choice of images and of the views"),
    ],
    examples: [
      Example(
        code: "step model on=few batch=8",
        setup: "few = load shapes train=64 test=10 size=16\nmodel = simclr (cnn width=4 size=16)")
    ],
    showsValue: true
  ) { options, context in
    var plan = TrainingPlan()
    plan.batch = options.batch
    plan.views = options.views
    plan.rule = options.optimizer
    plan.rate = options.rate
    plan.weightDecay = options.decay
    let (model, set) = (options.model.model, options.on.set)
    let run = context.run(seed: context.session.seed(options.seed))
    let report: StepReport
    do {
      report = try context.phases(of: command.name) { look in
        try step(
          model, on: set, plan: plan, run: run, look: look.map { look in { try look($0.values(of: set)) } })
      }
    } catch TrainingError.stepMemory(let views, _, let fitting, let memory) {
      // Without chunks, which one step has not.
      throw InputError(
        "a step with \(counted(views, "view")) at once", lacks: memory, option: command.word(\.batch),
        advice: fitting >= 2
          ? "Write \(command.given(\.batch, fitting))." : "Use a narrower network or smaller images.")
    }
    let names = report.images.map { index in
      set.labels.map { "\(set.classes[$0[index]]) \(index)" } ?? "\(index)"
    }
    return StepValue(
      report: report, number: report.number, optimizer: options.optimizer.rawValue,
      views: try report.pictures.set(of: report.images, in: set), names: names)
  }
}
