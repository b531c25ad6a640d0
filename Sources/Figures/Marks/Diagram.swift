import Base

/// Boxes joined by arrows: the layers of a network, the two branches of a Siamese one, the steps of a method.
///
/// Boxes stand in layers by their longest way from a start; arrows that skip layers go around the boxes
/// between.
public struct Diagram: Sendable, Equatable {
  public struct Node: Sendable, Equatable {
    /// Identifier of the node in edges; unique.
    public var id: String
    public var title: Label
    /// Smaller lines below the title, such as the shape of a layer's output.
    public var detail: Label?
    /// Index into the palette; `nil` is grey.
    public var colour: Int?
    public var picture: Bitmap?

    public init(
      _ id: String, title: Label, detail: Label? = nil, colour: Int? = nil, picture: Bitmap? = nil
    ) {
      self.id = id
      self.title = title
      self.detail = detail
      self.colour = colour
      self.picture = picture
    }
  }

  public struct Edge: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
      case arrow
      /// A dashed line without direction, such as shared weights; it does not move boxes to other layers.
      case link
    }

    public var from: String
    public var to: String
    public var label: Label?
    public var kind: Kind

    public init(from: String, to: String, label: Label? = nil, kind: Kind = .arrow) {
      self.from = from
      self.to = to
      self.label = label
      self.kind = kind
    }
  }

  public enum Direction: String, Sendable, CaseIterable {
    /// Boxes from left to right if the width suffices, otherwise downwards.
    case automatic
    case right, down
  }

  public var nodes: [Node]
  public var edges: [Edge]
  public var direction: Direction

  public init(nodes: [Node], edges: [Edge], direction: Direction = .automatic) {
    self.nodes = nodes
    self.edges = edges
    self.direction = direction
  }
}

extension Mark {
  public static func diagram(_ diagram: Diagram) -> Mark { Mark(diagram) }
}

extension Diagram: BlockMark {
  package func check() throws {
    guard !nodes.isEmpty else {
      throw FigureError.parts(.noBoxes)
    }
    let most = 500
    guard nodes.count <= most, edges.count <= 2_000 else {
      throw FigureError.parts(.largeDiagram(boxes: nodes.count, arrows: edges.count, most: most))
    }
    var ids: Set<String> = []
    for node in nodes where !ids.insert(node.id).inserted {
      throw FigureError.parts(.sameBox(node.id))
    }
    for edge in edges {
      for end in [edge.from, edge.to] where !ids.contains(end) {
        throw FigureError.parts(.noBox(end))
      }
    }
  }

  package func block(width: Double, height: Double?, _ context: Context) throws -> Block {
    var chosen: DiagramLayout?
    let ways: [Bool] = direction == .automatic ? [true, false] : [direction == .right]
    // Smaller type before boxes that stand out of the page; a diagram that runs down may be as long as it
    // likes.
    search: for isRight in ways {
      for size in [1.0, 0.9, 0.8] {
        let layout = DiagramLayout(self, isRight: isRight, size: size, width: width, context)
        chosen = layout
        if layout.width <= width && layout.height <= height ?? .infinity { break search }
      }
    }
    guard let layout = chosen else { return Block(width: width, height: height ?? 0) { _, _ in } }
    if layout.width > width + 0.5 { throw FigureError.narrow(layout.width + context.style.em(2)) }
    if let height, layout.height > height + 0.5 {
      throw FigureError.low(layout.height + context.style.em(4))
    }
    let total = height ?? layout.height
    return Block(width: width, height: total) { canvas, origin in
      layout.draw(
        on: canvas, at: Point(origin.x + (width - layout.width) / 2, origin.y + (total - layout.height) / 2))
    }
  }

  private func title(_ id: String) -> String {
    nodes.first { $0.id == id }.map { $0.title.spoken } ?? id
  }

  package func summary(_ reading: Reading) -> String {
    let arrows = edges.filter { $0.kind == .arrow }.prefix(20).map { "\(title($0.from)) to \(title($0.to))" }
    return "Diagram of \(counted(nodes.count, "box"))"
      + (arrows.isEmpty ? "" : ": " + Words.list(Array(arrows), most: 20))
  }

  package func plainText(_ reading: Reading) -> String {
    let lines = edges.map { edge in
      let sign = edge.kind == .arrow ? "→" : "┄"
      return "\(title(edge.from)) \(sign) \(title(edge.to))"
        + (edge.label.map { "   (\($0.spoken))" } ?? "")
    }
    let boxes = nodes.map { $0.title.spoken + ($0.detail.map { "  " + $0.spoken } ?? "") }
    return (boxes + lines).joined(separator: "\n")
  }
}
