import CCairo
import FoundationEssentials

/// Turns a laid-out figure into the bytes of a file. The same block gives the same bytes.
enum Output {
  /// Cairo's limit for pictures, and what other programs still open.
  static let largestSide = 32_767
  /// 400 million bytes of pixels: a poster at 300 dots per inch, not an accident.
  static let largestArea = 100_000_000

  static func png(_ block: Block, scale: Double, background: Colour?, text: TextSetter) throws -> Data {
    let size = try pixels(width: block.width, height: block.height, scale: scale)
    let format = background.map { $0.alpha >= 1 } == true ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32
    let surface = cairo_image_surface_create(format, Int32(size.width), Int32(size.height))
    defer { cairo_surface_destroy(surface) }
    try check(cairo_surface_status(surface))
    try draw(block, on: surface, kind: .png, scale: scale, resolution: scale, background, text)
    cairo_surface_flush(surface)
    // Cairo pads rows only to four bytes, which a pixel fills.
    guard let data = cairo_image_surface_get_data(surface),
      Int(cairo_image_surface_get_stride(surface)) == size.width * 4
    else {
      throw FigureError.noMemory
    }
    let count = size.width * size.height
    return try data.withMemoryRebound(to: UInt32.self, capacity: count) { words in
      try PNGFile.encoded(
        UnsafeBufferPointer(start: words, count: count), width: size.width, height: size.height,
        isOpaque: format == CAIRO_FORMAT_RGB24, dotsPerInch: scale * 72)
    }
  }

  static func svg(
    _ block: Block, background: Colour?, title: String, description: String, text: TextSetter
  ) throws -> String {
    let sink = ByteSink()
    let surface = cairo_svg_surface_create_for_stream(ByteSink.write, sink.pointer, block.width, block.height)
    defer { cairo_surface_destroy(surface) }
    try check(cairo_surface_status(surface))
    cairo_svg_surface_restrict_to_version(surface, CAIRO_SVG_VERSION_1_2)
    cairo_surface_set_fallback_resolution(surface, 288, 288)
    try draw(block, on: surface, kind: .svg, scale: 1, resolution: 4, background, text)
    cairo_surface_finish(surface)
    try check(cairo_surface_status(surface))
    return SVGFile.tidied(String(decoding: sink.data, as: UTF8.self), title: title, description: description)
  }

  static func pdf(_ block: Block, background: Colour?, title: String, text: TextSetter) throws -> Data {
    let sink = ByteSink()
    let surface = cairo_pdf_surface_create_for_stream(ByteSink.write, sink.pointer, block.width, block.height)
    defer { cairo_surface_destroy(surface) }
    try check(cairo_surface_status(surface))
    cairo_surface_set_fallback_resolution(surface, 288, 288)
    // A fixed date: the same figure must give the same bytes.
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z")
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, "2000-01-01T00:00:00Z")
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Contrast")
    if !title.isEmpty {
      cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, Label.clean(title))
    }
    try draw(block, on: surface, kind: .pdf, scale: 1, resolution: 300.0 / 72, background, text)
    cairo_surface_finish(surface)
    try check(cairo_surface_status(surface))
    return sink.data
  }

  static func log(_ block: Block, text: TextSetter) throws -> DrawingLog {
    let surface = cairo_recording_surface_create(CAIRO_CONTENT_COLOR_ALPHA, nil)
    defer { cairo_surface_destroy(surface) }
    try check(cairo_surface_status(surface))
    return try draw(block, on: surface, kind: .log, scale: 1, resolution: 2, nil, text)
  }

  /// The size in pixels, checked against what a picture file can hold.
  static func pixels(width: Double, height: Double, scale: Double) throws -> PixelSize {
    guard scale.isFinite, scale > 0, scale <= 64 else {
      throw FigureError.scale(scale)
    }
    let wide = (width * scale).rounded(.up)
    let high = (height * scale).rounded(.up)
    guard wide >= 1, high >= 1, wide <= Double(largestSide), high <= Double(largestSide),
      wide * high <= Double(largestArea)
    else {
      throw FigureError.pixels(wide: wide, high: high)
    }
    return PixelSize(width: Int(wide), height: Int(high))
  }

  @discardableResult
  private static func draw(
    _ block: Block, on surface: OpaquePointer?, kind: Canvas.Kind, scale: Double, resolution: Double,
    _ background: Colour?, _ text: TextSetter
  ) throws -> DrawingLog {
    guard let context = cairo_create(surface) else {
      throw FigureError.noMemory
    }
    defer { cairo_destroy(context) }
    cairo_scale(context, scale, scale)
    let canvas = Canvas(context: context, kind: kind, resolution: resolution, text: text)
    if let background {
      // Beyond the edge: the last pixel may be only partly covered by the page.
      canvas.fill(Rect(x: 0, y: 0, width: block.width + 2, height: block.height + 2), background)
    }
    block.draw(canvas, Point(0, 0))
    try text.stop.check()
    try check(cairo_status(context))
    return canvas.log
  }

  private static func check(_ status: cairo_status_t) throws {
    guard status != CAIRO_STATUS_SUCCESS else { return }
    let reason = String(cString: cairo_status_to_string(status))
    throw FigureError.cairo(reason)
  }
}

/// Collects what Cairo writes.
private final class ByteSink {
  var data = Data()

  /// Valid while the sink is alive, which every use above keeps it until the surface is finished.
  var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static let write: cairo_write_func_t = { closure, bytes, count in
    guard let closure, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
    let sink = Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue()
    sink.data.append(bytes, count: Int(count))
    return CAIRO_STATUS_SUCCESS
  }
}
