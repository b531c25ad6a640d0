import Base

/// A command of the user's, made by `define`. What parsing, help and completion need follows from its head; what it does is found by its name when
/// it runs, so that a later cell can define it anew.
struct Definition: AnyCommand, @unchecked Sendable {
  // Sendable: nothing of it changes once it is made.
  let name: String
  let summary: String
  let details: String
  let parameters: [Parameter]
  /// The defaults as they are written, in the order of the parameters.
  private let defaultTexts: [String?]
  /// Block that it runs; nil of one whose `define` has not run.
  let body: Body?

  /// The block with the values of defaults.
  struct Body {
    let block: Block
    let defaults: [String: any Value]
  }

  static let chapter = "Commands of your own"
  let aliases: [String] = []
  let gives: String? = "value"
  let group = Definition.chapter
  let examples: [Example] = []
  let showsValue = false
  let takesBlock = false
  let keepsPartialValue = false
  let wordMayBeName = false
  let calculates = false
  let blockCalculates = false

  init(_ head: DefinitionHead, body: Body? = nil) {
    name = head.name.text
    (summary, details) = head.comment
    parameters =
      head.arguments.map {
        Parameter($0.text, AnyValue.self, "By position or by name", role: .argument, isRequired: true)
      }
      + head.options.map {
        Parameter($0.name.text, AnyValue.self, "Option", role: .option, isRequired: false)
      }
    defaultTexts = head.arguments.map { _ in nil } + head.options.map(\.text)
    self.body = body
  }

  private init(_ other: Definition, body: Body) {
    (name, summary, details) = (other.name, other.summary, other.details)
    (parameters, defaultTexts, self.body) = (other.parameters, other.defaultTexts, body)
  }

  /// The same with what it does.
  func with(_ body: Body) -> Definition { Definition(self, body: body) }

  func defaultText(at parameter: Int) -> String? { defaultTexts[parameter] }

  func run(_ given: [GivenValue], in context: Context) throws -> (any Value)? {
    guard let current = context.host.workspace.definition(named: name), let body = current.body else {
      throw Problem(
        "`\(name)` is not defined yet: its `define` has not run.", advice: "Define it before it is used.")
    }
    let frame = try Frame(name, nesting: body.block.nesting + 3, within: context.frame)
    for (name, value) in body.defaults { frame.workspace[name] = value }
    for value in given { frame.workspace[value.name] = value.value }
    // It may have been defined anew since the cell was read.
    let names = Set(current.parameters.map(\.name))
    if let stranger = given.first(where: { !names.contains($0.name) }) {
      throw Problem("`\(name)` was defined anew, without `\(stranger.name)`.", about: stranger.name)
    }
    if let missing = current.parameters.first(where: { frame.workspace[$0.name] == nil }) {
      throw Problem("`\(name)` was defined anew, and needs `\(missing.name)`.")
    }
    return try body.block.run(in: frame, on: context.host)
  }
}

extension Block {
  /// The value that the statements of a definition return.
  func run(in frame: Frame, on host: any Host) throws(Failure) -> (any Value)? {
    do throws(Fault) {
      return try Evaluator(vocabulary: vocabulary, host: host, frame: frame, stepper: host.stepper)
        .run(statements, as: frame.definition, in: source)
    } catch {
      var fault = error
      if fault.source == nil {
        fault.source = source
        let place = source.name.map { "\($0), line \(source.line(at: fault.range.lower).number)" }
        guard fault.problem.kind != .interrupted else {
          throw Failure(fault: fault, diagnostic: Diagnostic(fault, in: source))
        }
        fault.problem.message =
          "In `\(frame.definition)`\(place.map { " (\($0))" } ?? ""): " + fault.problem.message
      }
      throw Failure(fault: fault, diagnostic: Diagnostic(fault, in: source))
    }
  }
}

extension Vocabulary {
  /// With these definitions, each in the place of an older one of its name. What the language has itself stays.
  func adding(_ definitions: [Definition]) -> Vocabulary {
    guard !definitions.isEmpty else { return self }
    var latest: [Definition] = []
    for definition in commands.compactMap({ $0 as? Definition }) + definitions {
      latest.removeAll { $0.name == definition.name }
      latest.append(definition)
    }
    return Vocabulary(commands.filter { !($0 is Definition) } + latest)
  }

  /// Whether the word is a command of the language, or of its grammar, so that it cannot be defined.
  func isBuiltIn(_ word: String) -> Bool {
    Keyword.isReserved(word) || verb(word).map { $0.commands.contains { !($0 is Definition) } } ?? false
  }
}
