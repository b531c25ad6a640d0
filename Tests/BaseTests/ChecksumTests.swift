import Base
import Testing

@Suite("Checksums")
struct ChecksumTests {
  /// Values of the reference implementation with seed 0.
  @Test(
    "are XXH64",
    arguments: [
      ("", "ef46db3751d8e999"), ("a", "d24ec4f1a98c6e5b"), ("abc", "44bc2cf5ad770999"),
      ("message digest", "066ed728fceeb3be"), ("abcdefghijklmnopqrstuvwxyz", "cfe1f278fa89835c"),
      ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "aaa46907d3047814"),
      (String(repeating: "1234567890", count: 8), "e04a477f19ee145d"),
    ])
  func reference(text: String, expected: String) {
    var sum = Checksum()
    sum.add(Array(text.utf8))
    #expect(sum.text == expected)
  }

  @Test("do not depend on the parts in which bytes come, and differ by every bit")
  func parts() {
    let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    for length in [0, 1, 31, 32, 33, 64, 100, 199] {
      var whole = Checksum()
      whole.add(Array(bytes[..<length]))
      for part in [1, 3, 8, 31, 32, 33, 70] {
        var sum = Checksum()
        for start in stride(from: 0, to: length, by: part) {
          sum.add(Array(bytes[start..<min(length, start + part)]))
        }
        #expect(sum.value == whole.value, "\(length) bytes by \(part)")
      }
      for place in 0..<length {
        var other = Array(bytes[..<length])
        other[place] ^= 1 << (place % 8)
        var sum = Checksum()
        sum.add(other)
        #expect(sum.value != whole.value)
      }
    }
  }
}
