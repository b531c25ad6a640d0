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
      views. sg (stop-gradient) marks what counts as a constant, and a frozen encoder says so and has no colour.
      """,
    gives: "figure", group: "Plots", defaults: PlotNetwork(),
    arguments: [Argument("of", \.$of, "A model or an encoder")],
    options: [
      Option("on", \.on, "Images; the first is shown with two of its views"),
      Option("layers", \.layers, "Show the encoder of a model layer by layer"),
      .seed(\.seed, "the views"),
      Option("title", \.title, "Title above the figure"),
    ],
    examples: [
      Example(
        code: "plot network model on=shapes.train",
        setup: "shapes = load shapes train=60 test=10\nmodel = simclr (resnet18 width=16) head=[256, 64]"),
      "plot network (resnet18 width=16 size=32)",
    ],
    showsValue: true, chance: .drawsWith(["on"])
  ) { options, context in
    switch options.of {
    case .first(let model) where !options.layers:
      var views: [Bitmap] = []
      if let images = options.on?.set {
        guard images.count > 0 else { throw Problem("there is no image to show", about: command.word(\.on)) }
        let run = context.run(seed: context.session.seed(options.seed))
        let bytes = try pictures(
          of: images, indices: [0], epoch: 0, views: 2, with: model.model.augmentation, run: run)
        views = [try Pictures.bitmap(images, 0)]
        let length = bytes.count / 2
        for start in [0, length] {
          views.append(
            try Bitmap(width: images.size, height: images.size, pixels: Array(bytes[start..<start + length])))
        }
      }
      return FigureValue(siamese(model, views: views, title: options.title))
    case .first(let model): return FigureValue(chain(model.model.encoder, title: options.title))
    case .second(let encoder): return FigureValue(chain(encoder.encoder, title: options.title))
    }
  }

  /// `views`: an image and two views of it, or nothing.
  private static func siamese(_ value: ModelValue, views: [Bitmap], title: Label?) -> Figure {
    let model = value.model
    let (head, loss) = (model.words.headBox, model.words.lossBox)
    let size = model.encoder.inputSize
    var nodes = [Diagram.Node("x", title: "image x", picture: views.first)]
    var edges: [Diagram.Edge] = []
    let (other, predictor) = (model.words.otherBranch, model.words.predictorBox)
    for (branch, name) in ["i", "j"].enumerated() {
      let mark = if case .twin = other, branch == 1 { "′" } else { "" }
      nodes += [
        .init(
          "v" + name, title: .markup("view x̃_{\(name)}"), detail: .plain("\(size)×\(size)×3"),
          picture: views.count > branch + 1 ? views[branch + 1] : nil),
        .init(
          "f" + name, title: .plain("\(model.encoder.architecture) f\(mark)"),
          detail: .plain(
            "\(model.encoder.outputWidth)" + (model.method.fineTuning.mark.map { ", \($0)" } ?? "")),
          colour: model.method.fineTuning.freeze == .encoder ? nil : mark.isEmpty ? 0 : 2),
        .init(
          "g" + name, title: .plain(head.title + mark), detail: .plain(head.detail),
          colour: mark.isEmpty ? 1 : 2),
      ]
      edges += [
        .init(from: "x", to: "v" + name, label: .markup("t_{\(name)}")),
        .init(from: "v" + name, to: "f" + name),
        .init(from: "f" + name, to: "g" + name, label: .markup("h_{\(name)}")),
      ]
      switch other {
      case .stopped where branch == 1, .twin where branch == 1:
        edges.append(.init(from: "g" + name, to: "loss", label: .markup("sg(z_{\(name)}\(mark))")))
      default:
        guard let predictor, branch == 0 else {
          edges.append(.init(from: "g" + name, to: "loss", label: .markup("z_{\(name)}")))
          continue
        }
        nodes.append(
          .init("q", title: .plain(predictor.title), detail: .plain(predictor.detail), colour: 1))
        edges.append(.init(from: "g" + name, to: "q", label: .markup("z_{\(name)}")))
        edges.append(.init(from: "q", to: "loss", label: .markup("p_{\(name)}")))
      }
    }
    nodes.append(
      .init("loss", title: .plain(loss.title), detail: .plain(loss.detail), colour: 3))
    // How a twin follows is said once: twice would not fit side by side.
    let link = if case .twin(let words) = other { (words, "EMA") } else { ("shared", "shared") }
    edges.append(.init(from: "fi", to: "fj", label: .plain(link.0), kind: .link))
    edges.append(.init(from: "gi", to: "gj", label: .plain(link.1), kind: .link))
    return Figure(
      title: title, marks: [.diagram(Diagram(nodes: nodes, edges: edges))], size: Size(width: 620))
  }

  private static func chain(_ encoder: NetworkDescription, title: Label?) -> Figure {
    let size = encoder.inputSize
    var nodes = [Diagram.Node("input", title: "image", detail: .plain("\(size)×\(size)×3"))]
    for (number, layer) in encoder.plan.enumerated() {
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
