import Base
import Figures
import FrontEnd
import Images
import Language
import Learning
import Networks
import Records
import Synchronization
import Tensors

/// One person's session: the named values, the seed, and where output goes.
///
/// Sessions that share (`init(sharing:)`) have their names and their seed in common, and each may run a cell at the same
/// time as the others: values guard themselves, and a model that one cell works with refuses others meanwhile.
///
/// `run` is called from one thread, one cell at a time. From any other thread, also while a cell runs, `interrupt` may
/// be requested, and `complete`, `inspect` and `completeness` called: they look at declarations, at the workspace, which
/// guards itself, and at what values say of themselves.
public final class Session: Host, @unchecked Sendable {
  // Sendable: workspace, interrupt, seed and controls guard themselves, and every use of the rest checks its thread.
  public let workspace: Workspace
  public let interrupt: Interrupt
  /// Seed of everything random that has no seed of its own.
  ///
  /// In a loop it is that of the turn, made of the seed and the turns of all loops around; one that was set within a turn holds in
  /// it as it is.
  public internal(set) var seed: UInt64 {
    get {
      let cell = cell
      let seed = shared.seed.withLock { $0 } &+ cell.presses
      let isWithin = cell.turns.starts(with: cell.seededTurns)
      let turns = isWithin ? cell.turns.dropFirst(cell.seededTurns.count) : cell.turns[...]
      guard !turns.isEmpty else { return seed }
      var stream = RandomStream(seed: seed, name: "turn", indices: Array(turns))
      return stream.next()
    }
    set {
      cell.seededTurns = cell.turns
      shared.seed.withLock { $0 = newValue }
    }
  }
  /// The log of runs that is written, or nil.
  var log: RunLog? {
    get { shared.log.withLock { $0 } }
    set { shared.log.withLock { $0 = newValue } }
  }
  /// Wishes of a debugger.
  var breakpoints: Breakpoints { shared.breakpoints }
  /// Shows values to a debugger.
  private(set) lazy var viewer = ValueViewer(self)
  /// The processes that run the same cells; nil where this one runs alone.
  var team: (any Team)? { shared.team }
  private let shared: Shared
  /// State of the running cell, which belongs to its thread.
  struct Cell {
    /// Destination of output: to the running cell, or into the place of a control.
    var console: any Console = SilentConsole() {
      didSet { bars = ProgressBars() }
    }
    var bars = ProgressBars()
    var progress: ProgressDisplay?
    /// Source of the cell.
    var code = ""
    /// The debugger that follows it.
    var stepper: CellStepper?
    /// The run that is being recorded.
    var recorder: RunRecorder?
    /// The panel whose block runs here.
    var runningPanel: Panel?
    /// Number that the presses of a button add to the seed while its block runs.
    var presses: UInt64 = 0
    /// Turns of the loops that run, and those in which the seed was set last.
    var turns: [Int] = []
    var seededTurns: [Int] = []
    var isAnsweredByPage = false
    var page: Rich?
  }
  private let owner = ThreadOwner()
  private var owned = Cell()
  var cell: Cell {
    get {
      owner.check()
      return owned
    }
    set {
      owner.check()
      owned = newValue
    }
  }
  var console: any Console { cell.console }
  /// The sliders, choices and buttons that can still be moved; a front end may speak of them to any session that shares.
  let controls: Controls
  /// Time that a computation takes before its progress is shown; tests show it at once, whatever the machine, before
  /// they run a cell.
  package var progressDelay: Duration = .seconds(1)

  /// State that sessions have in common that share, besides names and controls.
  private final class Shared: Sendable {
    let seed = Mutex<UInt64>(0)
    let log = Mutex<RunLog?>(nil)
    let breakpoints = Breakpoints()
    let team: (any Team)?
    init(team: (any Team)? = nil) { self.team = team }
  }

  /// Start of the first session of this process.
  private static let beginning = ContinuousClock.now

  /// Seconds since then.
  static var age: Double {
    let (seconds, attoseconds) = (ContinuousClock.now - beginning).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }

  /// - Parameter team: the processes that run the same cells.
  public init(team: (any Team)? = nil) {
    _ = Session.beginning
    workspace = Workspace()
    interrupt = Interrupt()
    shared = Shared(team: team)
    controls = Controls()
  }

  /// A session for a command's own cells: with names and a seed of its own, stopped by the interrupt of the other.
  init(stoppedWith other: Session) {
    workspace = Workspace()
    interrupt = other.interrupt
    shared = Shared()
    controls = Controls()
  }

  /// A session over the names, the seed and the controls of another.
  public init(sharing other: Session) {
    workspace = other.workspace
    interrupt = Interrupt()
    shared = other.shared
    controls = other.controls
  }

  /// Runs a cell, its output going to `console`; the value of its last statement is the result.
  ///
  /// Returns the page that a cell which only asks, `train?`, is answered with.
  public func run(cell code: String, console: any Console) throws(CellError) -> Rich? {
    cell.console = console
    cell.code = code
    followCell()
    defer { endCell() }
    cell.isAnsweredByPage = code.last { !$0.isWhitespace } == "?"
    do throws(Diagnostic) {
      try interpreter.run(cell: code)
    } catch {
      throw CellError(error)
    }
    return cell.page
  }

