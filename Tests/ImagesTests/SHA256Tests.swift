import Images
import Testing

/// The examples of FIPS 180-4 and of NIST's validation suite.
@Suite struct SHA256Tests {
  private func sum(_ bytes: [UInt8], pieces: Int = 1 << 20) -> String {
    var sum = SHA256()
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      Array(bytes[start..<min(bytes.count, start + pieces)]).withUnsafeBytes { sum.update($0) }
    }
    return sum.finish()
  }

  @Test("published examples")
  func examples() {
    #expect(sum([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(sum(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      sum(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    #expect(
      sum([UInt8](repeating: 0x61, count: 1_000_000), pieces: 999)
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("the pieces do not matter", arguments: [1, 7, 55, 56, 63, 64, 65, 128, 200])
  func pieces(length: Int) {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(sum(bytes, pieces: length) == sum(bytes))
    #expect(sum(Array(bytes[..<length])) == sum(Array(bytes[..<length]), pieces: 3))
  }
}
