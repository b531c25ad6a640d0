/// What messages between the kernel and a widget are made of, without knowing how they travel.
public enum Plain: Equatable, Sendable {
  case null
  case truth(Bool)
  case whole(Int)
  case number(Double)
  case text(String)
  case list([Plain])
  case map([String: Plain])
  /// What is JSON already.
  case json(String)

  /// The member of a map; nil where there is none, or where this is no map.
  public subscript(name: String) -> Plain? {
    if case .map(let members) = self { members[name] } else { nil }
  }

  var text: String? { if case .text(let text) = self { text } else { nil } }

  var members: [String: Plain]? { if case .map(let members) = self { members } else { nil } }

  /// The number, also where it is whole.
  var number: Double? {
    switch self {
    case .number(let value): value
    case .whole(let value): Double(value)
    default: nil
    }
  }
}

extension Plain: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  public init(booleanLiteral value: Bool) { self = .truth(value) }
  public init(integerLiteral value: Int) { self = .whole(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(arrayLiteral elements: Plain...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, Plain)...) {
    self = .map(Dictionary(elements) { $1 })
  }
  public init(nilLiteral: ()) { self = .null }
}
