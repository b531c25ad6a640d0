import Base
import CImageFiles
import Glibc

/// A decoded picture: RGB bytes, row by row.
public struct DecodedImage: Sendable {
  public let width: Int
  public let height: Int
  public let pixels: [UInt8]
}

/// Reason why a file gives no picture.
package struct UnreadablePicture: Error, Sendable, Equatable {
  package let reason: LeftOut.Reason
  /// Detail from the file or its decoder; nil if the reason says everything.
  package let detail: LeftOut.Detail?

  package init(_ reason: LeftOut.Reason, _ detail: LeftOut.Detail? = nil) {
    self.reason = reason
    self.detail = detail
  }

  /// The error for a file that begins neither as a JPEG nor as a PNG.
  static func unknown(_ bytes: [UInt8]) -> UnreadablePicture {
    if bytes.starts(with: "version https://git-lfs".utf8) { return UnreadablePicture(.pointer) }
    return UnreadablePicture(.noPicture, bytes.isEmpty ? .empty : nil)
  }
}

/// JPEG and PNG, told apart by their first bytes and not by their names.
public enum ImageFiles {
  /// The most pixels that a picture may have: more than any camera takes, less than what fills the memory.
  public static let mostPixels = 1 << 28

  /// Decodes a JPEG or PNG; anything else, and what is damaged or cut off, throws `UnreadablePicture`.
  public static func decode(_ bytes: [UInt8]) throws -> DecodedImage {
    try withDecoded(bytes, atLeast: 0) { image in
      let isTurned = image.orientation.transposes
      return DecodedImage(
        width: isTurned ? image.height : image.width, height: isTurned ? image.width : image.height,
        pixels: image.orientation.upright(image.pixels, height: image.height, width: image.width))
    }
  }

  /// A picture that lives as long as the call it is given to.
  package struct Borrowed {
    package let pixels: UnsafePointer<UInt8>
    package let width: Int
    package let height: Int
    /// Orientation of the pixels.
    let orientation: Orientation
  }

  /// Decodes and lends the pixels. A JPEG may come smaller, with both sides at least `atLeast` pixels, if that is not 0.
  /// Gives up in the middle once `interrupt` is requested.
  package static func withDecoded<Result>(
    _ bytes: [UInt8], atLeast: Int, interrupt: Interrupt? = nil, _ body: (Borrowed) throws -> Result
  ) throws -> Result {
    var picture = contrast_picture()
    let done: Int32
    var orientation = Orientation.upright
    // Alive as long as this call, and so is what it lends.
    let asked = interrupt ?? Interrupt()
    defer { withExtendedLifetime(asked) {} }
    var stop = contrast_stop(
      asked: { context in
        guard let context else { return 0 }
        return Unmanaged<Interrupt>.fromOpaque(context).takeUnretainedValue().isRequested ? 1 : 0
      }, context: UnsafeRawPointer(Unmanaged.passUnretained(asked).toOpaque()))
    switch kind(of: bytes) {
    case .jpeg:
      orientation = Orientation(jpeg: bytes)
      done = contrast_decode_jpeg(
        bytes, UInt(bytes.count), Int32(clamping: atLeast), UInt(mostPixels), &stop, &picture)
    case .png:
      orientation = Orientation(png: bytes)
      done = contrast_decode_png(bytes, UInt(bytes.count), UInt(mostPixels), &stop, &picture)
    case nil: throw UnreadablePicture.unknown(bytes)
    }
    guard done == 1, let pixels = picture.pixels else {
      throw UnreadablePicture(.damaged, .said(String(cString: contrast_message(&picture))))
    }
    defer { free(pixels) }
    return try body(
      Borrowed(
        pixels: pixels, width: Int(picture.width), height: Int(picture.height), orientation: orientation))
  }

  private enum Kind {
    case jpeg, png
  }

  private static func kind(of bytes: [UInt8]) -> Kind? {
    if bytes.starts(with: [0xff, 0xd8, 0xff]) { return .jpeg }
    if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) { return .png }
    return nil
  }

  /// The bytes of a file; throws if it cannot be read or has more than `most`.
  static func read(_ path: String, most: Int = 1 << 28) throws -> [UInt8] {
    guard let size = FileStatus(path).bytes else { throw UnreadablePicture(.noPicture, .noFile) }
    guard size <= most else { throw UnreadablePicture(.tooLarge, .bytes(size)) }
    do throws(SystemError) { return try InputFile(path).rest() } catch {
      throw UnreadablePicture(.damaged, .said(error.reason))
    }
  }
}
