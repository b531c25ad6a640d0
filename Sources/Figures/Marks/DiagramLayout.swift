/// Places of boxes and ways of arrows, relative to the top left corner of the diagram.
///
/// Layers run along the main direction; inside a layer boxes are ordered and placed near what they are joined
/// to (Sugiyama, Tagawa and Toda 1981).
struct DiagramLayout {
  /// A box, or a place where an arrow passes a layer.
  struct Item {
    var node: Int?
    var layer: Int
    /// Extent along and across the main direction.
    var along: Double
    var across: Double
    /// Centre.
    var mainPlace = 0.0
    var crossPlace = 0.0
  }

  private let diagram: Diagram
  private let style: Style
  private let isRight: Bool
  private let boxes: [DiagramBox]
  private var items: [Item] = []
  /// Items that each edge passes, from its first to its last box.
  private var ways: [[Int]] = []
  private let labels: [TextBlock?]
  private(set) var width = 0.0
  private(set) var height = 0.0

  init(_ diagram: Diagram, isRight: Bool, size: Double, width limit: Double, _ context: Context) {
    self.diagram = diagram
    style = context.style
    self.isRight = isRight
    let style = context.style
    boxes = diagram.nodes.map { DiagramBox($0, size: size, context) }
    let look = TextStyle(size: style.base * 0.88 * size, italic: true)
    labels = diagram.edges.map { edge in
      edge.label.flatMap { $0.isEmpty ? nil : context.text.block($0, look) }
    }
    var index: [String: Int] = [:]
    for (position, node) in diagram.nodes.enumerated() { index[node.id] = position }
    let pairs = diagram.edges.map { (from: index[$0.from] ?? 0, to: index[$0.to] ?? 0, kind: $0.kind) }
    let layers = DiagramLayout.layers(
      count: boxes.count, pairs.filter { $0.kind == .arrow }.map { ($0.from, $0.to) })
    items = boxes.indices.map { position in
      Item(
        node: position, layer: layers[position],
        along: isRight ? boxes[position].width : boxes[position].height,
        across: isRight ? boxes[position].height : boxes[position].width)
    }
    for pair in pairs { ways.append(way(pair.from, pair.to, isLink: pair.kind == .link)) }
    placeMain(size: size)
    placeCross(gap: style.em(isRight ? 1.3 : 1.6) * size)
    let mainEnd = items.map { $0.mainPlace + $0.along / 2 }.max() ?? 0
    let crossEnd = items.map { $0.crossPlace + $0.across / 2 }.max() ?? 0
    (width, height) = isRight ? (mainEnd, crossEnd) : (crossEnd, mainEnd)
  }

  /// Longest way from a start to each node; arrows that close a circle do not count.
  static func layers(count: Int, _ edges: [(Int, Int)]) -> [Int] {
    var next: [[Int]] = Array(repeating: [], count: count)
    for (from, to) in edges where from != to { next[from].append(to) }
    var state = [Int](repeating: 0, count: count)
    var order: [Int] = []
    var forward: [[Int]] = Array(repeating: [], count: count)
    for start in 0..<count where state[start] == 0 {
      var stack = [(node: start, child: 0)]
      state[start] = 1
      while let top = stack.last {
        guard top.child < next[top.node].count else {
          state[top.node] = 2
          order.append(top.node)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].child += 1
        let child = next[top.node][top.child]
        if state[child] == 1 { continue }
        forward[top.node].append(child)
        if state[child] == 0 {
          state[child] = 1
          stack.append((child, 0))
        }
      }
    }
    var layer = [Int](repeating: 0, count: count)
    for node in order.reversed() {
      for child in forward[node] { layer[child] = max(layer[child], layer[node] + 1) }
    }
    return layer
  }

  /// The items from one box to another, with a passing place in each layer between.
  private mutating func way(_ from: Int, _ to: Int, isLink: Bool) -> [Int] {
    let (first, last) = (items[from].layer, items[to].layer)
    // Thousands of passing places would take longer to sort than anyone could follow them.
    guard !isLink, abs(last - first) > 1, items.count < 3_000 else { return [from, to] }
    let step = last > first ? 1 : -1
    var way = [from]
    for layer in stride(from: first + step, to: last, by: step) {
      items.append(Item(node: nil, layer: layer, along: 0, across: style.em(0.6)))
      way.append(items.count - 1)
    }
    return way + [to]
  }

