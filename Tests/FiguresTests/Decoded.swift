import CCairo
import Figures
import FoundationEssentials

/// A PNG file read back through Cairo.
struct Decoded {
  let width: Int
  let height: Int
  private let words: [UInt32]

  init?(_ png: Data) {
    final class Source {
      var bytes: [UInt8]
      var place = 0
      init(_ data: Data) { bytes = Array(data) }
    }
    let source = Source(png)
    let read: cairo_read_func_t = { closure, target, count in
      guard let closure, let target else { return CAIRO_STATUS_READ_ERROR }
      let source = Unmanaged<Source>.fromOpaque(closure).takeUnretainedValue()
      guard source.place + Int(count) <= source.bytes.count else { return CAIRO_STATUS_READ_ERROR }
      for offset in 0..<Int(count) { target[offset] = source.bytes[source.place + offset] }
      source.place += Int(count)
      return CAIRO_STATUS_SUCCESS
    }
    let surface = cairo_image_surface_create_from_png_stream(
      read, Unmanaged.passUnretained(source).toOpaque())
    defer { cairo_surface_destroy(surface) }
    guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS,
      let data = cairo_image_surface_get_data(surface)
    else { return nil }
    let width = Int(cairo_image_surface_get_width(surface))
    let height = Int(cairo_image_surface_get_height(surface))
    let stride = Int(cairo_image_surface_get_stride(surface))
    var words: [UInt32] = []
    for row in 0..<height {
      data.advanced(by: row * stride).withMemoryRebound(to: UInt32.self, capacity: width) { line in
        words.append(contentsOf: UnsafeBufferPointer(start: line, count: width))
      }
    }
    self.width = width
    self.height = height
    self.words = words
  }

  /// `0xRRGGBB` at a pixel.
  func colour(_ x: Int, _ y: Int) -> UInt32 { words[y * width + x] & 0xFFFFFF }
  func alpha(_ x: Int, _ y: Int) -> UInt32 { words[y * width + x] >> 24 }

  func count(where isCounted: (UInt32) -> Bool) -> Int { words.filter { isCounted($0 & 0xFFFFFF) }.count }
}

extension Colour {
  var rgb: UInt32 {
    func byte(_ value: Double) -> UInt32 { UInt32((value * 255).rounded()) }
    return byte(red) << 16 | byte(green) << 8 | byte(blue)
  }
}
