import Images
import Language
import Learning

struct Pirl {
  @Required var encoder: EncoderValue
  var width = PIRLMethod.Options().width
  var grid = Tiles().grid
  var tile: Int?
  var gap: Int?
  var temperature = PIRLMethod.Options().temperature
  var negatives = PIRLMethod.Options().negatives
  var momentum = PIRLMethod.Options().momentum
  var share = PIRLMethod.Options().share
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command: Command<Pirl> = Command(
    name: "pirl", summary: "PIRL: an image and its shuffled tiles should have the same representation.",
    details: """
      v = W h of an image, g = V [U h₁, U h₂, …] of its shuffled tiles (as in `jigsaw`), and m is what a memory holds of the image: one row for \
      each image of the set, a running mean of its v. The loss is ½ ℓ(g, m) + ½ ℓ(v, m), with ℓ(q, m) = −log( exp(⟨q, m⟩/τ) / (exp(⟨q, m⟩/τ) + Σ \
      exp(⟨q, m′⟩/τ)) ) over rows m′ of other images; all are normalised (Misra and van der Maaten 2020, equation 5). ln(negatives + \
      1) by chance. After each step m ← ½ m + ½ v, normalised.

      So tiles and image become alike: the representation keeps what does not depend on the order, where that of `jigsaw` must hold it. \
      share=0 leaves the tiles out, share=1 the image. momentum=0 remembers the last v alone. Rows are those of the training's images; they are saved with the model, and other images begin with new ones. \
      Negatives are drawn at each step from images outside the batch. z is v. Published: negatives=32000 and 9 tiles of 64 pixels for ImageNet.
      """,
    gives: "model", group: "Learning", defaults: Pirl(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option("width", \.width, "Length of v and g", in: 1...16_384),
      .grid(\.grid),
      .tile(\.tile), .gap(\.gap),
      Option("temperature", \.temperature, "Divides the similarities", above: 0),
      Option("negatives", \.negatives, "Rows of other images at each step", in: 1...1_000_000),
      Option("momentum", \.momentum, "Share of a row of the memory that stays", in: 0...1),
      Option("share", \.share, "Share of the loss that compares the tiles", in: 0...1),
      Option("augment", \.augment, "Augmentation of the image, and of the view that is cut into tiles"),
      .seed(\.seed, "the initial weights of the heads"),
    ],
    examples: [
      Example(
        code: "model = pirl (cnn width=4 size=16) negatives=30\ntrain model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16")
    ]
  ) { options, context in
    let settings = PIRLMethod.Options(
      width: options.width, tiles: Tiles(grid: options.grid, side: options.tile, gap: options.gap),
      temperature: options.temperature, negatives: options.negatives, momentum: options.momentum,
      share: options.share)
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [[options.width]], context
    ) { try PIRLMethod(encoder: $0.description, options: settings, random: &$1) }
  }
}

extension PIRLMethod: MethodWords {
  private var tau: String { Number(options.temperature).summary }

  var title: String { "PIRL" }
  func head(from width: Int) -> String {
    "\(Self.chain([width, options.width])); of tiles \(Self.chain([width, options.width])), joined "
      + Self.chain([options.tiles.count * options.width, options.width])
  }
  var loss: String {
    "InfoNCE with the memory's row among \(Format.counted(options.negatives, "other")), temperature \(tau)"
      + (options.share == 0.5 ? "" : "; share of the tiles \(Number(options.share).summary)")
  }
  var members: [(name: String, value: any Value)] {
    [("temperature", Number(options.temperature)), ("negatives", Number(Double(options.negatives)))]
  }
  var headBox: (title: String, detail: String) { ("linear W", "\(options.width)") }
  var otherBranch: OtherBranch {
    .tiles(
      "\(Format.counted(options.tiles.count, "tile")), shuffled",
      head: ("linear U, joined, V", Self.chain([options.tiles.count * options.width, options.width])),
      memory: "m: one row an image")
  }
  var lossBox: (title: String, detail: String) { ("InfoNCE, memory", "τ = \(tau)") }
}
