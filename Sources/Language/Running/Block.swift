/// The statements in braces behind a command. The command may run them at once and again later, when the cell that they
/// stand in is done: names mean what they hold then.
public final class Block {
  let statements: [Statement]
  /// Whether the block ends with `;`, so that its last value is not shown.
  private let isSilent: Bool
  let source: Source
  let vocabulary: Vocabulary
  private let range: SourceRange
  /// The turns of the loops that the command stands in, in which the block runs again when they are done.
  private let turns: [Int]
  /// Number of brackets, blocks and signs within one another in it, at most.
  let nesting: Int

  init(
    statements: [Statement], isSilent: Bool, source: Source, vocabulary: Vocabulary, range: SourceRange,
    turns: [Int] = [], nesting: Int = 0
  ) {
    self.statements = statements
    self.isSilent = isSilent
    self.source = source
    self.vocabulary = vocabulary
    self.range = range
    self.turns = turns
    self.nesting = nesting
  }

  /// The same block within these turns of loops.
  func within(_ turns: [Int]) -> Block {
    Block(
      statements: statements, isSilent: isSilent, source: source, vocabulary: vocabulary, range: range,
      turns: turns, nesting: nesting)
  }

  /// Error that ended a run early. A command that lets it through ends its cell with it, the caret where it went wrong.
  public struct Failure: Error {
    var fault: Fault
    /// The error with its place, to be shown elsewhere.
    public let diagnostic: Diagnostic

    /// The same with words before its message.
    public func prefixed(_ words: String) -> Failure {
      var fault = fault
      fault.problem.message = words + fault.problem.message
      return Failure(fault: fault, diagnostic: fault.source.map { Diagnostic(fault, in: $0) } ?? diagnostic)
    }

    /// Whether the run was interrupted.
    public var isInterrupt: Bool { fault.problem.kind == .interrupted }
  }

  /// The cell it stands in and its place there: the same for a cell that is run again.
  public var identity: String { "\(range.lower) \(cell)" }

  /// The cell it stands in.
  public var cell: String { source.text(SourceRange(0, source.scalars.count)) }

  /// The block as it is written, with its braces.
  public var text: String { source.text(range) }

  /// The value of the last statement; nothing is shown.
  public func value(on host: any Host) throws(Failure) -> (any Value)? {
    do throws(Fault) {
      return try Evaluator(vocabulary: vocabulary, host: host, stepper: host.stepper)
        .run(statements, as: "block", in: source)
    } catch {
      throw failure(error)
    }
  }

  /// A problem at a place of the block.
  public func failure(_ problem: Problem, at range: SourceRange? = nil) -> Failure {
    failure(Fault(problem, at: range ?? statements.last?.range ?? self.range))
  }

  private func failure(_ fault: Fault) -> Failure {
    var fault = fault
    fault.source = fault.source ?? source
    return Failure(fault: fault, diagnostic: Diagnostic(fault, in: source))
  }

  /// Runs the statements, and shows the value of the last one as a cell does.
  public func run(on host: any Host) throws(Failure) {
    let before = host.turns
    host.turns = turns
    defer { host.turns = before }
    do throws(Fault) {
      let evaluator = Evaluator(vocabulary: vocabulary, host: host, stepper: host.stepper)
      let value = try evaluator.run(statements, as: "block", in: source)
      if let value, let last = statements.last, !isSilent { try evaluator.show(value, at: last.range) }
    } catch {
      throw Failure(fault: error, diagnostic: Diagnostic(error, in: source))
    }
  }
}
