import Base
import Testing

@Suite("JSON")
struct JSONTests {
  @Test(
    "values are read as RFC 8259 has them",
    arguments: [
      ("null", JSON.null), (" true ", true), ("\t[ ]\r\n", []), ("{}", [:]), ("0", 0), ("-0", -0.0),
      ("-12", -12),
      ("1.5e3", 1500.0), ("1E-2", 0.01), ("9223372036854775807", .int(.max)),
      ("9223372036854775808", 9.223372036854775808e18),
      ("1e999", .double(.greatestFiniteMagnitude)), ("-1e999", .double(-.greatestFiniteMagnitude)),
      ("1e-999", 0.0),
      (#""\"\\\/\b\f\n\r\t\u0041""#, "\"\\/\u{8}\u{C}\n\r\tA"),
      (#""\ud83d\ude00""#, "😀"), (#""\uD83D""#, "\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
      (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
      (#"{"a":{"b":[1,2.0,"c"]},"b":3,"b":[]}"#, ["a": ["b": [1, 2.0, "c"]], "b": []]),
      (#""\u0000""#, "\u{0}"), ("\"é𝔘\"", "é𝔘"),
    ] as [(String, JSON)])
  func reading(text: String, value: JSON) throws {
    #expect(try JSON.parse(text) == value)
  }

  @Test(
    "everything else is refused",
    arguments: [
      "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1",
      "[1,]", "[1 2]",
      "[", "]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:2}", "\"", "\"\\x\"", "\"\\u12\"",
      "\"\\u12G4\"", "\"a\nb\"",
      "'a'", "1 2", "[]]", "// c\n1", "\"\\", "\"\\ud83d\\u\"",
    ])
  func refusing(text: String) {
    #expect(throws: JSONError.self) { try JSON.parse(text) }
  }

  @Test("an error says where it is")
  func position() throws {
    let error = #expect(throws: JSONError.self) { try JSON.parse("{\n \"a\": [1,\n  x]}") }
    #expect(error?.line == 3)
    #expect(error?.column == 3)
    #expect(error?.description == "unexpected character at line 3, column 3")
  }

  @Test("a text that nests too deep is refused, one at the limit is not")
  func depth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(try JSON.parse(nested(JSON.Rules.lenient.depth)).array?.count == 1)
    #expect(throws: JSONError.self) { try JSON.parse(nested(JSON.Rules.lenient.depth + 1)) }
    #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "{\"a\":", count: 1_000_000)) }
  }

  @Test("broken UTF-8 becomes replacement characters")
  func brokenText() throws {
    #expect(try JSON.parse([0x22, 0x61, 0xFF, 0x62, 0x22]) == "a\u{FFFD}b")
    #expect(try JSON.parse([0x22, 0xED, 0xA0, 0x80, 0x5C, 0x6E, 0x22]).string?.hasSuffix("\n") == true)
  }

  @Test(
    "where rules are strict, what lenient ones mend is refused",
    arguments: [
      #"{"a":1,"b":2,"a":3}"#, #"["\ud83d"]"#, #"["\ud83d\u0041"]"#, #"["\ude00x"]"#, "[[[1]]]",
    ])
  func strict(text: String) throws {
    let rules = JSON.Rules(depth: 2, isStrict: true)
    #expect(throws: JSONError.self) { try JSON.parse(Array(text.utf8), rules) }
    #expect(throws: Never.self) { try JSON.parse(text) }
    #expect(throws: JSONError.self) { try JSON.parse([0x22, 0x61, 0xFF, 0x22], rules) }
    #expect(throws: JSONError.self) { try JSON.parse([0x22, 0x5C, 0x6E, 0xFF, 0x22], rules) }
    #expect(
      try JSON.parse(Array(#"{"a":["\ud83d\ude00"],"b":{}}"#.utf8), rules) == ["a": ["😀"], "b": [:]])
  }

  @Test("members can be written in an order of their own")
  func order() {
    #expect(
      JSON.serialized(inOrder: [("b", ["d": 1, "c": []]), ("a", "\"")])
        == Array(#"{"b":{"c":[],"d":1},"a":"\""}"#.utf8))
  }

  @Test("numbers that JSON cannot hold are written as null")
  func nonFinite() {
    let values: JSON = [.double(.nan), .double(.infinity), .double(-.infinity), 1e300, 0.1]
    #expect(values.description == "[null,null,null,1e+300,0.1]")
  }

  @Test("text is escaped where it must be, members are sorted")
  func writing() {
    let value: JSON = ["b": "\"\\\n\u{1}\u{1F}\u{7F}é/", "a": [], "c": [:], "𝔘": false]
    #expect(value.description == #"{"a":[],"b":"\"\\\n\u0001\u001f"# + "\u{7F}é/" + #"","c":{},"𝔘":false}"#)
    #expect(
      String(decoding: (["a": [1, []], "b": [:]] as JSON).laidOut(), as: UTF8.self)
        == "{\n \"a\": [\n  1,\n  []\n ],\n \"b\": {}\n}\n")
  }

  @Test("what is written is read back the same", arguments: [1, 2, 3, 4])
  func roundTrip(seed: UInt64) throws {
    var generator = SplitMix(state: seed)
    for _ in 0..<300 {
      let value = random(depth: 4, &generator)
      #expect(try JSON.parse(value.serialized()) == value)
      #expect(try JSON.parse(value.laidOut()) == value)
    }
  }

  @Test("no bytes make the reader fail otherwise than by an error", arguments: [1, 2, 3, 4])
  func fuzz(seed: UInt64) throws {
    var generator = SplitMix(state: seed)
    let alphabet = Array(#"{}[]",:\u09aef-+.tn /"#.utf8) + [0, 10, 0x7F, 0xC3, 0xFF]
    var accepted = 0
    for _ in 0..<3000 {
      var bytes = random(depth: 3, &generator).serialized()
      for _ in 0..<Int.random(in: 0..<3, using: &generator) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = alphabet.randomElement(using: &generator) ?? 0
        case 1: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
        default: bytes.removeSubrange(place...)
        }
      }
      if let value = try? JSON.parse(bytes) {
        accepted += 1
        #expect(try JSON.parse(value.serialized()) == value)
      }
    }
    #expect(accepted > 500)
  }

  private func random(depth: Int, _ generator: inout SplitMix) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &generator))
    case 2:
      return .int(
        Int.random(in: .min ... .max, using: &generator) >> Int.random(in: 0..<64, using: &generator))
    case 3:
      return .double(Double(bitPattern: UInt64.random(in: 0..<0x7FF0_0000_0000_0000, using: &generator)))
    case 4, 5:
      let scalars = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
        Unicode.Scalar(UInt32.random(in: 0...0x2FF, using: &generator)) ?? " "
      }
      return .string(String(String.UnicodeScalarView(scalars)))
    case 6:
      return .array(
        (0..<Int.random(in: 0..<5, using: &generator)).map { _ in random(depth: depth - 1, &generator) })
    default:
      let members = (0..<Int.random(in: 0..<5, using: &generator)).map { number in
        ("\(number)\"\n", random(depth: depth - 1, &generator))
      }
      return .object(Dictionary(uniqueKeysWithValues: members))
    }
  }
}

/// Random numbers from a seed (SplitMix64).
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
