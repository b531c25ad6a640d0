import CCairo
import Glibc

/// The one drawing surface of the module: everything that a figure shows passes through here, in points, to
/// PNG, SVG, PDF or, for tests, to a log of what was drawn and where.
///
/// A canvas belongs to the thread that made it.
package final class Canvas {
  package enum Kind: Sendable { case png, svg, pdf, log }

  package let kind: Kind
  /// Pixels per point that pictures inside the figure should be prepared for.
  package let resolution: Double
  package let text: TextSetter
  package var log = DrawingLog()
  let context: OpaquePointer

  init(context: OpaquePointer, kind: Kind, resolution: Double, text: TextSetter) {
    self.context = context
    self.kind = kind
    self.resolution = resolution
    self.text = text
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_line_cap(context, CAIRO_LINE_CAP_BUTT)
  }

  /// Whether drawing should stop: long loops of a mark check it and end.
  package var isStopped: Bool { text.stop.isRequested }

  package enum LineCap: Sendable { case butt, round }

  // MARK: Shapes

  package func fill(_ rect: Rect, _ colour: Colour, radius: Double = 0) {
    note(
      "rect", [rect.x, rect.y, rect.width, rect.height], colour,
      radius > 0 ? "radius \(Numbers.short(radius))" : "")
    guard !isStopped else { return }
    set(colour)
    trace(rect, radius: radius)
    cairo_fill(context)
  }

  package func stroke(
    _ rect: Rect, _ colour: Colour, width: Double = 1, radius: Double = 0, dash: [Double] = []
  ) {
    note("frame", [rect.x, rect.y, rect.width, rect.height], colour, "width \(Numbers.short(width))")
    guard !isStopped else { return }
    set(colour)
    trace(rect, radius: radius)
    stroke(width, dash)
  }

  package func line(
    _ from: Point, _ to: Point, _ colour: Colour, width: Double = 1, dash: [Double] = [], cap: LineCap = .butt
  ) {
    note("line", [from.x, from.y, to.x, to.y], colour, "width \(Numbers.short(width))")
    guard !isStopped else { return }
    set(colour)
    cairo_move_to(context, from.x, from.y)
    cairo_line_to(context, to.x, to.y)
    stroke(width, dash, cap: cap)
  }

  /// Joined straight lines through `points`.
  package func path(
    _ points: [Point], _ colour: Colour, width: Double, dash: [Double] = [], cap: LineCap = .round
  ) {
    guard points.count > 1, !isStopped else { return }
    note("path", DrawingLog.sample(points), colour, "width \(Numbers.short(width)) points \(points.count)")
    set(colour)
    trace(points)
    stroke(width, dash, cap: cap)
  }

  package func fill(_ points: [Point], _ colour: Colour) {
    guard points.count > 2, !isStopped else { return }
    note("area", DrawingLog.sample(points), colour, "points \(points.count)")
    set(colour)
    trace(points)
    cairo_close_path(context)
    cairo_fill(context)
  }

  package func circle(
    _ centre: Point, radius: Double, _ colour: Colour, outline: Colour? = nil, width: Double = 1
  ) {
    note("circle", [centre.x, centre.y, radius], colour)
    guard !isStopped else { return }
    cairo_new_sub_path(context)
    cairo_arc(context, centre.x, centre.y, max(0, radius), 0, 2 * Double.pi)
    set(colour)
    if let outline {
      cairo_fill_preserve(context)
      set(outline)
      stroke(width, [])
    } else {
      cairo_fill(context)
    }
  }

  package func curve(
    from: Point, control1: Point, control2: Point, to: Point, _ colour: Colour, width: Double,
    dash: [Double] = []
  ) {
    note("curve", [from.x, from.y, to.x, to.y], colour, "width \(Numbers.short(width))")
    set(colour)
    cairo_move_to(context, from.x, from.y)
    cairo_curve_to(context, control1.x, control1.y, control2.x, control2.y, to.x, to.y)
    stroke(width, dash)
  }

  // MARK: Text

  package enum Horizontal: String, Sendable { case left, centre, right }
  /// `middle` centres the capitals and digits of the first line; `centre` the whole block.
  package enum Vertical: String, Sendable { case top, middle, baseline, bottom, centre }

  /// Draws `block` with its anchor at `point`, turned clockwise by `angle` degrees about it.
  package func draw(
    _ block: TextBlock, at point: Point, _ horizontal: Horizontal = .left, _ vertical: Vertical = .top,
    angle: Double = 0, _ colour: Colour, halo: Colour? = nil
  ) {
    log.text(block, point, horizontal, vertical, angle, colour, isOn: kind == .log)
    let dx =
      switch horizontal {
      case .left: 0.0
      case .centre: -block.width / 2
      case .right: -block.width
      }
    let dy =
      switch vertical {
      case .top: 0.0
      case .middle: -block.baseline + 0.365 * block.style.size
      case .baseline: -block.baseline
      case .bottom: -block.height
      case .centre: -block.height / 2
      }
    if kind == .log {
      log.add(word: block.source.source, box: block.box(at: point, dx, dy, angle), angle: angle)
    }
    guard !isStopped else { return }
    cairo_save(context)
    cairo_translate(context, point.x, point.y)
    if angle != 0 { cairo_rotate(context, angle * Double.pi / 180) }
    // Pango places aligned lines inside the wrap width; the block counts from its own left edge.
    var logical = PangoRectangle()
    pango_layout_get_extents(block.layout, nil, &logical)
    cairo_move_to(context, dx - Double(logical.x) / Double(contrast_pango_scale()), dy)
    if let halo {
      set(halo)
      pango_cairo_layout_path(context, block.layout)
      cairo_set_line_width(context, max(2, block.style.size * 0.28))
      cairo_stroke(context)
      cairo_move_to(context, dx - Double(logical.x) / Double(contrast_pango_scale()), dy)
    }
    set(colour)
    pango_cairo_show_layout(context, block.layout)
    cairo_new_path(context)
    cairo_restore(context)
  }

  // MARK: Groups

  package func clipped(to rect: Rect, _ body: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
    cairo_clip(context)
    body()
    cairo_restore(context)
  }

  // MARK: Pictures

  /// Draws `bitmap` over `rect`, pixels kept sharp.
  package func draw(_ bitmap: Bitmap, in rect: Rect) {
    note(
      "picture", [rect.x, rect.y, rect.width, rect.height], nil, "pixels \(bitmap.width)×\(bitmap.height)")
    guard kind != .log, rect.width > 0, rect.height > 0, !isStopped else { return }
    // On a pixel grid the copy is exact; vector files get whole repeats of each pixel.
    var target = rect
    var pixels: (width: Int, height: Int)
    if kind == .png {
      target = snapped(rect)
      pixels = (Int((target.width * resolution).rounded()), Int((target.height * resolution).rounded()))
    } else {
      pixels = (
        Canvas.vectorPixels(bitmap.width, over: rect.width * resolution),
        Canvas.vectorPixels(bitmap.height, over: rect.height * resolution)
      )
    }
    pixels = (max(1, pixels.width), max(1, pixels.height))
    let scaled = bitmap.resized(width: pixels.width, height: pixels.height)
    paint(Pixels(scaled), over: target)
  }

  private static func vectorPixels(_ count: Int, over target: Double) -> Int {
    if Double(count) > target { return max(1, Int(target.rounded())) }
    return count * max(1, Int((target / Double(count)).rounded(.up)))
  }

  /// Paints premultiplied pixels over `rect`.
  package func paint(_ pixels: Pixels, over rect: Rect) {
    guard kind != .log else { return }
    let stride = pixels.width * 4
    guard
      let surface = cairo_image_surface_create(
        pixels.isOpaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32, Int32(pixels.width), Int32(pixels.height)),
      let data = cairo_image_surface_get_data(surface)
    else { return }
    defer { cairo_surface_destroy(surface) }
    cairo_surface_flush(surface)
    let rowBytes = Int(cairo_image_surface_get_stride(surface))
    pixels.words.withUnsafeBytes { source in
      for row in 0..<pixels.height {
        memcpy(data + row * rowBytes, source.baseAddress! + row * stride, stride)
      }
    }
    cairo_surface_mark_dirty(surface)
    cairo_save(context)
    cairo_translate(context, rect.x, rect.y)
    cairo_scale(context, rect.width / Double(pixels.width), rect.height / Double(pixels.height))
    cairo_set_source_surface(context, surface, 0, 0)
    cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
    cairo_rectangle(context, 0, 0, Double(pixels.width), Double(pixels.height))
    cairo_fill(context)
    cairo_restore(context)
  }

  /// `rect` moved to whole device pixels, on surfaces that have them.
  package func snapped(_ rect: Rect) -> Rect {
    guard kind == .png else { return rect }
    func snap(_ value: Double) -> Double { (value * resolution).rounded() / resolution }
    let (left, top) = (snap(rect.x), snap(rect.y))
    return Rect(
      x: left, y: top, width: max(1 / resolution, snap(rect.maxX) - left),
      height: max(1 / resolution, snap(rect.maxY) - top))
  }

  /// A coordinate moved so that a line of `width` points covers whole device pixels.
  package func crisp(_ value: Double, width: Double) -> Double {
    guard kind == .png else { return value }
    let pixels = max(1, (width * resolution).rounded())
    let offset = pixels.truncatingRemainder(dividingBy: 2) == 1 ? 0.5 : 0
    return ((value * resolution - offset).rounded() + offset) / resolution
  }

  // MARK: Helpers

  /// Logs the place of a part of the figure, for tests.
  package func note(region: String, _ box: Rect) {
    if kind == .log { log.add(region: region, box: box) }
  }

  /// Logs the label of a value on an axis, for tests.
  package func note(tick label: String, at value: Double, of axis: String) {
    if kind == .log { log.add(tick: label, at: value, of: axis) }
  }

  package func note(
    _ verb: String, _ numbers: @autoclosure () -> [Double], _ colour: Colour?,
    _ rest: @autoclosure () -> String = ""
  ) {
    guard kind == .log else { return }
    log.add(verb, numbers(), colour, rest())
  }

  private func set(_ colour: Colour) {
    if colour.alpha >= 1 {
      cairo_set_source_rgb(context, colour.red, colour.green, colour.blue)
    } else {
      cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.alpha)
    }
  }

  private func trace(_ points: [Point]) {
    cairo_move_to(context, points[0].x, points[0].y)
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
  }

  private func trace(_ rect: Rect, radius: Double) {
    let radius = min(radius, rect.width / 2, rect.height / 2)
    guard radius > 0 else {
      cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
      return
    }
    cairo_new_sub_path(context)
    cairo_arc(context, rect.maxX - radius, rect.y + radius, radius, -Double.pi / 2, 0)
    cairo_arc(context, rect.maxX - radius, rect.maxY - radius, radius, 0, Double.pi / 2)
    cairo_arc(context, rect.x + radius, rect.maxY - radius, radius, Double.pi / 2, Double.pi)
    cairo_arc(context, rect.x + radius, rect.y + radius, radius, Double.pi, 3 * Double.pi / 2)
    cairo_close_path(context)
  }

  private func stroke(_ width: Double, _ dash: [Double], cap: LineCap = .butt) {
    cairo_set_line_width(context, width)
    cairo_set_line_cap(context, cap == .round && dash.isEmpty ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
    cairo_set_dash(context, dash, Int32(dash.count), 0)
    cairo_stroke(context)
    if !dash.isEmpty { cairo_set_dash(context, [], 0, 0) }
  }
}
