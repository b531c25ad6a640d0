import FoundationEssentials

/// What Cairo leaves out of a PNG file: how large it is on paper.
enum PNGFile {
  /// Adds a `pHYs` chunk after the header, so that programs that print or place the picture know its size.
  static func withResolution(_ png: Data, dotsPerInch: Double) -> Data {
    // Signature 8 bytes, then the header chunk of 4 + 4 + 13 + 4 bytes.
    guard png.count > 33 else { return png }
    let perMetre = UInt32(min(Double(UInt32.max), (dotsPerInch / 0.0254).rounded()))
    var chunk = Array("pHYs".utf8)
    for _ in 0..<2 { chunk += bytes(perMetre) }
    chunk.append(1)
    var out = Data(capacity: png.count + 21)
    out.append(png.prefix(33))
    out.append(contentsOf: bytes(9) + chunk + bytes(checksum(chunk)))
    out.append(png.dropFirst(33))
    return out
  }

  private static func bytes(_ value: UInt32) -> [UInt8] {
    [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
  }

  /// CRC-32 as in the PNG specification, annex D.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
    }
    return ~crc
  }
}
