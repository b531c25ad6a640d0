/// Runs cells, one at a time, against a host. The other questions that a front end asks of a cell (`offers`,
/// `inspect`, `wholeness`) are answered in extensions.
public final class Interpreter {
  public let vocabulary: Vocabulary
  public let host: any Host

  public init(vocabulary: Vocabulary, host: any Host) {
    self.vocabulary = vocabulary.adding(host.workspace.definitions)
    self.host = host
  }

  public convenience init(commands: [any AnyCommand], host: any Host) {
    self.init(vocabulary: Vocabulary(commands), host: host)
  }

  /// Runs a cell and shows the value of its last statement, unless the cell ends with `;`.
  ///
  /// The whole cell is parsed and checked against the declarations first: an unknown verb, option or choice anywhere
  /// in it stops the cell before anything has run. What goes wrong later leaves the effects of earlier statements.
  /// Returns: the value of the last statement, shown or not.
  @discardableResult
  public func run(cell: String) throws(Diagnostic) -> (any Value)? {
    let source = Source(cell)
    do throws(Fault) {
      let program = try Parser.parse(source, vocabulary: vocabulary)
      try Checker(vocabulary: program.vocabulary, names: Set(host.workspace.names)).check(program)
      let evaluator = Evaluator(vocabulary: program.vocabulary, host: host, stepper: host.stepper)
      let value = try evaluator.run(program.statements, as: "cell", in: source)
      if let value, let last = program.statements.last, !program.isSilent {
        try evaluator.show(value, at: last.range)
      }
      return value
    } catch {
      throw Diagnostic(error, in: source)
    }
  }

  /// The same with the definitions of a cell that is being typed.
  func knowing(_ code: String) -> Interpreter {
    let source = Source(code)
    let (tokens, comments) = Lexer.tokens(of: source)
    let definitions = DefinitionHead.definitions(in: source, tokens, comments: comments).known
    return definitions.isEmpty ? self : Interpreter(vocabulary: vocabulary.adding(definitions), host: host)
  }

  /// The value of one expression or command, such as the right side of `--set rate=1e-3`; nothing is shown.
  public func value(of code: String) throws(Diagnostic) -> any Value {
    let source = Source(code)
    do throws(Fault) {
      let program = try Parser.parse(source, vocabulary: vocabulary)
      guard program.statements.count == 1, case .evaluate(let expression) = program.statements[0].form else {
        throw Fault(.syntax, "One value is expected here.", at: SourceRange(0, source.scalars.count))
      }
      try Checker(vocabulary: vocabulary, names: Set(host.workspace.names)).check(program)
      return try Evaluator(vocabulary: vocabulary, host: host).value(of: expression)
    } catch {
      throw Diagnostic(error, in: source)
    }
  }
}
