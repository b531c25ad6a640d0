import Base
import FrontEnd

/// Members of a message's content, read by name as the types of the protocol. Null counts as missing.
struct Fields {
  private let type: String
  private let members: JSON

  init(_ message: Message) {
    type = message.type
    members = message.content
  }

  /// An optional member. Throws an error that names the member if it has another type.
  func optional<Value: FieldValue>(_ name: String) throws(CellError) -> Value? {
    guard let member = members[name], member != .null else { return nil }
    guard let value = Value.read(member) else {
      throw .refused("InvalidRequest", "\(type): \"\(name)\" must be \(Value.noun), not \(member.noun)")
    }
    return value
  }

  func value<Value: FieldValue>(_ name: String, default standard: Value) throws(CellError) -> Value {
    try optional(name) ?? standard
  }

  /// A required member. Throws an error that names it if it is missing or has another type.
  func value<Value: FieldValue>(_ name: String) throws(CellError) -> Value {
    guard let value: Value = try optional(name) else {
      throw .refused("InvalidRequest", "\(type) has no \"\(name)\", which must be \(Value.noun)")
    }
    return value
  }
}

/// A type that a member of a message can have.
protocol FieldValue {
  /// Name of the type in messages, with its article: "a whole number".
  static var noun: String { get }
  static func read(_ field: JSON) -> Self?
}

extension String: FieldValue {
  static var noun: String { "text" }
  static func read(_ field: JSON) -> String? { field.string }
}

extension Bool: FieldValue {
  static var noun: String { "true or false" }
  static func read(_ field: JSON) -> Bool? { field.bool }
}

extension Int: FieldValue {
  static var noun: String { "a whole number" }
  static func read(_ field: JSON) -> Int? { field.int }
}

extension [String: String]: FieldValue {
  static var noun: String { "an object" }
  /// Reads an object; members that are not text are skipped.
  static func read(_ field: JSON) -> [String: String]? { field.object?.compactMapValues(\.string) }
}

extension JSON: FieldValue {
  static var noun: String { "a value" }
  static func read(_ field: JSON) -> JSON? { field }

  fileprivate var noun: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .int, .double: "the number \(self)"
    case .string: "text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension CellError {
  /// Refusal of a request, with its reason.
  static func refused(_ name: String, _ why: String) -> CellError {
    CellError(name: name, message: why, traceback: [])
  }
}
