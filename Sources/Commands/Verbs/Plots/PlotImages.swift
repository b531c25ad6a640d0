import Figures
import Images
import Language

struct PlotImages {
  @Required var images: ImagesValue
  var columns: Int?
  var count = 40
  var captions = true
  var title: Label?

  static let command: Command<PlotImages> = Command(
    name: "plot images", summary: "Images in rows and columns, in their order, each with its class.",
    gives: "figure", group: "Plots", defaults: PlotImages(),
    arguments: [Argument("images", \.$images, "The images; few[[3, 14, 15]] picks some")],
    options: [
      Option("columns", \.columns, "Images in a row", in: 1...100),
      Option("count", \.count, "Maximum number of images shown", in: 1...2000),
      Option("captions", \.captions, "Write the class below each image"),
      .title(\.title),
    ],
    examples: [
      Example(
        code: "plot images few[0..<12] columns=6", setup: "few = (load shapes train=60 test=10).train")
    ],
    showsValue: true
  ) { options, context in
    let set = options.images.set
    guard set.count > 0 else { throw Problem("there are no images to show", about: command.word(\.$images)) }
    let shown = 0..<min(set.count, options.count)
    let pictures = try shown.map {
      PictureGrid.Picture(
        try Pictures.bitmap(set, $0), caption: options.captions ? Pictures.caption(set, $0) : nil)
    }
    var figure = Figure(
      title: options.title, marks: [.pictures(PictureGrid(pictures: pictures, columns: options.columns))])
    if shown.count < set.count {
      let (some, all) = (Format.count(shown.count), Format.counted(set.count, "image"))
      figure.caption = .plain("The first \(some) of \(all).")
    }
    return FigureValue(figure)
  }
}
