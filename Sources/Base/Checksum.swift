/// Checksum of bytes that come in parts: XXH64 with seed 0, by the xxHash specification 0.1.1 (Collet, 2016). It tells damage, not forgery.
public struct Checksum: Sendable {
  private static let (p1, p2, p3): (UInt64, UInt64, UInt64) = (
    0x9e37_79b1_85eb_ca87, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9
  )
  private static let (p4, p5): (UInt64, UInt64) = (0x85eb_ca77_c2b2_ae63, 0x27d4_eb2f_1656_67c5)
  private static let stripe = 32

  private var lanes = SIMD4(p1 &+ p2, p2, 0, 0 &- p1)
  private var count: UInt64 = 0
  /// Bytes that do not fill a stripe yet.
  private var rest: [UInt8] = []

  public init() {}

  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    count &+= UInt64(bytes.count)
    var bytes = bytes[...]
    if !rest.isEmpty {
      let missing = bytes.prefix(Checksum.stripe - rest.count)
      rest += missing
      bytes = bytes.dropFirst(missing.count)
      guard rest.count == Checksum.stripe else { return }
      rest.withUnsafeBytes { takeStripes($0[...]) }
      rest = []
    }
    let whole = bytes.count / Checksum.stripe * Checksum.stripe
    takeStripes(bytes.prefix(whole))
    rest = Array(bytes.dropFirst(whole))
  }

  public mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

  private mutating func takeStripes(_ part: Slice<UnsafeRawBufferPointer>) {
    let bytes = UnsafeRawBufferPointer(rebasing: part)
    var lanes = lanes
    for start in stride(from: 0, to: bytes.count, by: Checksum.stripe) {
      for lane in 0..<4 {
        lanes[lane] = Checksum.round(lanes[lane], Checksum.word(bytes, at: start + 8 * lane))
      }
    }
    self.lanes = lanes
  }

  /// Checksum of all that came so far.
  public var value: UInt64 {
    var sum = lanes[2] &+ Checksum.p5
    if count >= Checksum.stripe {
      sum = (0..<4).reduce(0) { $0 &+ Checksum.turned(lanes[$1], [1, 7, 12, 18][$1]) }
      for lane in 0..<4 { sum = (sum ^ Checksum.round(0, lanes[lane])) &* Checksum.p1 &+ Checksum.p4 }
    }
    sum &+= count
    rest.withUnsafeBytes { bytes in
      var at = 0
      while at + 8 <= bytes.count {
        sum ^= Checksum.round(0, Checksum.word(bytes, at: at))
        sum = Checksum.turned(sum, 27) &* Checksum.p1 &+ Checksum.p4
        at += 8
      }
      if at + 4 <= bytes.count {
        sum ^= UInt64(bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self).littleEndian) &* Checksum.p1
        sum = Checksum.turned(sum, 23) &* Checksum.p2 &+ Checksum.p3
        at += 4
      }
      for byte in bytes[at...] {
        sum = Checksum.turned(sum ^ UInt64(byte) &* Checksum.p5, 11) &* Checksum.p1
      }
    }
    sum = (sum ^ sum >> 33) &* Checksum.p2
    sum = (sum ^ sum >> 29) &* Checksum.p3
    return sum ^ sum >> 32
  }

  /// The value as 16 hexadecimal digits.
  public var text: String {
    let value = value
    return hexadecimal((0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * UInt64($0))) })
  }

  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { turned(lane &+ word &* p2, 31) &* p1 }

  private static func turned(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    value << bits | value >> (64 - bits)
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
    bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
  }
}
