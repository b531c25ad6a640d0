import Figures
import Images
import Language
import Learning

struct Jigsaw {
  @Required var encoder: EncoderValue
  var head = JigsawMethod.Options().head
  var grid = Tiles().grid
  var permutations: Int?
  var tile: Int?
  var gap: Int?
  var normalised = Tiles().areNormalised
  var augment = AugmentationValue(.simclr)
  var seed: Int?

  static let command: Command<Jigsaw> = Command(
    name: "jigsaw", summary: "A pretext task: tell in which order the tiles of an image were shuffled.",
    details: """
      One tile is cut from each cell of a grid and the tiles are shuffled. All go through the same encoder, h of the tiles of an image are joined, and \
      a head tells which permutation it was: p = softmax(g([h₁, h₂, …])), and the loss is the mean of −log p of the right one, ln 24 by \
      chance (Noroozi and Favaro 2016). grid=2 has all 24 permutations of 4 tiles, grid=3 of 9 tiles 100 that differ most from one another (largest sum of \
      Hamming distances).

      A network should have to know the parts of things and how they lie to each other, so what else would tell is taken out: a tile lies at a \
      random place in its cell, so that there are gaps and no edge goes on in the next tile, and each channel of a tile is normalised by \
      itself, so that a slow change of colour does not tell. gap=0 and normalised=false leave this out: the task becomes easier, and less \
      is learned from it.

      Images are resized to grid × (tile + gap) pixels before they are cut. The encoder must take images of a tile's size, which a ViT does \
      not. There is no z of a single image: z is h. The tiles of an image have about the pixels of one view, and a step takes half of SimCLR's time.
      """,
    gives: "model", group: "Learning", defaults: Jigsaw(),
    arguments: [Argument("encoder", \.$encoder, "The network to train")],
    options: [
      Option(
        "head", \.head, "Widths of the head's layers before the scores; [] for a single linear layer",
        in: 1...16_384),
      .grid(\.grid),
      Option(
        "permutations", \.permutations,
        "Number of permutations to tell apart; default: 24 of 4 tiles, 100 of 9",
        in: 2...1000),
      .tile(\.tile), .gap(\.gap),
      Option("normalised", \.normalised, "Whether each tile is normalised by itself"),
      Option("augment", \.augment, "Augmentation of the image before it is cut"),
      .seed(\.seed, "the initial weights of the head"),
    ],
    examples: [
      Example(
        code:
          "model = jigsaw (cnn width=4 size=16) augment=[crop, flip]\ntrain model on=few epochs=1 batch=32",
        setup: "few = load shapes train=64 test=10 size=16"),
      "jigsaw (resnet18 width=8) grid=3 permutations=50",
    ]
  ) { options, context in
    try options.augment.checkSingle(for: command.word(\.augment))
    let tiles = Tiles(
      grid: options.grid, side: options.tile, gap: options.gap, areNormalised: options.normalised)
    let most = TileOrders.most(of: options.grid)
    if let given = options.permutations, given > most {
      let option = command.word(\.permutations)
      throw Problem(
        "`\(option)` is \(given), and \(Format.counted(tiles.count, "tile")) have \(Format.counted(most, "permutation"))",
        about: option,
        advice: "write \(command.given(\.permutations, most)), or \(command.given(\.grid, 3))")
    }
    let settings = JigsawMethod.Options(
      head: options.head, tiles: tiles, orders: options.permutations)
    return try options.encoder.model(
      augment: options.augment, seed: options.seed, heads: [options.head], context
    ) { try JigsawMethod(encoder: $0.description, options: settings, random: &$1) }
  }
}

extension Tiles {
  /// "4 tiles of 14×14 pixels"
  func words(for size: Int) -> String {
    let (tile, cell) = sides(for: size)
    return "\(Format.counted(count, "tile")) of \(tile)×\(tile) pixels"
      + (cell > tile ? " in cells of \(cell)×\(cell)" : " without gaps")
      + (areNormalised ? "" : ", not normalised by themselves")
  }
}

extension JigsawMethod: MethodWords {
  var title: String { "Jigsaw" }
  func head(from width: Int) -> String {
    Self.chain([options.tiles.count * width] + options.head + [options.orders])
  }
  var loss: String { "cross entropy with the permutation" }
  var members: [(name: String, value: any Value)] {
    [("permutations", Number(Double(options.orders)))]
  }
  var outputSign: Label { "scores" }
  var otherBranch: OtherBranch { .none(views: "\(Format.counted(options.tiles.count, "tile")), shuffled") }
  var headBox: (title: String, detail: String) {
    ("head g", Self.chain(options.head + [options.orders]))
  }
  var lossBox: (title: String, detail: String) { ("cross entropy", "with the permutation") }
}