  /// Lets a debugger, if there is one, follow what runs now.
  func followCell() {
    if breakpoints.isAttached { cell.stepper = CellStepper(self) }
  }

  /// Leaves the session to the thread that uses it next.
  func endCell() {
    endProgress()
    cell = Cell()
    owner.release()
  }

  func endProgress() {
    cell.progress?.finish()
    cell.progress = nil
  }

  /// Gives a name a value that cells do not change, whatever they assign to it.
  public func pin(_ name: String, to expression: String) throws(CellError) {
    defer { endCell() }
    do throws(Diagnostic) {
      workspace[name] = try interpreter.value(of: expression)
    } catch {
      throw CellError(error)
    }
    workspace.pin(name)
  }

  /// The names that cells assign, each once, in their order.
  public static func namesAssigned(in cells: [String]) -> [String] {
    var seen: Set<String> = []
    return cells.flatMap(Verbs.vocabulary.namesAssigned).filter { seen.insert($0).inserted }
  }

  /// Message about a name that a file does not assign.
  public static func stranger(_ name: String, among names: [String], in file: String) -> String {
    let problem = Problem.unknownName(name, among: names, of: "name")
    return "\(file) assigns no name `\(name)`. \(problem.advice ?? "It assigns none at all.")"
  }

  /// The value of one expression, shown nowhere.
  public func value(of expression: String) throws(CellError) -> Rich {
    defer { endCell() }
    let value: any Value
    do throws(Diagnostic) {
      value = try interpreter.value(of: expression)
    } catch {
      throw CellError(error)
    }
    return (try? rich(value)) ?? Rich(text: value.summary)
  }

  var interpreter: Interpreter { Interpreter(vocabulary: Verbs.vocabulary, host: self) }

  // MARK: Host

  public var stepper: (any Stepper)? { cell.stepper }

  public var turns: [Int] {
    get { cell.turns }
    set { cell.turns = newValue }
  }

  public func show(_ value: any Value) throws {
    cell.progress?.finish()
    do {
      let shown = try rich(value)
      if cell.isAnsweredByPage, value is Help {
        cell.page = shown
        return
      }
      console.result(shown)
      if !(value is Help) { workspace["last"] = value }
    } catch let error as Interrupted {
      throw error
    } catch {
      let problem = explain(error) ?? Problem("\(error)")
      console.write("\(value.summary)\nThe picture could not be drawn: \(problem.message)\n")
    }
  }

  public func write(_ text: String) { console.write(text) }

  public func checkInterrupt() throws {
    if interrupt.isRequested { throw Interrupted() }
  }

  public func explain(_ error: any Error) -> Problem? { Session.explained(error) }

  static func explained(_ error: any Error) -> Problem? {
    switch error {
    case let error as FigureError:
      Problem(error.words.message, advice: error.words.advice)
    case let error as LayerListError: error.problem
    case let error as any Worded: explained(error.words)
    case let error as TeamError: Problem(error.message, advice: error.advice)
    case let error as InputError:
      Problem(error.message, about: error.option, advice: error.advice, kind: .badValue)
    case let error as Diverged: error.problem
    default: nil
    }
  }

  /// Whether drawing should stop, for figures.
  var stop: () -> Bool { { [interrupt] in interrupt.isRequested } }

  // MARK: For commands

  /// The seed that an option gives, or the session's.
  func seed(_ option: Int?) -> UInt64 { option.map { UInt64(bitPattern: Int64($0)) } ?? seed }

  /// Removes what the cell has shown so far.
  func clear(wait: Bool) {
    endProgress()
    console.clear(wait: wait)
    cell.bars = ProgressBars()
  }

  /// Context of a computation in this session: progress goes to the display of the running cell. Given the place of a command
  /// in the cell, a second run of that command replaces its bars.
  func run(seed: UInt64? = nil, at place: Int? = nil) -> Run {
    let display = ProgressDisplay(console: console, place: place, bars: cell.bars, delay: progressDelay)
    cell.progress?.finish()
    cell.progress = display
    // Reports come from the thread that runs the cell, which is the only one to touch the display.
    nonisolated(unsafe) let target = display
    nonisolated(unsafe) let recorder = cell.recorder
    return Run(seed: seed ?? self.seed, interrupt: interrupt, team: team) {
      target.report($0)
      recorder?.look()
    }
  }

  func ask(_ prompt: String) -> Answer {
    cell.progress?.finish()
    return console.ask(prompt, password: false)
  }

  func display(_ value: any Value) throws {
    console.display(try rich(value), id: nil)
    workspace["last"] = value
  }

  func rich(_ value: any Value) throws -> Rich {
    switch value {
    case let value as any Displayable: try value.rich(self)
    case let help as Help: Rich(text: help.plainText, html: help.html)
    default: Rich(text: value.summary)
    }
  }
}

extension Language.Context {
  /// Context of the command's computation.
  func run(seed: UInt64? = nil) -> Run { session.run(seed: seed, at: range.lower) }

  /// The session behind a command.
  var session: Session {
    guard let session = host as? Session else { preconditionFailure("these commands run in a Session") }
    return session
  }
}

/// Receiver of output while no cell runs.
final class SilentConsole: Console {
  func write(_ text: String, to stream: TextStream) {}
  func display(_ rich: Rich, id: String?) {}
  func update(_ rich: Rich, id: String) {}
  func result(_ rich: Rich) {}
}
