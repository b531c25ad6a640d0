/// Reason why a text is not JSON, with its place.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  public let reason: String
  /// Both from 1; the column counts bytes.
  public let line: Int
  public let column: Int

  public var description: String { "\(reason) at line \(line), column \(column)" }
}

extension JSON {
  /// Strictness of reading a text.
  public struct Rules: Sendable {
    /// Arrays and objects may nest this deep; a deeper text is refused before it can exhaust a stack.
    public var depth: Int
    /// Whether a member's name twice, broken UTF-8 and half a surrogate pair are errors. Else the last member counts, and what
    /// is no character is read as U+FFFD.
    public var isStrict: Bool

    public init(depth: Int, isStrict: Bool = false) { (self.depth, self.isStrict) = (depth, isStrict) }

    public static let lenient = Rules(depth: 256)
  }

  /// Reads one JSON value as RFC 8259 has it, with nothing but blanks around it.
  public static func parse(_ bytes: [UInt8], _ rules: Rules = .lenient) throws(JSONError) -> JSON {
    let outcome = bytes.withUnsafeBufferPointer { buffer -> Result<JSON, JSONError> in
      var reader = JSONReader(bytes: buffer, rules: rules)
      return Result { () throws(JSONError) in try reader.document() }
    }
    return try outcome.get()
  }

  public static func parse(_ text: String) throws(JSONError) -> JSON { try parse(Array(text.utf8)) }
}

private struct JSONReader {
  let bytes: UnsafeBufferPointer<UInt8>
  let rules: JSON.Rules
  var position = 0

  init(bytes: UnsafeBufferPointer<UInt8>, rules: JSON.Rules) {
    self.bytes = bytes
    self.rules = rules
  }

  /// The byte at hand, or 0 at the end; a zero byte is not JSON anywhere.
  var byte: UInt8 { position < bytes.count ? bytes[position] : 0 }

  func error(_ reason: String) -> JSONError {
    let before = bytes[..<min(position, bytes.count)]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = before.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    return JSONError(reason: reason, line: line, column: before.endIndex - lineStart + 1)
  }

  mutating func document() throws(JSONError) -> JSON {
    let result = try value(depth: 0)
    skipBlanks()
    guard position == bytes.count else { throw error("unexpected text after the value") }
    return result
  }

  mutating func skipBlanks() {
    while byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  mutating func value(depth: Int) throws(JSONError) -> JSON {
    skipBlanks()
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw error(position < bytes.count ? "unexpected character" : "unexpected end")
    }
  }

  mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    let length = word.utf8CodeUnitCount
    guard position + length <= bytes.count,
      bytes[position..<position + length].elementsEqual(
        UnsafeBufferPointer(start: word.utf8Start, count: length))
    else { throw error("unexpected character") }
    position += length
    return value
  }

  mutating func array(depth: Int) throws(JSONError) -> JSON {
    guard depth < rules.depth else { throw error("nested deeper than \(rules.depth) levels") }
    position += 1
    var values: [JSON] = []
    skipBlanks()
    if take("]") { return .array(values) }
    while true {
      values.append(try value(depth: depth + 1))
      skipBlanks()
      if take("]") { return .array(values) }
      guard take(",") else { throw error("expected ',' or ']'") }
    }
  }

  mutating func object(depth: Int) throws(JSONError) -> JSON {
    guard depth < rules.depth else { throw error("nested deeper than \(rules.depth) levels") }
    position += 1
    var members: [String: JSON] = [:]
    skipBlanks()
    if take("}") { return .object(members) }
    while true {
      skipBlanks()
      guard byte == UInt8(ascii: "\"") else { throw error("expected a member name in quotes") }
      let name = try text()
      if rules.isStrict, members[name] != nil { throw error("a member's name for the second time") }
      skipBlanks()
      guard take(":") else { throw error("expected ':'") }
      members[name] = try value(depth: depth + 1)
      skipBlanks()
      if take("}") { return .object(members) }
      guard take(",") else { throw error("expected ',' or '}'") }
    }
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard byte == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func digits() throws(JSONError) {
    let start = position
    while byte >= 0x30 && byte <= 0x39 { position += 1 }
    guard position > start else { throw error("expected a digit") }
  }

  mutating func number() throws(JSONError) -> JSON {
    let start = position
    var isWhole = true
    let isNegative = take("-")
    let leadingZero = byte == 0x30
    let first = position
    try digits()
    guard !leadingZero || position == first + 1 else { throw error("a number starts with a needless 0") }
    if take(".") {
      isWhole = false
      try digits()
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let spelling = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(spelling), value != 0 || !isNegative { return .int(value) }
    guard let value = Double(spelling) else { throw error("not a number") }
    let greatest = Double.greatestFiniteMagnitude
    return .double(max(-greatest, min(greatest, value)))
  }

  /// Text between quotes. Without an escape it is taken over in one piece.
  mutating func text() throws(JSONError) -> String {
    position += 1
    var start = position
    var collected: [UInt8] = []
    while true {
      guard position < bytes.count else { throw error("text without closing quote") }
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let piece = bytes[start..<position]
        position += 1
        if collected.isEmpty { return try unicode(piece) }
        collected.append(contentsOf: piece)
        return try unicode(collected)
      case UInt8(ascii: "\\"):
        collected.append(contentsOf: bytes[start..<position])
        position += 1
        try escape(into: &collected)
        start = position
      case 0..<0x20: throw error("control character in text")
      default: position += 1
      }
    }
  }

  /// Text of these bytes; what is no UTF-8 becomes U+FFFD, or is refused.
  func unicode(_ bytes: some Collection<UInt8>) throws(JSONError) -> String {
    guard rules.isStrict else { return String(decoding: bytes, as: UTF8.self) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw error("text that is not UTF-8") }
    return text
  }

  mutating func escape(into collected: inout [UInt8]) throws(JSONError) {
    let kind = byte
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): collected.append(kind)
    case UInt8(ascii: "b"): collected.append(0x08)
    case UInt8(ascii: "f"): collected.append(0x0C)
    case UInt8(ascii: "n"): collected.append(0x0A)
    case UInt8(ascii: "r"): collected.append(0x0D)
    case UInt8(ascii: "t"): collected.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if UTF16.isLeadSurrogate(UInt16(code)), byte == UInt8(ascii: "\\"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      {
        let afterLead = position
        position += 2
        let trail = try hexadecimal()
        if UTF16.isTrailSurrogate(UInt16(trail)) {
          code = 0x10000 + (code & 0x3FF) << 10 + (trail & 0x3FF)
        } else {
          position = afterLead
        }
      }
      let scalar = Unicode.Scalar(code)
      if rules.isStrict, scalar == nil { throw error("half a character in text") }
      collected.append(contentsOf: String(scalar ?? "\u{FFFD}").utf8)
    default: throw error("unknown escape in text")
    }
  }

  mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x46: digit = byte - 0x41 + 10
      case 0x61...0x66: digit = byte - 0x61 + 10
      default: throw error("expected four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
