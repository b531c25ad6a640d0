/// What is known of an argument or option without knowing its Swift type.
public struct Parameter: Sendable {
  public enum Role: Sendable {
    /// Given by position, or by name.
    case argument
    /// All further arguments.
    case rest
    /// Given by name.
    case option
    /// All options that have no declaration of their own.
    case others
  }

  public let name: String
  /// Other names of an option.
  public let aliases: [String]
  public let summary: String
  public let role: Role
  public let typeName: String
  /// Choices and presets.
  public let words: [String]
  public let isWordAlways: Bool
  public let suggestions: Suggestions
  public let bounds: Bounds?
  public let unit: String?
  public let isRequired: Bool

  /// Reads the value and throws what is wrong with it.
  let check: @Sendable (any Value) throws -> Void

  public var isPositional: Bool { role == .argument || role == .rest }

  /// Whether a value of the workspace could be given here.
  func accepts(_ value: any Value) -> Bool {
    (try? check(value)) != nil
  }

  func isNamed(_ word: String, key: String) -> Bool {
    name == word || aliases.contains(word) || spellingKey(name) == key
  }
}

/// A parameter together with the place in the options where its value goes.
struct Binding<Options>: Sendable {
  let parameter: Parameter
  /// Forgets the default of a list that grows value by value.
  var prepare: (@Sendable (inout Options) -> Void)?
  let bind: @Sendable (inout Options, _ name: String, any Value) throws -> Void
  let written: @Sendable (Options) -> String
}

extension Binding {
  /// One value, read into the place of `path`.
  static func single<T>(
    _ name: String, _ path: WritableKeyPath<Options, T> & Sendable, _ summary: String, role: Parameter.Role,
    reader: Reader<T>, aliases: [String], bounds: Bounds?, unit: String?
  ) -> Binding<Options> {
    let parameter = Parameter(
      name: name, reader, aliases: aliases, summary: summary, role: role, bounds: bounds, unit: unit,
      isRequired: reader.isRequired)
    return Binding(
      parameter: parameter, bind: { options, _, value in options[keyPath: path] = try reader.read(value) },
      written: { reader.written($0[keyPath: path]) })
  }

  /// Values that come one by one.
  static func rest<T>(
    _ name: String, _ path: WritableKeyPath<Options, [T]> & Sendable, _ summary: String, reader: Reader<T>,
    bounds: Bounds?, isRequired: Bool
  ) -> Binding<Options> {
    let parameter = Parameter(
      name: name, reader, aliases: [], summary: summary, role: .rest, bounds: bounds, unit: nil,
      isRequired: isRequired)
    return Binding(
      parameter: parameter, prepare: { $0[keyPath: path] = [] },
      bind: { options, _, value in options[keyPath: path].append(try reader.read(value)) },
      written: { _ in "" })
  }
}

extension Parameter {
  init<T>(
    name: String, _ reader: Reader<T>, aliases: [String], summary: String, role: Role, bounds: Bounds?,
    unit: String?,
    isRequired: Bool
  ) {
    self.init(
      name: name, aliases: aliases, summary: summary, role: role, typeName: reader.typeName,
      words: reader.words,
      isWordAlways: reader.isWordAlways, suggestions: reader.suggestions, bounds: bounds, unit: unit,
      isRequired: isRequired,
      check: { value in
        _ = try reader.read(value)
        if let bounds, let (number, path) = bounds.firstOutside(value) {
          throw OutOfBounds(number: number, bounds: bounds, path: path)
        }
      })
  }
}

/// A number outside the bounds of its parameter.
struct OutOfBounds: Error {
  let number: Double
  let bounds: Bounds
  let path: [Int]
}

/// Options whose names the command does not know beforehand, in the order given: `add results batch=64 accuracy=0.5`.
public struct NamedValues {
  public var pairs: [(name: String, value: any Value)] = []

  public init() {}

  public subscript(name: String) -> (any Value)? { pairs.first { $0.name == name }?.value }
}

/// An argument given by position; by name does as well.
public struct Argument<Options>: Sendable {
  let binding: Binding<Options>
}

