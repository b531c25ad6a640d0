import Language
import Learning

struct Dino {
  @Required var encoder: EncoderValue
  var head = DINOMethod.Options().head
  var prototypes = DINOMethod.Options().prototypes
  var student = DINOMethod.Options().studentTemperature
  var teacher = DINOMethod.Options().teacherTemperature
  var warmup = DINOMethod.Options.WarmUp().epochs
  var warmfrom = DINOMethod.Options.WarmUp().start
  var centre = true
  var momentum = DINOMethod.Options().momentum.start
  var frozen = 1
  var crops = 0
  var cropsize: Int?
  var cropscale = SmallViews().scale
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "dino", summary: "DINO: a student learns from its own slow average, the teacher.",
    details: """
      Student and teacher score an image by K prototypes each, s = z·W with z normalised. The teacher, which is not trained, says of a view \
      q = softmax((t − c)/τ_t), with c the running mean of its scores, and the student says the same of the other view: the loss is −Σₖ qₖ \
      log softmax(s/τ_s)ₖ, mean over both directions (Caron et al. 2021, algorithm 1). ln K by chance. Centring keeps the teacher from one \
      answer to everything, sharpening (τ_t below τ_s) from all answers at once. With centre=false the metric `prototypes` falls \
      to 1; with teacher=0.1 the entropy rises to ln K; with momentum=0 training collapses as well. A temperature above 0.04 is reached by a \
      warm-up: teacher=0.07 warmup=30 takes it from 0.04 to 0.07 evenly, epoch by epoch. The authors clip gradients: `train … clip=3`.

      After each step the teacher's weights move towards the student's: θ′ ← m θ′ + (1 − m) θ, with m from `momentum` up to 1. `embed`, \
      `measure` and `watch` use the teacher, as the authors do. crops=6 adds small views, which only the student sees (multi-crop); a ViT, whose \
      positions are learned for one size, does not take them. Published: 65,536 prototypes, head=[2048, 2048, 256], momentum=0.996; \
      solo-learn has 4096 for CIFAR-10.
      """,
    gives: "model", group: "Learning", defaults: Dino(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the head's layers before the prototypes; [] for no head, so that z = h",
        in: 1...16_384),
      Option("prototypes", \.prototypes, "Number of prototypes", in: 2...100_000),
      Option("student", \.student, "Temperature τ_s of the student", above: 0),
      Option("teacher", \.teacher, "Temperature τ_t of the teacher; above 0.07 is unstable", above: 0),
      Option(
        "warmup", \.warmup, "Epochs of a training over which the teacher's temperature rises to τ_t",
        in: 0...10_000),
      Option("warmfrom", \.warmfrom, "Temperature of the teacher at the start of the warm-up", above: 0),
      Option("centre", \.centre, "Whether the mean of its scores is taken off the teacher's"),
      Option("momentum", \.momentum, "Share of the teacher's weights that stay at each step", in: 0...1),
      Option("frozen", \.frozen, "Epochs for which the prototypes stay as they are", in: 0...1000),
      .crops(\.crops), .cropSize(\.cropsize), .cropScale(\.cropscale),
      Option("augment", \.augment, "Augmentation that makes the views"),
      .seed(\.seed, "the initial weights of head and prototypes"),
    ],
    examples: [
      Example(
        code:
          "model = dino (cnn width=4 size=16) prototypes=64 crops=2\ntrain model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16")
    ]
  ) { options, context in
    let settings = DINOMethod.Options(
      head: options.head, prototypes: options.prototypes, studentTemperature: options.student,
      teacherTemperature: options.teacher,
      warmUp: .init(from: options.warmfrom, epochs: options.warmup), isCentred: options.centre,
      momentum: TwinMomentum(options.momentum, rises: true), frozen: options.frozen,
      small: SmallViews(options.crops, side: options.cropsize, scale: options.cropscale))
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [options.head], context
    ) { try DINOMethod(encoder: $0, options: settings, random: &$1) }
  }
}

extension DINOMethod: MethodWords {
  var title: String { "DINO" }
  func head(from width: Int) -> String {
    Self.head(options.head, from: width) + "; \(Format.counted(options.prototypes, "prototype"))"
  }
  var loss: String {
    "cross entropy with the teacher, temperatures \(Number(options.studentTemperature).summary) and "
      + "\(Number(options.teacherTemperature).summary)"
      + (options.warmUp.epochs > 1
        ? " (from \(Number(options.warmUp.start).summary) over \(Format.counted(options.warmUp.epochs, "epoch")))"
        : "") + (options.isCentred ? "" : ", without centring")
      + "; teacher: \(options.momentum.words)"
      + (options.small.count > 0 ? "; \(Format.counted(options.small.count, "small view"))" : "")
  }
  var members: [(name: String, value: any Value)] {
    [
      ("prototypes", Number(Double(options.prototypes))), ("momentum", Number(options.momentum.start)),
    ]
  }
  var headBox: (title: String, detail: String) { Self.headBox(options.head) }
  var lossBox: (title: String, detail: String) {
    ("cross entropy", "\(Format.counted(options.prototypes, "prototype"))")
  }
  var otherBranch: OtherBranch { .twin(options.momentum.words) }
}
