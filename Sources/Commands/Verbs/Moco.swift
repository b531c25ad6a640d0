import Language
import Learning

struct Moco {
  @Required var encoder: EncoderValue
  var version = 2
  var head = MoCoMethod.Options().head
  var temperature = MoCoMethod.Options().temperature
  var queue: Int?
  var momentum = MoCoMethod.Options().momentum.start
  var symmetric = true
  var raw = false
  var predictor: Int?
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command = Command(
    name: "moco",
    summary: "MoCo: a query finds its key, made by a slow twin, among keys of earlier batches in a queue.",
    details: """
      q = g(f(x)) of one view and k = g′(f′(x′)) of the other, by a twin that is not trained and follows: θ′ ← m θ′ + (1 − m) θ. The loss is \
      −log( exp(q·k/τ) / (exp(q·k/τ) + Σⱼ exp(q·Qⱼ/τ)) ), a mean over the batch and both directions, with Q a queue of keys (He et al. 2020; \
      version 2 has SimCLR's head). So the number of negatives is that of the queue, not of the batch. Keys enter after the loss, and \
      the oldest leave. By chance the loss is ln(K + 1) for a queue of K. With symmetric=false, as published, only the first view is a query: \
      half the gradient for half the work. With momentum=0 the keys of the queue come from networks that were different, and training \
      collapses: watch=[spread] shows it. With raw=true the queue begins with rows as drawn, far longer than keys are: the start was once a \
      mistake in a library, and held training up.

      version=3 (Chen, Xie and He 2021) has no queue: the negatives are the other keys of the batch, a predictor follows the head, the loss is \
      2τ times the cross entropy, summed over both directions, and the momentum rises to 1.

      Each view goes through both networks by itself. The published settings are queue=65536 with momentum=0.999 for ImageNet, \
      and 4096 with 0.99 for CIFAR-10; a queue should hold fewer keys than there are images.
      """,
    gives: "model", group: "Learning", defaults: Moco(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option("version", \.version, "2, with a queue, or 3, with a predictor", in: 2...3),
      Option(
        "head", \.head, "Widths of the projection head's layers; [] for no head, so that z = h",
        in: 1...16_384),
      Option("temperature", \.temperature, "Divides the similarities", above: 0),
      Option("queue", \.queue, "Keys in the queue, of version 2; default: 1024", in: 1...1_000_000),
      Option("momentum", \.momentum, "Share of the twin's weights that stay at each step", in: 0...1),
      Option("symmetric", \.symmetric, "Whether both views are queries, of version 2"),
      Option("raw", \.raw, "Whether the queue begins with rows that are not normalised, of version 2"),
      Option(
        "predictor", \.predictor, "Width of the predictor's hidden layer, of version 3; default: 512",
        in: 1...16_384),
      Option("augment", \.augment, "Augmentation that makes the two views"),
      .seed(\.seed, "the initial weights of the head and the first rows of the queue"),
    ],
    examples: [
      Example(
        code: "model = moco (cnn width=4 size=16) queue=64\ntrain model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16"),
      "moco (resnet18 width=8) version=3",
    ]
  ) { options, context in
    options.version == 3 ? try options.third(context) : try options.second(context)
  }
}

extension Moco {
  private func second(_ context: Language.Context) throws -> ModelValue {
    let command = Moco.command
    if predictor != nil {
      throw Problem(
        "version 2 of MoCo has no predictor", about: command.word(\.predictor),
        advice: "leave it out, or write \(command.given(\.version, 3))")
    }
    let settings = MoCoMethod.Options(
      head: head, temperature: temperature, queue: queue ?? MoCoMethod.Options().queue,
      momentum: TwinMomentum(momentum, rises: false), isSymmetric: symmetric, isRaw: raw)
    return try encoder.model(augment: augment, seed: seed, heads: [head], context) {
      try MoCoMethod(encoder: $0, options: settings, random: &$1)
    }
  }

  private func third(_ context: Language.Context) throws -> ModelValue {
    let command = Moco.command
    let given = [
      (command.word(\.queue), queue != nil), (command.word(\.symmetric), !symmetric),
      (command.word(\.raw), raw),
    ]
    if let first = given.first(where: \.1) {
      throw Problem(
        "version 3 of MoCo has no queue and compares in both directions", about: first.0,
        advice: "leave out \(first.0)=, or write \(command.given(\.version, 2))")
    }
    let settings = MoCoV3Method.Options(
      head: head, predictor: predictor ?? MoCoV3Method.Options().predictor, temperature: temperature,
      momentum: TwinMomentum(momentum, rises: true))
    return try encoder.model(augment: augment, seed: seed, heads: [head], context) {
      try MoCoV3Method(encoder: $0, options: settings, random: &$1)
    }
  }
}

extension MoCoMethod: MethodWords {
  private var tau: String { Number(options.temperature).summary }

  var title: String { "MoCo" }
  func head(from width: Int) -> String { Self.head(options.head, from: width) }
  var loss: String {
    "InfoNCE among \(Format.counted(options.queue, "key")) of a queue, temperature \(tau); twin: \(options.momentum.words)"
  }
  var members: [(name: String, value: any Value)] {
    [
      ("temperature", Number(options.temperature)), ("queue", Number(Double(options.queue))),
      ("momentum", Number(options.momentum.start)),
    ]
  }
  var headBox: (title: String, detail: String) { Self.headBox(options.head) }
  var lossBox: (title: String, detail: String) { ("InfoNCE, queue of \(options.queue)", "τ = \(tau)") }
  var otherBranch: OtherBranch { .twin(options.momentum.words) }
}

extension MoCoV3Method: MethodWords {
  private var tau: String { Number(options.temperature).summary }

  var title: String { "MoCo v3" }
  func head(from width: Int) -> String {
    Self.head(options.head, from: width) + "; " + Self.predictor(options.predictor, of: outputWidth)
  }
  var loss: String { "InfoNCE within the batch, temperature \(tau); twin: \(options.momentum.words)" }
  var members: [(name: String, value: any Value)] {
    [("temperature", Number(options.temperature)), ("momentum", Number(options.momentum.start))]
  }
  var headBox: (title: String, detail: String) { Self.headBox(options.head) }
  var lossBox: (title: String, detail: String) { ("InfoNCE", "τ = \(tau)") }
  var predictorBox: (title: String, detail: String)? { Self.predictorBox(options.predictor, outputWidth) }
  var otherBranch: OtherBranch { .twin(options.momentum.words) }
}
