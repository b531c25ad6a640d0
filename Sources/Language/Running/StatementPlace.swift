/// Place of a statement, at which a debugger may stop.
public struct StatementPlace: Equatable, Sendable {
  /// Offset of its first letter: no other statement begins there.
  public let offset: Int
  /// The lines from its first letter to its last, from 1.
  public let lines: ClosedRange<Int>
  /// Whether it has statements within it.
  public let holdsOthers: Bool

  /// The statement that a breakpoint on a line means: the first that begins there, else one that goes on there and has
  /// none within it, else the next one below. Nil where there is none.
  public static func forBreakpoint(on line: Int, among places: [StatementPlace]) -> StatementPlace? {
    places.first { $0.lines.lowerBound == line }
      ?? places.last { $0.lines.contains(line) && !$0.holdsOthers }
      ?? places.first { $0.lines.lowerBound > line }
  }
}

extension Interpreter {
  /// The places of all statements of a cell or a file, those within blocks among them, in the order of the text; nil if it cannot be read.
  public func statementPlaces(in code: String) -> [StatementPlace]? {
    let source = Source(code)
    guard let program = try? Parser.parse(source, vocabulary: vocabulary) else { return nil }
    return program.statements.flatMap { $0.places(in: source) }.sorted { $0.offset < $1.offset }
  }
}

extension Statement {
  /// Places of the statement and of those within it.
  fileprivate func places(in source: Source) -> [StatementPlace] {
    let inner = nested.flatMap { $0.places(in: source) }
    let last = source.line(at: max(range.lower, range.upper - 1)).number
    let lines = source.line(at: range.lower).number...last
    return [StatementPlace(offset: range.lower, lines: lines, holdsOthers: !inner.isEmpty)] + inner
  }

  private var nested: [Statement] {
    switch form {
    case .assign(_, let value), .evaluate(let value): value.statements
    case .loop(_, let values, let body): values.statements + body
    case .branch(let branches, let otherwise):
      branches.flatMap { $0.condition.statements + $0.body } + (otherwise ?? [])
    case .giveBack(let value): value?.statements ?? []
    case .explain: []
    }
  }
}

extension Expression {
  /// Statements in the blocks of its commands.
  fileprivate var statements: [Statement] {
    guard case .call(let call) = form else { return parts.flatMap(\.statements) }
    return call.arguments.flatMap { $0.value.statements } + (call.block?.statements ?? [])
  }
}
