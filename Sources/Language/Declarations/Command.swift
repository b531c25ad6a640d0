/// A command as parser, completion and help see it, without the type of its options.
public protocol AnyCommand: Sendable {
  /// "train", or two words for a verb with kinds: "load cifar10".
  var name: String { get }
  var aliases: [String] { get }
  /// One sentence.
  var summary: String { get }
  var details: String { get }
  /// The type name of the value, or nil if there is none.
  var gives: String? { get }
  /// The chapter of the manual.
  var group: String { get }
  /// The arguments in their order, then the options.
  var parameters: [Parameter] { get }
  var examples: [Example] { get }
  /// The value is shown wherever the command stands as a statement of its own, not only at the end of the cell.
  var showsValue: Bool { get }

  /// A block of statements may follow: `slider t from=0 to=1 { … }`. The command runs it when and as often as it likes.
  var takesBlock: Bool { get }
  /// Whether the result of an interrupted command is kept, such as a map that has not converged; otherwise it is dropped.
  var keepsPartialValue: Bool { get }

  /// Whether the word may be a name as well: it is the verb where something stands behind it that the command takes.
  var wordMayBeName: Bool { get }
  /// Whether the value follows from the arguments alone and nothing else happens, so that it may stand in a formula.
  var calculates: Bool { get }
  /// Whether the block is a formula: only calculations may stand in it, and its names are its own.
  var blockCalculates: Bool { get }

  /// The default of a parameter as one writes it; nil if it has none that can be written.
  func defaultText(at parameter: Int) -> String?

  /// Runs the command on what was given.
  /// Throws: `GivenError` for what could not be read; whatever the command throws.
  func run(_ given: [GivenValue], in context: Context) throws -> (any Value)?
}

/// A value on its way to a parameter.
public struct GivenValue {
  /// The position of the parameter in `AnyCommand.parameters`.
  public let parameter: Int
  /// The name as written, where the parameter collects options of any name.
  public let name: String
  /// Source of the value if that is a name or a path: `model`, `models[0]`.
  public let label: String?
  public let value: any Value

  public init(parameter: Int, name: String, label: String? = nil, value: any Value) {
    self.parameter = parameter
    self.name = name
    self.label = label
    self.value = value
  }
}

/// Description of what is wrong with one of the given values.
struct GivenError: Error {
  /// The position among the given values.
  let index: Int
  let error: any Error
}

/// Code that shows a command at work. The tests run all of them.
public struct Example: ExpressibleByStringLiteral, Hashable, Sendable {
  public let code: String
  /// Code that must run before, and is not shown.
  public let setup: String

  public init(code: String, setup: String = "") {
    self.code = code
    self.setup = setup
  }

  public init(stringLiteral value: String) {
    self.init(code: value)
  }
}

/// Options of a command that has none.
public struct NoOptions: Sendable {
  public init() {}
}

/// One declaration of a command, from which parsing, defaults, checks, completion, inspection, help and the manual
/// follow. `Options` is a plain struct whose initial values are the defaults.
public struct Command<Options>: AnyCommand {
  public let name: String
  public let aliases: [String]
  public let summary: String
  public let details: String
  public let gives: String?
  public let group: String
  public let examples: [Example]
  public let showsValue: Bool
  public let takesBlock: Bool
  public let keepsPartialValue: Bool
  public let wordMayBeName: Bool
  public let calculates: Bool
  public let blockCalculates: Bool
  public let parameters: [Parameter]
  private let defaults: @Sendable () -> Options
  private let bindings: [Binding<Options>]
  private let body: @Sendable (Options, Context) throws -> (any Value)?

