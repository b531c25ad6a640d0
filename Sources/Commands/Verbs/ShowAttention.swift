import Figures
import Images
import Language
import Learning

struct ShowAttention {
  @Required var model: ModelValue
  @Required var on: ImagesValue
  var block: Int?
  var count = 4
  var seed: Int?
  var title: Label?

  static let command: Command<ShowAttention> = Command(
    name: "show attention",
    summary:
      "Where a vision transformer looks: the attention of its class token to the patches of images, head by head.",
    details: """
      A row for each image: the image as the network sees it, the mean over the heads, and each head. In a block of attention every token takes up \
      what others say, with weights that add up to 1: softmax(q·Kᵀ/√d), here with the query q of the class token, whose output is the representation, and the \
      keys K of all tokens. Colours give the weight of a patch as a multiple of an even share, which is 1 / (patches + 1): at 1 a patch counts as it would if the token looked \
      everywhere alike. All pictures have the same scale. Shown like this in Caron et al. (2021), figure 1, for the last block of DINO.

      Both styles of `vit` have a class token. A model is shown as it is used: without dropout, and of DINO the teacher.
      """,
    gives: "figure", group: "Looking", defaults: ShowAttention(),
    arguments: [Argument("model", \.$model, "A model with a vision transformer")],
    options: [
      Option("on", \.$on, "The images"),
      Option("block", \.block, "Number of the block, counted from 0; default: the last", in: 0...95),
      Option("count", \.count, "Number of images", in: 1...24),
      .seed(\.seed, "the choice of images"),
      .title(\.title),
    ],
    examples: [
      Example(
        code: "show attention model on=few count=3",
        setup: """
          few = (load shapes train=200 test=10 size=32).train
          model = simclr (vit style=standard layers=2 heads=3 width=48 patch=4 size=32) temperature=0.2
          train model on=few epochs=6 batch=50 rate=3e-3
          """)
    ],
    showsValue: true
  ) { options, context in
    let model = options.model.model
    let seed = context.session.seed(options.seed)
    let images = try chosenImages(options.on, count: options.count, seed: seed, about: command.word(\.$on))
    let maps = try attentionMaps(of: images, with: model, block: options.block, run: context.run(seed: seed))
    let side = model.encoder.inputSize
    let bytes = try pictures(
      of: images, indices: Array(0..<images.count), epoch: 0, views: 1, with: .none, outputSize: side,
      run: context.run(seed: seed))
    let bitmaps = try cut(bytes, side: side)
    var cells: [PictureGrid.Picture] = []
    for (place, bitmap) in bitmaps.enumerated() {
      func cell(_ values: [Double]) -> PictureGrid.Picture {
        PictureGrid.Picture(bitmap, heat: .init(rows: maps.rows, columns: maps.columns, values: values))
      }
      let heads = maps.maps[place]
      let mean = heads[0].indices.map { at in heads.reduce(0) { $0 + $1[at] } / Double(heads.count) }
      cells.append(PictureGrid.Picture(bitmap, caption: Pictures.caption(images, place)))
      cells.append(cell(mean))
      cells += heads.map(cell)
    }
    let all = maps.maps.flatMap { $0.flatMap { $0 } }
    let titles = ["image", "mean"] + (0..<maps.heads).map { "head \($0)" }
    let blocks = model.encoder.attentionHeads.count
    var figure = Figure(
      title: options.title,
      marks: [
        .pictures(
          PictureGrid(
            pictures: cells, columns: titles.count, columnTitles: titles,
            key: .init(low: 0, high: max(1e-6, brightest(all)), label: "times an even share")))
      ])
    let own = maps.toItself.reduce(0, +) / Double(maps.toItself.count)
    figure.caption = .plain(
      "Attention of the class token in block \(options.block ?? blocks - 1) of \(counted(blocks)); "
        + "\(Format.percent(own)) of it goes to the token itself." + above(all))
    return FigureValue(figure)
  }

  private static func counted(_ blocks: Int) -> String { "\(blocks), counted from 0" }
}
