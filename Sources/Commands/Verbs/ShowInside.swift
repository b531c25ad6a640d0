import Base
import Figures
import Images
import Language
import Learning
import Tensors

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
      Option("title", \.title, "Title above the figure"),
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
    showsValue: true, chance: .draws
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

struct ShowSimilarity {
  @Required var model: ModelValue
  @Required var on: ImagesValue
  var with: AugmentationValue?
  var count = 4
  var seed: Int?
  var title: Label?

  static let command: Command<ShowSimilarity> = Command(
    name: "show similarity",
    summary: "What makes two views of an image alike to a network: their similarity, place by place.",
    details: """
      A row for each image: two random views, and on each what its places contribute to the cosine similarity of the two representations h. \
      An encoder such as `resnet18` or `cnn` ends in the mean over its K places, h = Σᵢ fᵢ / K, so the similarity is a sum over pairs of places, exactly and without a remainder: \
      cos(h, h′) = Σᵢ Σⱼ fᵢ·f′ⱼ / (K² ‖h‖ ‖h′‖). A place of one view is coloured by its sum over all places of the other, in percentage points of cosine similarity; \
      the places of a view add up to the similarity, which is written below (Stylianou, Souvenir and Pless, 2019, equation 3). No labels are needed, and no gradients.

      Only h is taken apart, which is what one uses afterwards: the head that makes z of it is not linear, so that z is no sum over places. A place sees \
      more of an image than the square that is coloured: everything that its convolutions reach. At 32×32 pixels `resnet18` has 4×4 places; images of 64 pixels give 8×8.
      """,
    gives: "figure", group: "Looking", defaults: ShowSimilarity(),
    arguments: [Argument("model", \.$model, "A model whose encoder is made of convolutions")],
    options: [
      Option("on", \.$on, "The images"),
      Option("with", \.with, "Augmentation of the views; default: that of the model"),
      Option("count", \.count, "Number of images", in: 1...24),
      .seed(\.seed, "the choice of images and of the views"),
      Option("title", \.title, "Title above the figure"),
    ],
    examples: [
      Example(
        code: "show similarity model on=few count=3",
        setup: """
          few = (load shapes train=300 test=10 size=32).train
          model = simclr (cnn width=8 size=32)
          train model on=few epochs=3 batch=50 rate=3e-3
          """)
    ],
    showsValue: true, chance: .draws
  ) { options, context in
    let model = options.model.model
    let seed = context.session.seed(options.seed)
    let images = try chosenImages(options.on, count: options.count, seed: seed, about: command.word(\.$on))
    let compared = try similarityMaps(
      of: images, indices: Array(0..<images.count), with: model,
      augmentation: options.with?.augmentation ?? model.augmentation, run: context.run(seed: seed))
    let bitmaps = try cut(compared.pixels, side: compared.side)
    var cells: [PictureGrid.Picture] = []
    for (place, maps) in compared.maps.enumerated() {
      let sum = "cos \(Format.decimal(maps.similarity, 2))"
      for (bitmap, values) in [
        (bitmaps[place], maps.first), (bitmaps[images.count + place], maps.second),
      ] {
        let heat = PictureGrid.Heat(rows: maps.rows, columns: maps.columns, values: values.map { $0 * 100 })
        cells.append(PictureGrid.Picture(bitmap, caption: Pictures.caption(images, place)))
        cells.append(PictureGrid.Picture(bitmap, caption: sum, heat: heat))
      }
    }
    let all = compared.maps.flatMap { $0.first + $0.second }.map { $0 * 100 }
    var figure = Figure(
      title: options.title,
      marks: [
        .pictures(
          PictureGrid(
            pictures: cells, columns: 4,
            columnTitles: ["view 1", "contributions", "view 2", "contributions"],
            key: .init(
              low: min(0, all.min() ?? 0), high: max(1e-6, brightest(all)),
              label: "hundredths of cosine similarity")))
      ])
    let grid = model.encoder.places.map { "\($0.rows)×\($0.columns)" } ?? ""
    figure.caption = .plain(
      "Each view's \(grid) places add up to the cosine similarity of h." + above(all))
    return FigureValue(figure)
  }
}

/// `count` of the images at random, in their order. Throws where there are none.
private func chosenImages(_ images: ImagesValue, count: Int, seed: UInt64, about option: String) throws
  -> ImageSet
{
  let set = images.set
  guard set.count > 0 else {
    throw Problem("there is no image to show", about: option)
  }
  var random = RandomStream(seed: seed, name: "show", indices: [])
  return set.subset(Array(random.permutation(set.count).prefix(count)).sorted())
}

/// Pictures one after the other, `[n, side, side, 3]`.
private func cut(_ bytes: [UInt8], side: Int) throws -> [Bitmap] {
  let length = side * side * 3
  return try stride(from: 0, to: bytes.count, by: length).map {
    try Bitmap(width: side, height: side, pixels: Array(bytes[$0..<$0 + length]))
  }
}

/// Sentence on values above the scale, where there are any.
private func above(_ values: [Double]) -> String {
  let high = brightest(values)
  return (values.max() ?? 0) > high
    ? " The brightest colour stands for \(Format.decimal(high, 1)) or more." : ""
}

/// The value at the bright end of a scale: so high that one place in a hundred lies above it, or a few single places would leave all others dark.
private func brightest(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
}