extension Argument {
  /// An argument read into `path`. It may be left out unless it is `Required`.
  public init<T: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Options, T> & Sendable, _ summary: String,
    in bounds: (any BoundsExpression)? = nil, above: Double? = nil, below: Double? = nil, unit: String? = nil
  ) {
    binding = .single(
      name, path, summary, role: .argument, reader: .standard, aliases: [],
      bounds: merged(bounds, above, below),
      unit: unit)
  }

  /// An argument that takes any value.
  public init(
    _ name: String, _ path: WritableKeyPath<Options, Required<any Value>> & Sendable, _ summary: String
  ) {
    binding = .single(
      name, path, summary, role: .argument, reader: .required, aliases: [], bounds: nil, unit: nil)
  }

  /// An argument that takes any value and may be left out.
  public init(_ name: String, _ path: WritableKeyPath<Options, (any Value)?> & Sendable, _ summary: String) {
    binding = .single(
      name, path, summary, role: .argument, reader: .optional, aliases: [], bounds: nil, unit: nil)
  }

  /// All further arguments.
  public static func rest<T: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Options, [T]> & Sendable, _ summary: String,
    in bounds: (any BoundsExpression)? = nil, above: Double? = nil, below: Double? = nil,
    isRequired: Bool = false
  ) -> Argument<Options> {
    Argument(
      binding: .rest(
        name, path, summary, reader: .standard, bounds: merged(bounds, above, below), isRequired: isRequired))
  }

  /// All further arguments, whatever they are.
  public static func rest(
    _ name: String, _ path: WritableKeyPath<Options, [any Value]> & Sendable, _ summary: String,
    isRequired: Bool = false
  ) -> Argument<Options> {
    Argument(binding: .rest(name, path, summary, reader: .any, bounds: nil, isRequired: isRequired))
  }
}

/// An option given by name, in any order.
public struct Option<Options>: Sendable {
  let binding: Binding<Options>
}

extension Option {
  /// An option read into `path`; the initial value of the options is its default.
  /// - Parameters:
  ///   - bounds: the numbers it takes: `in: 1...10_000`. `above` and `below` leave the end itself out.
  ///   - unit: what the number counts, for help: "images", "pixels".
  ///   - aliases: other names. British and American spellings of one word need none.
  public init<T: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Options, T> & Sendable, _ summary: String,
    in bounds: (any BoundsExpression)? = nil, above: Double? = nil, below: Double? = nil, unit: String? = nil,
    aliases: [String] = []
  ) {
    binding = .single(
      name, path, summary, role: .option, reader: .standard, aliases: aliases,
      bounds: merged(bounds, above, below), unit: unit)
  }

  /// An option that takes any value.
  public init(
    _ name: String, _ path: WritableKeyPath<Options, Required<any Value>> & Sendable, _ summary: String,
    aliases: [String] = []
  ) {
    binding = .single(
      name, path, summary, role: .option, reader: .required, aliases: aliases, bounds: nil, unit: nil)
  }

  /// An option that takes any value and may be left out.
  public init(
    _ name: String, _ path: WritableKeyPath<Options, (any Value)?> & Sendable, _ summary: String,
    aliases: [String] = []
  ) {
    binding = .single(
      name, path, summary, role: .option, reader: .optional, aliases: aliases, bounds: nil, unit: nil)
  }

  /// Every option that has no declaration, with the name it was given by. `name` is only its heading in help.
  public static func others(
    _ name: String, _ path: WritableKeyPath<Options, NamedValues> & Sendable, _ summary: String
  ) -> Option<Options> {
    let parameter = Parameter(
      name: name, .any, aliases: [], summary: summary, role: .others, bounds: nil, unit: nil,
      isRequired: false)
    return Option(
      binding: Binding(
        parameter: parameter, prepare: { $0[keyPath: path] = NamedValues() },
        bind: { options, name, value in options[keyPath: path].pairs.append((name, value)) },
        written: { _ in "" }))
  }
}

extension Reader where T == Required<any Value> {
  static var required: Reader<Required<any Value>> {
    .anything(isRequired: true, wrap: { Required($0) }, written: { _ in "" })
  }
}

extension Reader where T == (any Value)? {
  static var optional: Reader<(any Value)?> {
    .anything(isRequired: false, wrap: { $0 }, written: { $0?.summary ?? "none" })
  }
}

extension Reader where T == any Value {
  static var any: Reader<any Value> {
    .anything(isRequired: false, wrap: { $0 }, written: { $0.summary })
  }
}

private func merged(_ bounds: (any BoundsExpression)?, _ above: Double?, _ below: Double?) -> Bounds? {
  guard bounds != nil || above != nil || below != nil else { return nil }
  var result = bounds?.bounds ?? Bounds()
  if let above {
    result.lower = above
    result.isLowerOpen = true
  }
  if let below {
    result.upper = below
    result.isUpperOpen = true
  }
  return result
}
