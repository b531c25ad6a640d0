import Base
import FoundationEssentials
import Images
import Tensors
import Testing

/// Small files of many kinds, as Pillow writes and reads them.
struct SavedFiles: Decodable {
  struct File: Decodable, CustomTestStringConvertible {
    let name: String
    let data: Data
    let width: Int
    let height: Int
    let rgb: [UInt8]
    let tolerance: Int
    var testDescription: String { name }
    var bytes: [UInt8] { Array(data) }
  }
  let files: [File]

  static let all = try! Fixtures.decode("files.json", as: SavedFiles.self).files
  static func named(_ name: String) -> [UInt8] { all.first { $0.name == name }!.bytes }
}

@Suite struct ImageFilesTests {
  @Test("decodes what Pillow decodes", arguments: SavedFiles.all)
  func decoding(_ file: SavedFiles.File) throws {
    let image = try ImageFiles.decode(file.bytes)
    #expect(image.width == file.width && image.height == file.height)
    #expect(image.pixels.count == file.rgb.count)
    var worst = (difference: 0, place: 0)
    for (place, (got, expected)) in zip(image.pixels, file.rgb).enumerated() {
      let difference = abs(Int(got) - Int(expected))
      if difference > worst.difference { worst = (difference, place) }
    }
    #expect(worst.difference <= file.tolerance, "worst at \(worst.place)")
  }

  /// The error for bytes that are no picture.
  private func error(_ bytes: [UInt8]) -> UnreadablePicture? {
    #expect(throws: UnreadablePicture.self) { try ImageFiles.decode(bytes) }
  }

  /// The decoder's message about them; "" if it says nothing.
  private func refusal(_ bytes: [UInt8]) -> String {
    if case .said(let message)? = error(bytes)?.detail { message } else { "" }
  }

  @Test(
    "what is cut off is refused",
    arguments: ["png", "jpeg", "jpeg progressive", "png palette", "jpeg of inks"])
  func truncated(name: String) {
    let bytes = SavedFiles.named(name)
    for count in stride(from: 0, to: bytes.count - 12, by: 7) {
      // The last 12 bytes of a PNG are its end mark alone.
      #expect(error(Array(bytes.prefix(count))) != nil, "\(count)")
    }
  }

  /// The scans of a progressive JPEG, one of them `extra` times more: harmless, as it is tiny.
  private func scans(_ extra: Int) throws -> [UInt8] {
    let jpeg = SavedFiles.named("jpeg progressive")
    let starts = jpeg.indices.dropLast().filter { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xda }
    let last = try #require(starts.last)
    let end = jpeg.count - 2
    return jpeg[..<end] + (0..<extra).flatMap { _ in jpeg[last..<end] } + jpeg[end...]
  }

  @Test("a JPEG of more scans than any program writes is refused")
  func manyScans() throws {
    #expect(
      try ImageFiles.decode(scans(0)).pixels == ImageFiles.decode(SavedFiles.named("jpeg progressive")).pixels
    )
    let message = try refusal(scans(200))
    #expect(message == "more than 100 scans", "\(message)")
  }

  @Test(
    "an interrupt ends the decoding of one picture",
    arguments: ["jpeg", "jpeg progressive", "png", "png palette"])
  func interrupt(name: String) {
    let interrupt = Interrupt()
    interrupt.request()
    #expect(throws: UnreadablePicture.self) {
      try ImageFiles.withDecoded(SavedFiles.named(name), atLeast: 0, interrupt: interrupt) { _ in }
    }
  }

  @Test("a header says what decoding takes", arguments: SavedFiles.all)
  func header(_ file: SavedFiles.File) throws {
    let header = try #require(PictureHeader(file.bytes))
    #expect([header.width, header.height].sorted() == [file.width, file.height].sorted())
    let least = 3 * file.width * file.height
    #expect(header.memory(atLeast: 0) >= least && header.memory(atLeast: 0) <= 5 * least)
  }

  @Test("what is no picture is refused with a reason")
  func noPictures() {
    #expect(error([]) == UnreadablePicture(.noPicture, .empty))
    #expect(error(Array("Hello".utf8)) == UnreadablePicture(.noPicture))
    #expect(error(Array("GIF89a".utf8)) == UnreadablePicture(.noPicture))
    #expect(!refusal([0xff, 0xd8, 0xff]).isEmpty)
    #expect(!refusal([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).isEmpty)
  }

  @Test("sizes that no camera makes are refused before memory is taken for them")
  func hugeSizes() {
    // The width and height of a JPEG stand in its frame header; these are 65,500 each.
    var jpeg = SavedFiles.named("jpeg")
    let frame = jpeg.indices.first { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xc0 }!
    for (place, value) in zip(frame + 5..<frame + 9, [0xff, 0xdc, 0xff, 0xdc] as [UInt8]) {
      jpeg[place] = value
    }
    #expect(refusal(jpeg).contains("65500 x 65500"))
    // A PNG's stand in its first chunk, with a checksum: 500,000 each.
    var png = Array(SavedFiles.named("png").prefix(16))
    let header: [UInt8] = [0, 7, 0xa1, 0x20, 0, 7, 0xa1, 0x20, 8, 2, 0, 0, 0]
    png += header
    let sum = crc(Array("IHDR".utf8) + header)
    png += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
    png += SavedFiles.named("png").dropFirst(33)
    #expect(refusal(png).contains("500000 x 500000"))
  }

  private func crc(_ bytes: [UInt8]) -> UInt32 {
    var sum = ~UInt32(0)
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
    }
    return ~sum
  }

  @Test("random damage is an error or a picture, never a crash", arguments: SavedFiles.all)
  func fuzz(_ file: SavedFiles.File) {
    var random = RandomStream(seed: UInt64(file.data.count))
    for _ in 0..<120 {
      var bytes = file.bytes
      for _ in 0...random.integer(below: 6) {
        bytes[random.integer(below: bytes.count)] = UInt8(random.integer(below: 256))
      }
      if random.happens(0.2) { bytes.removeLast(random.integer(below: bytes.count)) }
      do {
        let image = try ImageFiles.decode(bytes)
        #expect(image.pixels.count == image.width * image.height * 3)
      } catch {
        #expect(error is UnreadablePicture)
      }
    }
  }
}
