/// A debugger's view of the statements that run: it is told of each before it runs, and may hold the thread there.
///
/// A host has one only while somebody debugs, so that other cells pay no more than the look whether there is one.
public protocol Stepper: AnyObject {
  /// The statements of a cell, a definition or a block begin.
  func enter(_ activity: Activity)
  /// The innermost ones are over.
  func leave()
  /// A statement of the innermost activity is about to run. Throws `Interrupted` if the cell shall end.
  func reach(_ statement: SourceRange) throws
  /// A statement has failed. Throws `Interrupted` if the cell shall end as if it had been stopped.
  func fail(_ problem: Problem, at place: SourceRange) throws
}

/// Statements at work: those of a cell, of a definition, or of a block in braces.
public struct Activity {
  /// Name of the definition; "cell" and "block" for what has none.
  public let name: String
  /// The names that the statements see.
  public let workspace: Workspace
  private let source: Source

  init(_ name: String, in source: Source, workspace: Workspace) {
    (self.name, self.source, self.workspace) = (name, source, workspace)
  }

  /// The path of the file that the statements stand in, nil of a cell.
  public var file: String? { source.name }

  /// The whole text of the cell or the file.
  public var code: String { source.text(SourceRange(0, source.scalars.count)) }

  /// Line and column of an offset, both from 1.
  public func position(of offset: Int) -> (line: Int, column: Int) {
    let (number, range) = source.line(at: offset)
    return (number, source.clamped(offset) - range.lower + 1)
  }
}

extension Evaluator {
  /// The value of the last of the statements of an activity, which the debugger follows if there is one.
  func run(_ statements: [Statement], as name: String, in source: Source) throws(Fault) -> (any Value)? {
    guard let stepper else { return try run(statements) }
    stepper.enter(Activity(name, in: source, workspace: workspace))
    defer { stepper.leave() }
    return try run(statements)
  }

  /// Runs a statement under the eyes of a debugger.
  func run(_ statement: Statement, isLast: Bool, before stepper: any Stepper) throws(Fault) -> (any Value)? {
    do { try stepper.reach(statement.range) } catch { throw fault(from: error, at: statement.range) }
    do throws(Fault) { return try run(statement, isLast: isLast) } catch {
      guard error.problem.kind != .interrupted else { throw error }
      let place = error.source == nil ? error.range : statement.range
      do { try stepper.fail(error.problem, at: place) } catch {
        throw fault(from: error, at: statement.range)
      }
      throw error
    }
  }
}