  // MARK: Places

  private var layerCount: Int { (items.map(\.layer).max() ?? 0) + 1 }

  private mutating func placeMain(size: Double) {
    var gaps = [Double](repeating: style.em(isRight ? 2.2 : 1.9) * size, count: layerCount)
    // A label must fit on its arrow.
    for (index, way) in ways.enumerated() {
      guard let label = labels[index], way.count > 1 else { continue }
      let layer = min(items[way[0]].layer, items[way[1]].layer)
      if items[way[0]].layer != items[way[1]].layer {
        gaps[layer] = max(gaps[layer], (isRight ? label.width : label.height) + style.em(1.6))
      }
    }
    var place = 0.0
    for layer in 0..<layerCount {
      let members = items.indices.filter { items[$0].layer == layer }
      let widest = members.map { items[$0].along }.max() ?? 0
      for member in members { items[member].mainPlace = place + widest / 2 }
      place += widest + gaps[layer]
    }
  }

  private mutating func placeCross(gap: Double) {
    var columns: [[Int]] = (0..<layerCount).map { layer in items.indices.filter { items[$0].layer == layer } }
    var before: [[Int]] = Array(repeating: [], count: items.count)
    var after: [[Int]] = Array(repeating: [], count: items.count)
    for way in ways {
      for (a, b) in zip(way, way.dropFirst()) where items[a].layer != items[b].layer {
        let (low, high) = items[a].layer < items[b].layer ? (a, b) : (b, a)
        after[low].append(high)
        before[high].append(low)
      }
    }
    for column in columns { spread(column, wanted: column.map { _ in 0 }, gap) }
    for round in 0..<8 {
      let isForward = round % 2 == 0
      for layer in isForward ? Array(columns.indices) : columns.indices.reversed() {
        let wishes = columns[layer].enumerated().map {
          offset, item -> (item: Int, place: Double, offset: Int) in
          let joined = isForward ? before[item] : after[item]
          let sum = joined.reduce(0) { $0 + items[$1].crossPlace }
          return (item, joined.isEmpty ? items[item].crossPlace : sum / Double(joined.count), offset)
        }.sorted { ($0.place, $0.offset) < ($1.place, $1.offset) }
        columns[layer] = wishes.map(\.item)
        spread(columns[layer], wanted: wishes.map(\.place), gap)
      }
    }
    let tracks = DiagramTracks(
      isBox: items.map { $0.node != nil }, steps: after.indices.flatMap { a in after[a].map { (a, $0) } },
      columns: columns, start: items.map(\.crossPlace)
    ) { distance($0, $1, gap) }
    if var tracks {
      for (index, place) in tracks.settled().enumerated() { items[index].crossPlace = place }
    }
    let least = items.map { $0.crossPlace - $0.across / 2 }.min() ?? 0
    for index in items.indices { items[index].crossPlace -= least }
  }

  private mutating func spread(_ column: [Int], wanted: [Double], _ gap: Double) {
    let gaps = zip(column, column.dropFirst()).map { distance($0, $1, gap) }
    for (item, place) in zip(column, Spreading.apart(wanted, gaps: gaps)) { items[item].crossPlace = place }
  }

  /// Smallest distance between the centres of two neighbours.
  private func distance(_ above: Int, _ below: Int, _ gap: Double) -> Double {
    (items[above].across + items[below].across) / 2 + max(gap, linkGap(above, below))
  }

  /// Room for the words of a link between neighbours of one layer.
  private func linkGap(_ a: Int, _ b: Int) -> Double {
    ways.indices.reduce(0) { most, index in
      guard diagram.edges[index].kind == .link, Set(ways[index]) == [a, b], let label = labels[index] else {
        return most
      }
      return max(most, (isRight ? label.height : label.width) + style.em(1.6))
    }
  }

  // MARK: Drawing

