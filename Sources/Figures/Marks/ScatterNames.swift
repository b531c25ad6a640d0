/// Names of classes written on the map itself.
extension Scatter {
  private func nameLook(_ style: Style, width: Double, size: Double = 1) -> TextStyle {
    TextStyle(size: style.base * size, bold: true, width: width * 0.6, lines: 1)
  }

  /// Whether the names cover no more than half of a map of this width, so that each finds a place; else they are in a legend.
  func hasRoomForNames(_ context: Context) -> Bool {
    guard case .classes(_, let names) = colouring else { return false }
    let blocks = context.text.names(names, nameLook(context.style, width: context.width))
    let covered = blocks.reduce(0) { $0 + $1.width * $1.height }
    return covered < context.width * context.width * 0.6 * 0.5
  }

  /// Names with a halo at the median of each class, moved off each other.
  func drawNames(_ kept: [Int], _ plot: Plot) {
    guard case .classes(let classes, let names) = colouring else { return }
    var members: [[Int]] = Array(repeating: [], count: names.count)
    for index in kept where classes[index] >= 0 { members[classes[index]].append(index) }
    var placed: [(block: TextBlock, box: Rect, colour: Colour)] = []
    // Where names find no room of their own, smaller ones do.
    for size in [1, 0.86, 0.72] where plot.style.base * size >= Style.leastText || size == 1 {
      let blocks = plot.context.text.names(names, nameLook(plot.style, width: plot.area.width, size: size))
      var isApart = true
      placed = []
      for index in names.indices where !members[index].isEmpty {
        let xs = members[index].map { plot.x(x[$0]) }.sorted()
        let ys = members[index].map { plot.y(y[$0]) }.sorted()
        let middle = Point(xs[xs.count / 2], ys[ys.count / 2])
        let (box, isFree) = place(blocks[index], about: middle, placed.map(\.box), plot.area)
        isApart = isApart && isFree
        let colour = colour(index, plot.context).readable(on: plot.style.background, ratio: 6)
        placed.append((blocks[index], box, colour))
      }
      if isApart { break }
    }
    for name in placed {
      plot.canvas.draw(
        name.block, at: Point(name.box.midX, name.box.midY), .centre, .centre, name.colour,
        halo: plot.style.halo)
    }
  }

  /// The free place nearest to a point: above or below it first, then to its sides.
  private func place(_ block: TextBlock, about point: Point, _ taken: [Rect], _ area: Rect) -> (
    box: Rect, isFree: Bool
  ) {
    func box(_ across: Int, _ down: Int) -> Rect {
      let centre = point.x + Double(across) * block.width * 0.25
      let x = min(max(centre - block.width / 2, area.x), max(area.x, area.maxX - block.width))
      let y = point.y - block.height / 2 + Double(down) * block.height * 0.5
      return Rect(
        x: x, y: min(max(y, area.y), max(area.y, area.maxY - block.height)), width: block.width,
        height: block.height)
    }
    func signed(_ step: Int) -> Int { step % 2 == 0 ? step / 2 : -(step + 1) / 2 }
    for across in 0..<17 {
      for down in 0..<(across == 0 ? 8 : 40) {
        let box = box(signed(across), signed(down))
        if !taken.contains(where: { $0.intersects(box) }) { return (box, true) }
      }
    }
    return (box(0, 0), false)
  }
}
