import Figures
import Images
import Language
import Learning
import Networks

struct PlotNetwork {
  @Required var of: OneOf<ModelValue, EncoderValue>
  var on: ImagesValue?
  var layers = false
  var seed: Int?
  var title: Label?

  static let command: Command<PlotNetwork> = Command(
    name: "plot network",
    summary: "A network as boxes: a model's two branches, or an encoder layer by layer.",
    details: """
      Of a model: one image, its two views, the encoder and the head that both go through, and the loss; with \
      layers=true its encoder layer by layer. Below each box stands the shape of its output. Where a method treats the two views \
      differently (a twin, a predictor, a stopped gradient), one of its two directions is drawn; the other exchanges the \
      views. sg (stop-gradient) marks what counts as a constant, and a frozen encoder says so and has no colour. Views that go the same way, \
      such as turned ones or tiles, are one box.
      """,
    gives: "figure", group: "Plots", defaults: PlotNetwork(),
    arguments: [Argument("of", \.$of, "A model or an encoder")],
    options: [
      Option("on", \.on, "Images; the first is shown with two of its views"),
      Option("layers", \.layers, "Show the encoder of a model layer by layer"),
      .seed(\.seed, "the views"),
      .title(\.title),
    ],
    examples: [
      Example(
        code: "plot network model on=shapes.train",
        setup: "shapes = load shapes train=60 test=10\nmodel = simclr (resnet18 width=16) head=[256, 64]"),
      "plot network (resnet18 width=16 size=32)",
    ],
    showsValue: true
  ) { options, context in
    switch options.of {
    case .first(let model) where !options.layers:
      var views: [Bitmap] = []
      if let images = options.on?.set {
        guard images.count > 0 else { throw Problem("there is no image to show", about: command.word(\.on)) }
        let run = context.run(seed: context.session.seed(options.seed))
        views = [try Pictures.bitmap(images, 0)] + (try NetworkDiagram.views(of: images, model.model, run))
      }
      return FigureValue(NetworkDiagram(model.model, views: views).figure(title: options.title))
    case .first(let model): return FigureValue(chain(model.model.encoder, title: options.title))
    case .second(let encoder): return FigureValue(chain(encoder.encoder, title: options.title))
    }
  }

  private static func chain(_ encoder: NetworkDescription, title: Label?) -> Figure {
    let size = encoder.inputSize
    var nodes = [Diagram.Node("input", title: "image", detail: .plain("\(size)×\(size)×3"))]
    for (number, layer) in encoder.table.enumerated() {
      let shape = layer.outputShape.map(String.init).joined(separator: "×")
      let parameters = layer.parameters > 0 ? ", \(Format.counted(layer.parameters, "parameter"))" : ""
      nodes.append(
        Diagram.Node(
          "\(number)", title: .plain(layer.kind), detail: .plain(shape + parameters),
          colour: layer.parameters > 0 ? 0 : nil))
    }
    let edges = zip(nodes, nodes.dropFirst()).map { Diagram.Edge(from: $0.id, to: $1.id) }
    return Figure(
      title: title ?? .plain(encoder.architecture),
      marks: [.diagram(Diagram(nodes: nodes, edges: edges, direction: .down))], size: Size(width: 360))
  }
}
