import Testing

import Language

@Suite struct WordTests {
  @Test(
    "numbers are written as people write them",
    arguments: [
      (3, "3"), (-0.0, "0"), (0.1 + 0.2, "0.3"), (1.0 / 3, "0.333333"), (0.0001, "0.0001"), (1e-5, "0.00001"),
      (1e-7, "1e-7"),
      (1.25e-9, "1.25e-9"), (123456.789, "123456.79"), (1e15, "1e15"), (123456789012345, "123456789012345"),
      (-2.5, "-2.5"),
      (1e300, "1e300"), (.infinity, "infinity"), (-.infinity, "-infinity"), (.nan, "not a number"),
      (0.999999999, "1"),
      (.leastNonzeroMagnitude, "4.94066e-324"), (99.9999999, "100"),
    ] as [(Double, String)])
  func numbers(_ value: Double, _ text: String) { #expect(NumberText.short(value) == text) }

  @Test("exact numbers read back to the same number") func exact() {
    var random = SplitMix(seed: 7)
    for _ in 0..<2000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      #expect(Double(NumberText.exact(value)) == value)
    }
    #expect(NumberText.exact(Float(0.1)) == "0.1")
    #expect(NumberText.exact(Float(1e-3)) == "0.001")
    #expect(Number(Float(0.7)).value == 0.7)
  }

  @Test("text is written so that the language reads it back") func texts() throws {
    let (interpreter, _) = toyInterpreter()
    for text in ["", "a\"b", "{x}", "\\n", "line\nline", "\u{7}\u{1B}", "é👩‍👩‍👧", "\t'\r\n"] {
      let back = try interpreter.value(of: Text(text).summary) as? Text
      #expect(
        back?.text == text.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n"))
    }
  }

  @Test(
    "the nearest word",
    arguments: [
      ("trian", "train"), ("epoch", "epochs"), ("tempereture", "temperature"), ("adm", "adam"),
      ("sgd2", "sgd"), ("x", nil),
      ("banana", nil), ("TRAIN", "train"), ("temp", "temperature"), ("", nil),
    ] as [(String, String?)])
  func nearest(_ word: String, _ expected: String?) {
    #expect(
      nearestWord(to: word, among: ["train", "epochs", "temperature", "adam", "sgd", "batch"]) == expected)
  }

  @Test("edit distance counts a swap once") func distance() {
    #expect(editDistance(Array("ab"), Array("ba")) == 1)
    #expect(editDistance(Array("kitten"), Array("sitting")) == 3)
    #expect(editDistance(Array(""), Array("abc")) == 3)
  }

  @Test("both spellings meet in one key") func spellings() {
    #expect(spellingKey("colour") == spellingKey("color"))
    #expect(spellingKey("neighbours") == spellingKey("neighbors"))
    #expect(spellingKey("greyscale") == "grayscale")
    #expect(spellingKey("train") == "train")
  }
}

/// A small generator of random numbers, the same on every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
