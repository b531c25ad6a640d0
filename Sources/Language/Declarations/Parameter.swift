/// Description of an argument or option, independent of its Swift type.
public struct Parameter: Sendable {
  public enum Role: Sendable {
    /// An argument, given by position or by name.
    case argument
    /// Every argument from here on.
    case rest
    /// An option, given by name.
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
  /// Extensions of fitting files for paths, such as "png"; "/" alone for folders. Completion offers them first.
  public let endings: [String]
  public let isRequired: Bool
  /// Operators may stand in it without parentheses.
  public let isExpression: Bool

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

  init<T: OptionValue>(
    _ name: String, _ type: T.Type, _ summary: String, role: Role, aliases: [String] = [],
    bounds: Bounds? = nil,
    unit: String? = nil, endings: [String] = [], isRequired: Bool
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.role = role
    typeName = T.typeName
    words = T.words
    isWordAlways = T.isWordAlways
    suggestions = T.suggestions
    isExpression = T.isExpression
    self.bounds = bounds
    self.unit = unit
    self.endings = endings
    self.isRequired = isRequired
    check = { value in
      _ = try T.accept(value)
      if let bounds, let (number, path) = bounds.firstOutside(value) {
        throw OutOfBounds(number: number, bounds: bounds, path: path)
      }
    }
  }
}

/// A number outside the bounds of its parameter.
struct OutOfBounds: Error {
  let number: Double
  let bounds: Bounds
  let path: [Int]
}

/// A parameter together with the place in the options where its value goes.
struct Binding<Options>: Sendable {
  let parameter: Parameter
  let path: PartialKeyPath<Options> & Sendable
  /// Forgets the default of a list that grows value by value.
  var prepare: (@Sendable (inout Options) -> Void)?
  let bind: @Sendable (inout Options, GivenValue) throws -> Void
  let written: @Sendable (Options) -> String

  /// One value, read into the place of `path`.
  static func single<T: OptionValue>(
    _ parameter: Parameter, _ path: WritableKeyPath<Options, T> & Sendable
  ) -> Binding<Options> {
    Binding(
      parameter: parameter, path: path,
      bind: { options, given in options[keyPath: path] = try T.accept(given.value) },
      written: { $0[keyPath: path].written })
  }

  /// Values that come one by one.
  static func rest<T: OptionValue>(
    _ parameter: Parameter, _ path: WritableKeyPath<Options, [T]> & Sendable
  ) -> Binding<Options> {
    Binding(
      parameter: parameter, path: path, prepare: { $0[keyPath: path] = [] },
      bind: { options, given in options[keyPath: path].append(try T.accept(given.value)) },
      written: { _ in "" })
  }
}

// Arguments and options have one initialiser each: with overloads, the compiler would need seconds for a command of
// a dozen options.

/// An argument given by position; by name does as well.
public struct Argument<Options>: Sendable {
  let binding: Binding<Options>

  private init(binding: Binding<Options>) { self.binding = binding }

  /// An argument read into `path`. It may be left out unless it is `Required`; `endings` are those of files that fit.
  public init<T: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Options, T> & Sendable, _ summary: String,
    in bounds: (any BoundsExpression)? = nil, above: Double? = nil, below: Double? = nil, unit: String? = nil,
    endings: [String] = []
  ) {
    let bounds = Bounds(bounds, above: above, below: below)
    let parameter = Parameter(
      name, T.self, summary, role: .argument, bounds: bounds, unit: unit, endings: endings,
      isRequired: T.isRequired)
    binding = .single(parameter, path)
  }

  /// Every argument from here on.
  public static func rest<T: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Options, [T]> & Sendable, _ summary: String,
    in bounds: (any BoundsExpression)? = nil, above: Double? = nil, below: Double? = nil,
    isRequired: Bool = false
  ) -> Argument<Options> {
    let bounds = Bounds(bounds, above: above, below: below)
    let parameter = Parameter(name, T.self, summary, role: .rest, bounds: bounds, isRequired: isRequired)
    return Argument(binding: .rest(parameter, path))
  }

  /// Every argument from here on, each with the name that it was given by.
  public static func named<T: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Options, [Named<T>]> & Sendable, _ summary: String,
    isRequired: Bool = false
  ) -> Argument<Options> {
    let parameter = Parameter(name, T.self, summary, role: .rest, isRequired: isRequired)
    return Argument(
      binding: Binding(
        parameter: parameter, path: path, prepare: { $0[keyPath: path] = [] },
        bind: { options, given in
          options[keyPath: path].append(Named(name: given.label, value: try T.accept(given.value)))
        }, written: { _ in "" }))
  }
}

/// An option given by name, in any order.
public struct Option<Options>: Sendable {
  let binding: Binding<Options>

  private init(binding: Binding<Options>) { self.binding = binding }

  /// An option read into `path`; the initial value of the options is its default.
  /// - Parameters:
  ///   - bounds: the numbers it takes: `in: 1...10_000`. `above` and `below` leave the end itself out.
  ///   - unit: what the number counts, for help: "images", "pixels".
  ///   - aliases: other names. British and American spellings of one word need none.
  ///   - endings: of files that fit, for paths.
  public init<T: OptionValue>(
    _ name: String, _ path: WritableKeyPath<Options, T> & Sendable, _ summary: String,
    in bounds: (any BoundsExpression)? = nil, above: Double? = nil, below: Double? = nil, unit: String? = nil,
    aliases: [String] = [], endings: [String] = []
  ) {
    let bounds = Bounds(bounds, above: above, below: below)
    let parameter = Parameter(
      name, T.self, summary, role: .option, aliases: aliases, bounds: bounds, unit: unit, endings: endings,
      isRequired: T.isRequired)
    binding = .single(parameter, path)
  }

  /// Every option that has no declaration, with the name it was given by. `name` is only its heading in help.
  public static func others(
    _ name: String, _ path: WritableKeyPath<Options, NamedValues> & Sendable, _ summary: String
  ) -> Option<Options> {
    let parameter = Parameter(name, AnyValue.self, summary, role: .others, isRequired: false)
    return Option(
      binding: Binding(
        parameter: parameter, path: path, prepare: { $0[keyPath: path] = NamedValues() },
        bind: { options, given in options[keyPath: path].pairs.append((given.name, given.value)) },
        written: { _ in "" }))
  }
}

/// A value with the name or path that it was given by, `model` or `models[0]`; nil where it was calculated.
public struct Named<Value> {
  public let name: String?
  public let value: Value
}

/// Options whose names the command does not know beforehand, in the order given: `add results batch=64 accuracy=0.5`.
public struct NamedValues {
  public var pairs: [(name: String, value: any Value)] = []

  public init() {}

  public subscript(name: String) -> (any Value)? { pairs.first { $0.name == name }?.value }
}