  /// - Parameters:
  ///   - name: "train", or two words for a verb with kinds: "load cifar10".
  ///   - aliases: other names, of as many words. British and American spellings of one word need none.
  ///   - gives: the type name of the value.
  ///   - group: the chapter of the manual.
  ///   - showsValue: show the value wherever the command stands as a statement of its own.
  ///   - takesBlock: a block in braces may follow, which `run` finds in its context.
  ///   - keepsPartialValue: the value of a command that was interrupted is whole enough to keep, as a map that has not
  ///     settled; of every other command it is dropped.
  ///   - wordMayBeName: a name may be spelled as the verb, `loss = 4.9`: for words that people give to values.
  ///   - calculates: the command does nothing but calculate its value from its arguments.
  ///   - blockCalculates: the block holds a formula.
  ///   - run: what the command does. It may throw `Problem`, or anything that the host can explain.
  public init(
    name: String, aliases: [String] = [], summary: String, details: String = "", gives: String? = nil,
    group: String,
    defaults: @autoclosure @escaping @Sendable () -> Options, arguments: [Argument<Options>] = [],
    options: [Option<Options>] = [], examples: [Example] = [], showsValue: Bool = false,
    takesBlock: Bool = false, keepsPartialValue: Bool = false,
    wordMayBeName: Bool = false, calculates: Bool = false, blockCalculates: Bool = false,
    run: @escaping @Sendable (Options, Context) throws -> (any Value)?
  ) {
    self.name = name
    self.aliases = aliases
    self.summary = summary
    self.details = details
    self.gives = gives
    self.group = group
    self.examples = examples
    self.showsValue = showsValue
    self.takesBlock = takesBlock
    self.keepsPartialValue = keepsPartialValue
    self.wordMayBeName = wordMayBeName
    self.calculates = calculates
    self.blockCalculates = blockCalculates
    self.defaults = defaults
    bindings = arguments.map(\.binding) + options.map(\.binding)
    parameters = bindings.map(\.parameter)
    body = run
  }

  /// The declaration of the argument or option whose value goes to `path`.
  func parameter(at path: PartialKeyPath<Options>) -> Parameter? {
    bindings.first { $0.path == path }?.parameter
  }

  public func defaultText(at parameter: Int) -> String? {
    guard bindings.indices.contains(parameter) else { return nil }
    let text = bindings[parameter].written(defaults())
    return text.isEmpty ? nil : text
  }

  public func run(_ given: [GivenValue], in context: Context) throws -> (any Value)? {
    var options = defaults()
    var prepared: Set<Int> = []
    for (index, value) in given.enumerated() {
      let binding = bindings[value.parameter]
      if let prepare = binding.prepare, prepared.insert(value.parameter).inserted { prepare(&options) }
      do {
        // The type first: bounds go through all numbers of a list, and only one of the right type has few.
        try binding.bind(&options, value)
        if let bounds = binding.parameter.bounds, let (number, path) = bounds.firstOutside(value.value) {
          throw OutOfBounds(number: number, bounds: bounds, path: path)
        }
      } catch {
        throw GivenError(index: index, error: error)
      }
    }
    return try body(options, context)
  }
}

extension Command where Options == NoOptions {
  /// A command without arguments and options.
  public init(
    name: String, aliases: [String] = [], summary: String, details: String = "", gives: String? = nil,
    group: String,
    examples: [Example] = [], showsValue: Bool = false,
    run: @escaping @Sendable (Context) throws -> (any Value)?
  ) {
    self.init(
      name: name, aliases: aliases, summary: summary, details: details, gives: gives, group: group,
      defaults: NoOptions(), examples: examples, showsValue: showsValue,
      run: { _, context in try run(context) })
  }
}

extension AnyCommand {
  /// The verb, and the kind if there is one.
  var words: [String] { name.split(separator: " ").map(String.init) }

  /// Whether the value is, or may be, of that type.
  func gives(_ typeName: String) -> Bool {
    gives == typeName || gives?.split(separator: " ").contains { $0 == typeName } == true
  }

  /// The position of the parameter that an option of this name means.
  func parameter(named word: String) -> Int? {
    let named = parameters.indices.filter { parameters[$0].role != .others }
    if let exact = named.first(where: { parameters[$0].name == word }) { return exact }
    let key = spellingKey(word)
    return named.first { parameters[$0].isNamed(word, key: key) }
  }

  /// The first required parameter that is not among the given ones.
  func missingParameter(given: some Sequence<Int>) -> Parameter? {
    guard parameters.contains(where: \.isRequired) else { return nil }
    let present = Set(given)
    return parameters.indices.first { parameters[$0].isRequired && !present.contains($0) }.map {
      parameters[$0]
    }
  }
}
