import Base
import FrontEnd
import Language

/// Follows the statements of one cell for a debugger, and holds its thread where that asks for it.
///
/// Belongs to the thread that runs the cell; what a halt shows is looked at from another one meanwhile, while this one waits.
final class CellStepper: Stepper {
  /// Reason to halt besides breakpoints. Depths count activities within one another.
  private enum Mode {
    case free
    case always
    /// Not within what lies deeper.
    case within(depth: Int)
  }

  /// An activity with the statement that it has come to.
  private struct Level {
    let activity: Activity
    let source: DebugSource
    var range = SourceRange(0, 0)
    /// Name and values of a command that tells what it does on its way.
    var phases: (name: String, values: [(name: String, value: any Value)])?
    /// Offsets of the statements with a breakpoint, as of a version.
    var stops: (version: Int, offsets: Set<Int>) = (-1, [])
  }

  private let session: Session
  private let breakpoints: Breakpoints
  private var mode = Mode.free
  private var levels: [Level] = []
  /// Whether the error on its way was shown already, where it arose.
  private var isFailing = false

  init(_ session: Session) {
    self.session = session
    breakpoints = session.breakpoints
  }

  // MARK: Stepper

  func enter(_ activity: Activity) {
    let source: DebugSource = activity.file.map { .file(absolutePath($0)) } ?? .cell(activity.code)
    levels.append(Level(activity: activity, source: source))
  }

  func leave() { levels.removeLast() }

  func reach(_ statement: SourceRange) throws {
    guard breakpoints.isAttached, let top = levels.indices.last else { return mode = .free }
    isFailing = false
    levels[top].range = statement
    if breakpoints.takePause() { return try halt(.pause) }
    let hasBreakpoint = offsets(at: top).contains(statement.lower)
    if isStepHere || hasBreakpoint { try halt(hasBreakpoint ? .breakpoint : .step) }
  }

  func fail(_ problem: Problem, at place: SourceRange) throws {
    guard breakpoints.haltsAtErrors, !isFailing, let top = levels.indices.last else { return }
    isFailing = true
    levels[top].range = place
    try halt(.exception, message: problem.message)
  }

  // MARK: Phases of a command

  /// Whether whoever steps wants to go into the command that begins.
  var goesIn: Bool { if case .always = mode { breakpoints.isAttached } else { false } }

  /// Runs a command that comes by `phase` on its way.
  func phases<Result>(of name: String, _ body: () throws -> Result) rethrows -> Result {
    guard var level = levels.last else { return try body() }
    level.phases = (name, [])
    levels.append(level)
    defer { levels.removeLast() }
    return try body()
  }

  /// A phase of the command is over, and gave values; the earlier ones can be looked at too.
  func phase(_ values: [(name: String, value: any Value)]) throws {
    guard breakpoints.isAttached, let top = levels.indices.last else { return mode = .free }
    levels[top].phases?.values += values
    if isStepHere { try halt(.step) }
  }

  // MARK: Halting

  private var isStepHere: Bool {
    switch mode {
    case .free: false
    case .always: true
    case .within(let depth): levels.count <= depth
    }
  }

  private func offsets(at level: Int) -> Set<Int> {
    let version = breakpoints.version
    if levels[level].stops.version == version { return levels[level].stops.offsets }
    let lines = breakpoints.lines(in: levels[level].source)
    var offsets: Set<Int> = []
    if !lines.isEmpty, let places = session.interpreter.statementPlaces(in: levels[level].activity.code) {
      offsets = Set(lines.compactMap { StatementPlace.forBreakpoint(on: $0, among: places)?.offset })
    }
    levels[level].stops = (version, offsets)
    return offsets
  }

  private func halt(_ reason: Halt.Reason, message: String? = nil) throws {
    session.endProgress()
    let depth = levels.count
    let halt = Halt(reason, message: message, frames: levels.reversed().map(frame))
    switch session.console.halt(halt) {
    case .resume: mode = .free
    case .stepIn: mode = .always
    case .stepOver: mode = .within(depth: depth)
    case .stepOut: mode = .within(depth: depth - 1)
    case .end:
      mode = .free
      throw Interrupted()
    }
  }

  private func frame(_ level: Level) -> DebugFrame {
    let (line, column) = level.activity.position(of: level.range.lower)
    let viewer = session.viewer
    // Workspaces guard themselves.
    nonisolated(unsafe) let (own, all) = (level.activity.workspace, session.workspace)
    // JupyterLab looks for these two names.
    var scopes = [DebugScope("Globals") { viewer.variables(all.entries) }]
    if own !== all { scopes.insert(DebugScope("Locals") { viewer.variables(own.entries) }, at: 0) }
    if let phases = level.phases {
      // They are not changed while they are looked at: the thread that made them waits.
      nonisolated(unsafe) let values = phases.values
      scopes.insert(DebugScope("Locals") { viewer.variables(values) }, at: 0)
    }
    return DebugFrame(
      name: level.phases?.name ?? level.activity.name, source: level.source, line: line, column: column,
      scopes: scopes)
  }
}
