import Figures
import Images
import Language
import Learning

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
      .title(\.title),
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
    showsValue: true
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
