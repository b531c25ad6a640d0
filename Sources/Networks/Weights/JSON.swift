/// The part of JSON that a weight file's header is made of, read strictly: one value, no name twice, no depth beyond 8.
enum JSON: Equatable, Sendable {
  case object([Member])
  case array([JSON])
  case string(String)
  case integer(Int)
  /// A number with a fraction or an exponent, or beyond 64 bits; true, false and null. No header needs their value.
  case other

  struct Member: Equatable, Sendable {
    let name: String
    let value: JSON
  }

  struct Malformed: Error, CustomStringConvertible {
    let place: Int
    let expected: String
    var description: String { "\(expected) expected at byte \(place)" }
  }

  subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  static func parse(_ text: [UInt8]) throws -> JSON {
    var parser = JSONParser(text: text)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.at == text.count else { throw Malformed(place: parser.at, expected: "the end") }
    return value
  }

  /// `text` as a JSON string.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

private struct JSONParser {
  let text: [UInt8]
  var at = 0

  init(text: [UInt8]) { self.text = text }

  var next: UInt8? { at < text.count ? text[at] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { at += 1 }
  }

  mutating func take(_ byte: Unicode.Scalar) throws {
    skipSpace()
    guard next == UInt8(ascii: byte) else { throw JSON.Malformed(place: at, expected: "\(byte)") }
    at += 1
  }

  mutating func takes(_ byte: Unicode.Scalar) -> Bool {
    skipSpace()
    guard next == UInt8(ascii: byte) else { return false }
    at += 1
    return true
  }

  mutating func value(depth: Int) throws -> JSON {
    guard depth < 8 else { throw JSON.Malformed(place: at, expected: "less nesting") }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true")
    case UInt8(ascii: "f"): return try word("false")
    case UInt8(ascii: "n"): return try word("null")
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws -> JSON {
    try take("{")
    var members: [JSON.Member] = []
    var names: Set<String> = []
    if takes("}") { return .object(members) }
    repeat {
      skipSpace()
      let place = at
      let name = try string()
      guard names.insert(name).inserted else { throw JSON.Malformed(place: place, expected: "another name") }
      try take(":")
      members.append(JSON.Member(name: name, value: try value(depth: depth + 1)))
    } while takes(",")
    try take("}")
    return .object(members)
  }

  private mutating func array(depth: Int) throws -> JSON {
    try take("[")
    var elements: [JSON] = []
    if takes("]") { return .array(elements) }
    repeat { elements.append(try value(depth: depth + 1)) } while takes(",")
    try take("]")
    return .array(elements)
  }

  private mutating func word(_ word: String) throws -> JSON {
    guard text[at...].starts(with: word.utf8) else { throw JSON.Malformed(place: at, expected: word) }
    at += word.utf8.count
    return .other
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  private mutating func number() throws -> JSON {
    let start = at
    if next == UInt8(ascii: "-") { at += 1 }
    let first = next
    let whole = digits()
    guard whole > 0, whole == 1 || first != UInt8(ascii: "0") else {
      throw JSON.Malformed(place: start, expected: "a value")
    }
    let end = at
    if next == UInt8(ascii: ".") {
      at += 1
      guard digits() > 0 else { throw JSON.Malformed(place: at, expected: "a digit") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      at += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
      guard digits() > 0 else { throw JSON.Malformed(place: at, expected: "a digit") }
    }
    guard at == end, let value = Int(String(decoding: text[start..<end], as: UTF8.self)) else {
      return .other
    }
    return .integer(value)
  }

  private mutating func digits() -> Int {
    let start = at
    while let byte = next, (0x30...0x39).contains(byte) { at += 1 }
    return at - start
  }

  private mutating func string() throws -> String {
    guard next == UInt8(ascii: "\"") else { throw JSON.Malformed(place: at, expected: "a text") }
    at += 1
    var bytes: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw JSON.Malformed(place: at, expected: "no control character") }
      if byte == UInt8(ascii: "\\") {
        try escape(into: &bytes)
      } else {
        bytes.append(byte)
        at += 1
      }
    }
    guard next != nil else { throw JSON.Malformed(place: at, expected: "the end of a text") }
    at += 1
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw JSON.Malformed(place: at, expected: "UTF-8")
    }
    return text
  }

  private mutating func escape(into bytes: inout [UInt8]) throws {
    at += 1
    let plain: [UInt8: UInt8] = [
      0x22: 0x22, 0x5c: 0x5c, 0x2f: 0x2f, 0x62: 0x08, 0x66: 0x0c, 0x6e: 0x0a, 0x72: 0x0d, 0x74: 0x09,
    ]
    if let byte = next, let meant = plain[byte] {
      bytes.append(meant)
      at += 1
      return
    }
    var code = try unit()
    if (0xd800..<0xdc00).contains(code), next == UInt8(ascii: "\\") {
      at += 1
      let low = try unit()
      guard (0xdc00..<0xe000).contains(low) else {
        throw JSON.Malformed(place: at, expected: "a low surrogate")
      }
      code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw JSON.Malformed(place: at, expected: "a character") }
    bytes += Array(String(Character(scalar)).utf8)
  }

  /// `uXXXX`
  private mutating func unit() throws -> UInt32 {
    guard next == UInt8(ascii: "u"), at + 5 <= text.count,
      text[(at + 1)..<(at + 5)].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let code = UInt32(String(decoding: text[(at + 1)..<(at + 5)], as: UTF8.self), radix: 16)
    else { throw JSON.Malformed(place: at, expected: "an escape") }
    at += 5
    return code
  }
}
