/// An argument or option that has no default: `@Required var on: ImagesValue`, bound as `\.$on`.
/// The evaluator refuses a call without it before the command runs.
@propertyWrapper
public struct Required<Wrapped> {
  private var value: Wrapped?

  public init() {}

  public var wrappedValue: Wrapped {
    get {
      guard let value else { preconditionFailure("A required option is read before it was given.") }
      return value
    }
    set { value = newValue }
  }

  public var projectedValue: Required<Wrapped> {
    get { self }
    set { self = newValue }
  }

  init(_ value: Wrapped) { self.value = value }
}

extension Required: Sendable where Wrapped: Sendable {}

extension Required: OptionValue where Wrapped: OptionValue {
  public static var typeName: String { Wrapped.typeName }
  public static var words: [String] { Wrapped.words }
  public static var isWordAlways: Bool { Wrapped.isWordAlways }
  public static var suggestions: Suggestions { Wrapped.suggestions }
  public static var isRequired: Bool { true }
  public static var isExpression: Bool { Wrapped.isExpression }
  public static func word(_ word: String) -> Required<Wrapped>? { Wrapped.word(word).map { Required($0) } }
  public static func read(_ value: any Value) throws -> Required<Wrapped> {
    Required(try Wrapped.accept(value))
  }
  public var written: String { value?.written ?? "" }
}
