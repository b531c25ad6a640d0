/// One box of a diagram, measured.
struct DiagramBox {
  let node: Diagram.Node
  let width: Double
  let height: Double
  private let title: TextBlock
  private let detail: TextBlock?
  private let picture: (width: Double, height: Double)?
  private let pad: Double

  init(_ node: Diagram.Node, size: Double, _ context: Context) {
    self.node = node
    let style = context.style
    let base = style.base * size
    pad = base * 0.7
    title = context.text.block(
      node.title.isEmpty ? " " : node.title,
      TextStyle(size: base, bold: true, width: base * 17, lines: 4, alignment: .centre))
    detail = node.detail.flatMap { text in
      text.isEmpty
        ? nil
        : context.text.block(
          text, TextStyle(size: base * 0.88, width: base * 16, lines: 6, alignment: .centre))
    }
    picture = node.picture.map { bitmap in
      let scale = base * 4.5 / Double(max(bitmap.width, bitmap.height))
      return (Double(bitmap.width) * scale, Double(bitmap.height) * scale)
    }
    width = max(title.width, detail?.width ?? 0, picture?.width ?? 0) + pad * 2
    height =
      title.height + (detail.map { $0.height + base * 0.15 } ?? 0)
      + (picture.map { $0.height + base * 0.4 } ?? 0)
      + pad * 1.4
  }

  func draw(on canvas: Canvas, centre: Point, _ style: Style) {
    let ink = node.colour.map(style.colour) ?? style.axis
    let box = Rect(x: centre.x - width / 2, y: centre.y - height / 2, width: width, height: height)
    let fill = style.background.mixed(with: ink, style.mode == .light ? 0.1 : 0.2)
    canvas.fill(box, fill, radius: style.em(0.4))
    canvas.stroke(box, ink, width: style.em(0.11), radius: style.em(0.4))
    var y = box.y + pad * 0.7
    if let bitmap = node.picture, let picture {
      canvas.draw(
        bitmap, in: Rect(x: centre.x - picture.width / 2, y: y, width: picture.width, height: picture.height))
      y += picture.height + title.style.size * 0.4
    }
    canvas.draw(title, at: Point(centre.x, y), .centre, .top, style.ink)
    y += title.height + title.style.size * 0.15
    if let detail { canvas.draw(detail, at: Point(centre.x, y), .centre, .top, style.muted) }
  }
}
