import Figures
import Images
import Language
import Learning
import Tensors

struct ShowReconstruction {
  @Required var model: ModelValue
  @Required var on: ImagesValue
  var count = 8
  var seed: Int?

  static let command: Command<ShowReconstruction> = Command(
    name: "show reconstruction",
    summary: "Images, what a masked autoencoder sees of them, and what it makes of that.",
    details: """
      Three rows: the images; the same with grey in the place of the patches that are hidden; and with the predicted pixels there. A model of \
      normalised patches predicts no brightness and no contrast, so each of its patches gets the mean and the deviation that the hidden patch has.
      """,
    gives: "figure", group: "Looking", defaults: ShowReconstruction(),
    arguments: [Argument("model", \.$model, "A model made by mae")],
    options: [
      Option("on", \.$on, "The images"),
      Option("count", \.count, "Number of images", in: 1...20),
      .seed(\.seed, "the choice of images and of the hidden patches"),
    ],
    examples: [
      Example(
        code: "train model on=few epochs=4 batch=16 rate=3e-3\nshow reconstruction model on=few",
        setup: """
          few = load shapes train=128 test=10 size=16
          model = mae (vit style=standard layers=2 heads=2 width=32 size=16 patch=4 dropout=0) width=32 normalised=false
          """)
    ],
    showsValue: true
  ) { options, context in
    let set = options.on.set
    guard set.count > 0 else { throw Problem("there is no image to show", about: command.word(\.$on)) }
    let seed = context.session.seed(options.seed)
    var random = RandomStream(seed: seed, name: "show", indices: [])
    let chosen = Array(random.permutation(set.count).prefix(options.count)).sorted()
    let made = try Reconstruction(
      of: set, chosen, by: options.model.model, run: context.run(seed: seed))
    let length = made.side * made.side * 3
    let pictures = try [made.originals, made.masked, made.completed].flatMap { row in
      try stride(from: 0, to: row.count, by: length).map {
        PictureGrid.Picture(
          try Bitmap(width: made.side, height: made.side, pixels: Array(row[$0..<$0 + length])))
      }
    }
    return FigureValue(
      Figure(marks: [
        .pictures(
          PictureGrid(
            pictures: pictures, columns: chosen.count, rowTitles: ["original", "seen", "completed"]))
      ]))
  }
}