  func draw(on canvas: Canvas, at origin: Point) {
    func point(_ main: Double, _ cross: Double) -> Point {
      isRight ? Point(origin.x + main, origin.y + cross) : Point(origin.x + cross, origin.y + main)
    }
    for (index, way) in ways.enumerated() {
      if diagram.edges[index].kind == .link {
        drawLink(way, labels[index], canvas, point)
      } else {
        drawArrow(way, labels[index], canvas, point)
      }
    }
    for item in items {
      guard let node = item.node else { continue }
      boxes[node].draw(on: canvas, centre: point(item.mainPlace, item.crossPlace), style)
    }
  }

  private func drawArrow(
    _ way: [Int], _ label: TextBlock?, _ canvas: Canvas, _ point: (Double, Double) -> Point
  ) {
    let stroke = style.em(0.12)
    for (position, (a, b)) in zip(way, way.dropFirst()).enumerated() {
      let (from, to) = (items[a], items[b])
      let isForward = to.layer >= from.layer
      let side = isForward ? 1.0 : -1.0
      let isLast = position == way.count - 2
      let start = from.mainPlace + side * from.along / 2
      let tip = to.mainPlace - side * to.along / 2
      let end = isLast ? tip - side * style.em(0.5) : tip
      let bend = (end - start) / 2
      canvas.curve(
        from: point(start, from.crossPlace), control1: point(start + bend, from.crossPlace),
        control2: point(end - bend, to.crossPlace), to: point(end, to.crossPlace), style.axis, width: stroke)
      if isLast {
        let back = tip - side * style.em(0.62)
        let half = style.em(0.3)
        canvas.fill(
          [point(tip, to.crossPlace), point(back, to.crossPlace - half), point(back, to.crossPlace + half)],
          style.axis)
      }
    }
    if let label { draw(label, along: way, canvas, point) }
  }

  /// Position of an arrow's label: on its middle, or beside it if the arrow is straight and leaves room.
  private func draw(
    _ label: TextBlock, along way: [Int], _ canvas: Canvas, _ point: (Double, Double) -> Point
  ) {
    let (from, to) = (items[way[0]], items[way[1]])
    guard way.count == 2 else {
      let middle = items[way[way.count / 2]]
      canvas.draw(
        label, at: point(middle.mainPlace, middle.crossPlace), .centre, .centre, style.muted,
        halo: style.background)
      return
    }
    let side = to.layer >= from.layer ? 1.0 : -1.0
    let main = (from.mainPlace + side * from.along / 2 + to.mainPlace - side * to.along / 2) / 2
    let middle = point(main - side * style.em(0.2), (from.crossPlace + to.crossPlace) / 2)
    let isStraight = abs(from.crossPlace - to.crossPlace) < style.em(0.5)
    if isStraight && isRight {
      canvas.draw(label, at: Point(middle.x, middle.y - style.em(0.3)), .centre, .bottom, style.muted)
    } else if isStraight {
      canvas.draw(label, at: Point(middle.x + style.em(0.5), middle.y), .left, .centre, style.muted)
    } else {
      canvas.draw(label, at: middle, .centre, .centre, style.muted, halo: style.background)
    }
  }

  private func drawLink(
    _ way: [Int], _ label: TextBlock?, _ canvas: Canvas, _ point: (Double, Double) -> Point
  ) {
    let (from, to) = (items[way[0]], items[way[1]])
    var (start, end) = (point(from.mainPlace, from.crossPlace), point(to.mainPlace, to.crossPlace))
    if from.layer == to.layer {
      let side = to.crossPlace >= from.crossPlace ? 1.0 : -1.0
      start = point(from.mainPlace, from.crossPlace + side * from.across / 2)
      end = point(to.mainPlace, to.crossPlace - side * to.across / 2)
    }
    canvas.line(start, end, style.faint, width: style.em(0.12), dash: [style.em(0.35), style.em(0.3)])
    if let label {
      canvas.draw(
        label, at: Point((start.x + end.x) / 2, (start.y + end.y) / 2), .centre, .centre, style.muted,
        halo: style.background)
    }
  }
}
