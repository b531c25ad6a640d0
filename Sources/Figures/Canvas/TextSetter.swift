import CCairo
import Glibc

/// Style of a piece of text; sizes in points.
package struct TextStyle: Hashable, Sendable {
  package enum Alignment: Hashable, Sendable { case left, centre, right }

  package var size: Double
  package var bold = false
  package var italic = false
  /// Lines longer than this are wrapped.
  package var width: Double?
  /// Text that needs more lines than this ends in `…`.
  package var lines: Int?
  package var alignment = Alignment.left

  package init(
    size: Double, bold: Bool = false, italic: Bool = false, width: Double? = nil, lines: Int? = nil,
    alignment: Alignment = .left
  ) {
    self.size = size
    self.bold = bold
    self.italic = italic
    self.width = width
    self.lines = lines
    self.alignment = alignment
  }
}

/// A measured piece of text, ready to be drawn. It owns its Pango layout and belongs to the thread that made
/// it.
package final class TextBlock {
  let layout: OpaquePointer
  package let source: Label
  package let style: TextStyle
  package let width: Double
  package let height: Double
  /// Distance from the top to the baseline of the first line.
  package let baseline: Double
  package let lineCount: Int

  init(layout: OpaquePointer, source: Label, style: TextStyle) {
    self.layout = layout
    self.source = source
    self.style = style
    var ink = PangoRectangle()
    var logical = PangoRectangle()
    pango_layout_get_extents(layout, &ink, &logical)
    let scale = Double(contrast_pango_scale())
    // Wrapped text reports the width it was given: what it needs is its widest line.
    width = Double(logical.width) / scale
    height = Double(logical.height) / scale
    baseline = Double(pango_layout_get_baseline(layout)) / scale
    lineCount = Int(pango_layout_get_line_count(layout))
  }

  deinit { contrast_object_release(UnsafeMutableRawPointer(layout)) }

  /// The upright box around the text when its corner lies `dx`, `dy` from `point` and it is turned by `angle`
  /// degrees.
  func box(at point: Point, _ dx: Double, _ dy: Double, _ angle: Double) -> Rect {
    let (sine, cosine) = (sin(angle * Double.pi / 180), cos(angle * Double.pi / 180))
    let corners = [(dx, dy), (dx + width, dy), (dx, dy + height), (dx + width, dy + height)].map { x, y in
      Point(point.x + x * cosine - y * sine, point.y + x * sine + y * cosine)
    }
    let left = corners.map(\.x).min() ?? 0
    let top = corners.map(\.y).min() ?? 0
    return Rect(
      x: left, y: top, width: (corners.map(\.x).max() ?? 0) - left,
      height: (corners.map(\.y).max() ?? 0) - top)
  }
}

/// Measures text with Pango. Metrics are not hinted, so a figure has the same layout in every format and at
/// every scale. Pango's font map belongs to a thread, and so does a setter: one is made for each drawing.
package final class TextSetter {
  private let context: OpaquePointer
  private let family: String
  private var cache: [Key: TextBlock] = [:]
  package let stop: Stop

  private struct Key: Hashable {
    var text: Label
    var style: TextStyle
  }

  /// `stop` is asked whether to give up, many times a second.
  package init(family: String, stop: @escaping () -> Bool = { false }) {
    self.family = family
    self.stop = Stop(stop)
    context = pango_font_map_create_context(pango_cairo_font_map_get_default())
    let options = cairo_font_options_create()
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    pango_cairo_context_set_font_options(context, options)
    cairo_font_options_destroy(options)
    pango_cairo_context_set_resolution(context, 72)
    pango_context_set_round_glyph_positions(context, 0)
    pango_context_set_base_dir(context, PANGO_DIRECTION_LTR)
    pango_context_set_language(context, pango_language_from_string("en"))
  }

  deinit { contrast_object_release(UnsafeMutableRawPointer(context)) }

  /// Plain words, such as names from data.
  package func block(_ words: String, _ style: TextStyle) -> TextBlock { block(.plain(words), style) }

  package func block(_ text: Label, _ style: TextStyle) -> TextBlock {
    let key = Key(text: text, style: style)
    if let known = cache[key] { return known }
    let block = make(text, style)
    cache[key] = block
    return block
  }

  package func width(_ text: String, _ style: TextStyle) -> Double { block(text, style).width }

  package func width(_ text: Label, _ style: TextStyle) -> Double { block(text, style).width }

  private func make(_ text: Label, _ style: TextStyle) -> TextBlock {
    // Pango gives NULL only when memory is exhausted.
    let layout = pango_layout_new(context)!
    let scale = Double(contrast_pango_scale())
    let font = pango_font_description_new()
    pango_font_description_set_family(font, family)
    pango_font_description_set_absolute_size(font, style.size * scale)
    if style.bold { pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD) }
    if style.italic { pango_font_description_set_style(font, PANGO_STYLE_ITALIC) }
    pango_layout_set_font_description(layout, font)
    pango_font_description_free(font)
    switch style.alignment {
    case .left: pango_layout_set_alignment(layout, PANGO_ALIGN_LEFT)
    case .centre: pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER)
    case .right: pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT)
    }
    if let width = style.width {
      pango_layout_set_width(layout, Int32(min(1e6, max(1, width)) * scale))
      pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
    }
    if let lines = style.lines {
      // One line without a width never wraps; several need the ellipsis after the last one.
      pango_layout_set_height(layout, -Int32(max(1, lines)))
      pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END)
    }
    // A hyphen within a name that had to be broken would look like a part of it.
    let markup = stop.isRequested ? "" : "<span insert_hyphens=\"false\">\(text.pango)</span>"
    pango_layout_set_markup(layout, markup, Int32(markup.utf8.count))
    return TextBlock(layout: layout, source: text, style: style)
  }
}
