import Figures
import Images
import Language
import Learning
import Tensors

/// The boxes of a model from the image to the loss: a branch for each way that a view goes.
struct NetworkDiagram {
  private let model: ContrastiveModel
  /// An image and the pictures in the boxes of views, or nothing.
  private let pictures: [Bitmap]
  private var nodes: [Diagram.Node]
  private var edges: [Diagram.Edge] = []

  init(_ model: ContrastiveModel, views pictures: [Bitmap]) {
    (self.model, self.pictures) = (model, pictures)
    nodes = [Diagram.Node("x", title: "image x", picture: pictures.first)]
    let (words, head, loss) = (model.words, model.words.headBox, model.words.lossBox)
    switch words.otherBranch {
    case .none(let views):
      add("", view: .plain(views), detail: sizes(0), head: head, output: words.outputSign)
    case .tiles(let name, let tileHead, let memory):
      add("i", view: "view x̃", detail: sizes(0), head: head, output: "v", h: "h")
      add(
        "j", view: .plain(name), detail: sizes(1), head: tileHead, output: "g", h: .markup("h_{1}, h_{2}, …"))
      nodes.append(.init("memory", title: "memory", detail: .plain(memory), colour: 2))
      edges.append(.init(from: "memory", to: "loss", label: "sg(m)"))
      edges.append(.init(from: "fi", to: "fj", label: "shared", kind: .link))
    case .shared: addPair(.shared)
    case .stopped: addPair(.stopped)
    case .twin(let how): addPair(.twin(how))
    }
    nodes.append(.init("loss", title: .plain(loss.title), detail: .plain(loss.detail), colour: 3))
  }

  func figure(title: Label?) -> Figure {
    Figure(title: title, marks: [.diagram(Diagram(nodes: nodes, edges: edges))], size: Size(width: 620))
  }

  /// "4 × 14×14×3"
  private func sizes(_ group: Int) -> Label {
    let group = model.method.viewGroups(of: model.augmentation, side: model.encoder.inputSize)[group]
    return .plain((group.views > 1 ? "\(group.views) × " : "") + "\(group.side)×\(group.side)×3")
  }

  /// A view, the encoder and a head.
  private mutating func add(
    _ name: String, view: Label, detail: Label, head: (title: String, detail: String), mark: String = "",
    output: Label?, h: Label? = nil
  ) {
    let branch = nodes.count { $0.id.hasPrefix("v") }
    nodes += [
      .init(
        "v" + name, title: view, detail: detail,
        picture: pictures.count > branch + 1 ? pictures[branch + 1] : nil),
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
      .init(
        from: "x", to: "v" + name, label: name.isEmpty ? "t" : .markup("t_{\(name)}")),
      .init(from: "v" + name, to: "f" + name),
      .init(from: "f" + name, to: "g" + name, label: h ?? (name.isEmpty ? "h" : .markup("h_{\(name)}"))),
    ]
    if let output { edges.append(.init(from: "g" + name, to: "loss", label: output)) }
  }

  /// Two views, the second of which may go its own way.
  private mutating func addPair(_ other: OtherBranch) {
    let (head, predictor) = (model.words.headBox, model.words.predictorBox)
    let size = model.encoder.inputSize
    for (branch, name) in ["i", "j"].enumerated() {
      let mark = if case .twin = other, branch == 1 { "′" } else { "" }
      var output: Label? = .markup("z_{\(name)}")
      switch other {
      case .stopped where branch == 1, .twin where branch == 1: output = .markup("sg(z_{\(name)}\(mark))")
      default: if predictor != nil, branch == 0 { output = nil }
      }
      add(
        name, view: .markup("view x̃_{\(name)}"), detail: .plain("\(size)×\(size)×3"), head: head, mark: mark,
        output: output)
      guard let predictor, output == nil else { continue }
      nodes.append(.init("q", title: .plain(predictor.title), detail: .plain(predictor.detail), colour: 1))
      edges.append(.init(from: "g" + name, to: "q", label: .markup("z_{\(name)}")))
      edges.append(.init(from: "q", to: "loss", label: .markup("p_{\(name)}")))
    }
    // How a twin follows is said once: twice would not fit side by side.
    let link = if case .twin(let words) = other { (words, "EMA") } else { ("shared", "shared") }
    edges.append(.init(from: "fi", to: "fj", label: .plain(link.0), kind: .link))
    edges.append(.init(from: "gi", to: "gj", label: .plain(link.1), kind: .link))
  }

  // MARK: - Pictures

  /// Pictures in the boxes of views of a set's first image: a view, or all that go the same way, side by side.
  static func views(of images: ImageSet, _ model: ContrastiveModel, _ run: Run) throws -> [Bitmap] {
    if model.method is MAEMethod {
      let seen = try Reconstruction(of: images, [0], by: model, run: run)
      return [try Bitmap(width: seen.side, height: seen.side, pixels: seen.masked)]
    }
    let groups = try SeenViews.all(of: images, [0], by: model, run: run)
    switch model.words.otherBranch {
    case .none, .tiles: return try groups.map(joined)
    default:
      return try groups.filter { $0.side == groups[0].side }.flatMap { group in
        try group.each.map { try Bitmap(width: group.side, height: group.side, pixels: $0) }
      }
    }
  }

  /// All views of an image in a square, with gaps between them.
  private static func joined(_ group: SeenViews) throws -> Bitmap {
    let perSide = Int(Double(group.count).squareRoot().rounded(.up))
    let gap = max(1, group.side / 8)
    let side = perSide * (group.side + gap) - gap
    var pixels = [UInt8](repeating: 240, count: side * side * 3)
    for (number, view) in group.each.enumerated() {
      let top = number / perSide * (group.side + gap)
      let left = number % perSide * (group.side + gap)
      for row in 0..<group.side {
        let to = ((top + row) * side + left) * 3
        pixels.replaceSubrange(
          to..<to + group.side * 3, with: view[row * group.side * 3..<(row + 1) * group.side * 3])
      }
    }
    return try Bitmap(width: side, height: side, pixels: pixels)
  }
}
