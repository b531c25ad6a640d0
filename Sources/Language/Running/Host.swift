import Base
import Synchronization

/// The named values of a session. Guards itself: completion looks at it while a cell runs.
public final class Workspace {
  private struct Content: @unchecked Sendable {
    // Sendable: reached only under the lock. What a value holds is that value's own to guard.
    var values: [String: any Value] = [:]
    var names: [String] = []
    var pinned: Set<String> = []
    var definitions: [Definition] = []
  }
  private let content = Mutex(Content())

  public init() {}

  /// The names in the order of their first assignment. Copied under the lock: an array that left it would be changed in place as soon as
  /// whoever read it had let go, which is safe by Swift's count of references, but not to be told from a race by ThreadSanitizer.
  public var names: [String] { content.withLock { content in content.names.map { $0 } } }

  /// The value of a name; assigning nil forgets it.
  public subscript(name: String) -> (any Value)? {
    get { content.withLock { Found(value: $0.values[name]) }.value }
    set {
      let found = Found(value: newValue)
      // The value that goes is freed after the lock is: a model takes a while.
      let replaced = content.withLock { content in
        guard let newValue = found.value else {
          content.names.removeAll { $0 == name }
          return Found(value: content.values.removeValue(forKey: name))
        }
        let old = content.values.updateValue(newValue, forKey: name)
        if old == nil { content.names.append(name) }
        return Found(value: old)
      }
      withExtendedLifetime(replaced) {}
    }
  }

  /// All names with what they hold, at one moment: another shell may forget one between two questions.
  public var entries: [(name: String, value: any Value)] {
    content.withLock { content in
      Entries(
        all: content.names.compactMap { name in content.values[name].map { (name, $0) } })
    }.all
  }

  private struct Entries: @unchecked Sendable {
    // Sendable: handed across the lock by one thread to itself.
    let all: [(name: String, value: any Value)]
  }

  private struct Found: @unchecked Sendable {
    // Sendable: handed across the lock by one thread to itself.
    let value: (any Value)?
  }

  /// Keeps a name at the value it has: assignments in cells pass it over, as `make` does with what its command line sets.
  public func pin(_ name: String) {
    _ = content.withLock { $0.pinned.insert(name) }
  }

  public func isPinned(_ name: String) -> Bool { content.withLock { $0.pinned.contains(name) } }

  /// Commands of the user's, the latest of each name.
  var definitions: [Definition] { content.withLock { content in content.definitions.map { $0 } } }

  func definition(named name: String) -> Definition? {
    content.withLock { $0.definitions.first { $0.name == name } }
  }

  func define(_ definition: Definition) {
    content.withLock { content in
      content.definitions.removeAll { $0.name == definition.name }
      content.definitions.append(definition)
    }
  }

  public func removeAll() {
    for name in names { self[name] = nil }
  }
}

/// Requirements of the language on the program around it.
public protocol Host: AnyObject {
  var workspace: Workspace { get }

  /// The turns of the loops that are running, the outermost first, counted from 0: what is drawn at random follows from them, so
  /// that each turn draws anew, and the cell run again draws the same. None between cells.
  var turns: [Int] { get set }

  /// Debugger that follows the statements of the running cell, or nil, the default. Asked on the thread that runs it.
  var stepper: (any Stepper)? { get }

  /// Shows a value richly: the last one of a cell, and those of commands that always show theirs.
  func show(_ value: any Value) throws

  /// Writes plain text to the output.
  func write(_ text: String)

  /// Called before every statement and every turn of a loop.
  /// Throws: `Interrupted` (or an error that `explain` knows) if the cell shall stop.
  func checkInterrupt() throws

  /// Runs a command on what was given: a host may note what came of it.
  func run(_ command: any AnyCommand, given: [GivenValue], in context: Context) throws -> (any Value)?

  /// The problem that an error of another module means for the user; nil if the host does not know it.
  func explain(_ error: any Error) -> Problem?
}

extension Host {
  public var stepper: (any Stepper)? { nil }

  public func run(_ command: any AnyCommand, given: [GivenValue], in context: Context) throws
    -> (any Value)?
  { try command.run(given, in: context) }

  /// The problem to report for an error of a command that ran on what was given.
  public func problem(from error: any Error, of command: any AnyCommand, given: [GivenValue]) -> Problem {
    guard let unread = error as? GivenError else { return problem(from: error) }
    let value = given[unread.index]
    let found = BindingProblem(
      unread.error, parameter: command.parameters[value.parameter], name: value.name)
    return found?.problem ?? problem(from: unread.error)
  }

  /// The problem to report for an error of any type.
  func problem(from error: any Error) -> Problem {
    switch error {
    case let problem as Problem: problem
    case let fault as Fault: fault.problem
    case let failure as Block.Failure: failure.fault.problem
    case let diagnostic as Diagnostic:
      Problem(diagnostic.message, advice: diagnostic.advice, kind: diagnostic.kind)
    case let mismatch as Mismatch:
      Problem("\(mismatch.expected) is needed here, and \(mismatch.found).", kind: .wrongType)
    case is Interrupted: Problem("stopped at your request", kind: .interrupted)
    default:
      explain(error) ?? Problem("The command failed: \(String(describing: error)).")
    }
  }
}

/// Context of a command, besides its options.
public struct Context {
  public let host: any Host
  public let vocabulary: Vocabulary
  /// The command in the cell.
  public let range: SourceRange
  /// The name that the value gets: "model" in `model = simclr encoder`.
  public let assignedName: String?
  /// The parameters that were given, by their declared names.
  public let given: Set<String>
  /// The statements in braces behind the command.
  public let block: Block?
  /// The definition that the command runs in.
  let frame: Frame?

  public var workspace: Workspace { frame?.workspace ?? host.workspace }
  /// Whether the command runs in a definition, whose names are its own.
  public var isInDefinition: Bool { frame != nil }
  public var isAssigned: Bool { assignedName != nil }

  /// Whether the user gave the parameter instead of leaving it at its default.
  public func isGiven(_ parameter: String) -> Bool { given.contains(parameter) }
}
