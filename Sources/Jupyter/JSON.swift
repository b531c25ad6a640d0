/// A JSON value: what wire messages, kernelspecs and notebooks are made of.
///
/// Whole numbers that fit stay `int`, everything else is `double`. Text is always valid Unicode: broken UTF-8 and lone
/// surrogates are read as U+FFFD. A number that JSON cannot hold (NaN, ±∞) is written as `null`.
public enum JSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])
}

/// Why a text is not JSON, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
  public let reason: String
  /// Both from 1; the column counts bytes.
  public let line: Int
  public let column: Int

  public var description: String { "\(reason) at line \(line), column \(column)" }
}

// MARK: - Looking inside

extension JSON {
  /// The member of an object; nil where there is none, or where this is no object.
  public subscript(key: String) -> JSON? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  public var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The whole number, also where it is spelled `3.0`.
  public var int: Int? {
    switch self {
    case .int(let value): value
    case .double(let value): Int(exactly: value)
    default: nil
    }
  }

  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  public var array: [JSON]? {
    if case .array(let values) = self { values } else { nil }
  }

  public var object: [String: JSON]? {
    if case .object(let members) = self { members } else { nil }
  }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral values: JSON...) { self = .array(values) }
  public init(dictionaryLiteral members: (String, JSON)...) {
    self = .object(Dictionary(members, uniquingKeysWith: { $1 }))
  }
}

// MARK: - Reading

extension JSON {
  /// Arrays and objects may nest this deep; a deeper text is refused before it can exhaust a stack.
  public static let depthLimit = 256

  /// Reads one JSON value as RFC 8259 has it, with nothing but blanks around it.
  /// Of a repeated member the last counts.
  public static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSON {
    let outcome = bytes.withUnsafeBufferPointer { buffer -> Result<JSON, JSONError> in
      var reader = Reader(bytes: buffer)
      return Result { () throws(JSONError) in try reader.document() }
    }
    return try outcome.get()
  }

  public static func parse(_ text: String) throws(JSONError) -> JSON { try parse(Array(text.utf8)) }

  private struct Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

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
      guard depth < JSON.depthLimit else { throw error("nested deeper than \(JSON.depthLimit) levels") }
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
      guard depth < JSON.depthLimit else { throw error("nested deeper than \(JSON.depthLimit) levels") }
      position += 1
      var members: [String: JSON] = [:]
      skipBlanks()
      if take("}") { return .object(members) }
      while true {
        skipBlanks()
        guard byte == UInt8(ascii: "\"") else { throw error("expected a member name in quotes") }
        let name = try text()
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
          if collected.isEmpty { return String(decoding: piece, as: UTF8.self) }
          collected.append(contentsOf: piece)
          return String(decoding: collected, as: UTF8.self)
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
        collected.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
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
}

// MARK: - Writing

extension JSON: CustomStringConvertible {
  /// The value on one line without blanks, members in the order of their names.
  public func serialized() -> [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes, indent: nil)
    return bytes
  }

  /// The value laid out as Jupyter lays out notebook files: one blank a level, members in the order of their names.
  public func laidOut() -> [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes, indent: 0)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  public var description: String { String(decoding: serialized(), as: UTF8.self) }

  private func write(to bytes: inout [UInt8], indent: Int?) {
    switch self {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
    case .int(let value): bytes.append(contentsOf: String(value).utf8)
    case .double(let value): bytes.append(contentsOf: (value.isFinite ? String(value) : "null").utf8)
    case .string(let text): JSON.write(text, to: &bytes)
    case .array(let values):
      JSON.write(values, between: "[", "]", to: &bytes, indent: indent) { value, bytes, indent in
        value.write(to: &bytes, indent: indent)
      }
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      JSON.write(sorted, between: "{", "}", to: &bytes, indent: indent) { member, bytes, indent in
        JSON.write(member.key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        if indent != nil { bytes.append(UInt8(ascii: " ")) }
        member.value.write(to: &bytes, indent: indent)
      }
    }
  }

  private static func write<Item>(
    _ items: [Item], between open: Unicode.Scalar, _ close: Unicode.Scalar, to bytes: inout [UInt8],
    indent: Int?, item write: (Item, inout [UInt8], Int?) -> Void
  ) {
    func newLine(_ depth: Int, _ bytes: inout [UInt8]) {
      bytes.append(UInt8(ascii: "\n"))
      bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth))
    }
    bytes.append(UInt8(ascii: open))
    for (index, item) in items.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      if let indent { newLine(indent + 1, &bytes) }
      write(item, &bytes, indent.map { $0 + 1 })
    }
    if let indent, !items.isEmpty { newLine(indent, &bytes) }
    bytes.append(UInt8(ascii: close))
  }

  private static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { source in
      var start = 0
      for (index, byte) in source.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
        bytes.append(contentsOf: source[start..<index])
        start = index + 1
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x22, 0x5C: bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
          bytes.append(contentsOf: "u00".utf8)
          bytes.append(contentsOf: [hexDigit(byte >> 4), hexDigit(byte & 15)])
        }
      }
      bytes.append(contentsOf: source[start...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
