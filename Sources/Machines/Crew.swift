import Base
import Glibc
import Synchronization

/// The processes of this program that mpirun or srun started together.
///
/// The first process decides: the others give it their numbers, and then wait for its word alone, which is the result or that the cell is over. So a meeting takes place in
/// all processes or in none, and all stand after the same step, whenever an interrupt comes.
public final class Crew: Team {
  private let link: any Link
  private let state: Mutex<State>

  private struct State {
    var cell = 0
    var isTogether = false
    var members: [TeamMember] = []
    /// Reason that ended the cell of another process, which the first tells.
    var failure: TeamError?
    /// Processes that have ended the running cell.
    var done: Set<Int> = []
    var waited = 0.0
    var began = 0
    /// The thread that runs the cell.
    var thread = pthread_self()
  }

  public var rank: Int { link.rank }
  public var size: Int { link.size }
  public var isTogether: Bool { state.withLock { $0.isTogether } }
  public var members: [TeamMember] { state.withLock { $0.members } }

  /// The crew of this process; nil where it was started alone: then nothing is loaded. Throws `InputError`.
  /// - Parameter cores: that this process may use.
  public static func joined(version: String, cores: Int) throws(InputError) -> Crew? {
    guard MPILibrary.marks.contains(where: { getenv($0) != nil }) else { return nil }
    let link = MPILink(try MPILibrary())
    guard link.size > 1 else {
      link.leave()
      return nil
    }
    return try Crew(link, version: version, cores: cores)
  }

  /// Meets the others once, so that each is known. Throws `InputError` where versions differ, in the first process.
  package init(_ link: any Link, version: String, cores: Int) throws(InputError) {
    self.link = link
    state = Mutex(State())
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let own = TeamMember(host: host, version: version, cores: cores)
    guard link.rank == 0 else {
      link.send(Message(.hello, cell: 0, text: "\(host)\n\(version)\n\(cores)"), to: 0)
      return
    }
    var members = [own]
    for process in 1..<link.size {
      guard let hello = link.receive(from: process, unless: { false }) else { continue }
      let lines = hello.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      members.append(TeamMember(host: lines[0], version: lines[1], cores: Int(lines[2]) ?? 1))
    }
    state.withLock { $0.members = members }
    if let other = members.first(where: { $0.version != version }) {
      quit()
      throw InputError(
        "contrast on \(other.host) is version \(other.version), and on \(host) \(version)",
        advice: "install the same version on every machine")
    }
  }

  /// Means to start several processes, in a line.
  public static var description: String {
    MPILibrary.isInstalled
      ? "Open MPI is there: mpirun -n 2 contrast run FILE trains on two processes"
      : "not installed; only a training on several machines needs it (the package openmpi-bin)"
  }

  // MARK: - Cells, in the first process

  /// Sends a cell to all.
  public func begin(cell code: String) { begin(.cell, code) }
  public func begin(pin name: String, to value: String) { begin(.pin, "\(name)=\(value)") }

  private func begin(_ kind: Message.Kind, _ text: String) {
    let cell = state.withLock { state in
      state.cell += 1
      (state.isTogether, state.failure, state.done, state.waited) = (true, nil, [], 0)
      (state.began, state.thread) = (Clock.monotonicMilliseconds(), pthread_self())
      return state.cell
    }
    sendToAll(Message(kind, cell: cell, text: text))
  }

  /// Waits until all have ended the cell. Throws `TeamError` where one of them could not do it, though the first could.
  public func end(isWhole: Bool, interrupt: Interrupt) throws(TeamError) {
    let cell = state.withLock { $0.cell }
    if !isWhole { sendInterrupt(cell) }
    sendToAll(Message(.over, cell: cell))
    var isTold = !isWhole
    for process in 1..<size where !state.withLock({ $0.done.contains(process) }) {
      while true {
        let message = link.receive(from: process) { !isTold && interrupt.isRequested }
        guard let message else {
          isTold = true
          sendInterrupt(cell)
          continue
        }
        if message.kind == .done, message.cell == cell {
          take(message, from: process)
          break
        }
      }
    }
    let failure = state.withLock { state in
      state.isTogether = false
      state.members[0].seconds += Double(Clock.monotonicMilliseconds() - state.began) / 1000
      state.members[0].waited += state.waited
      return state.failure
    }
    if isWhole, let failure { throw failure }
  }

  /// Interrupts the running cell in all processes; from any thread.
  public func interruptAll() { sendInterrupt(state.withLock { $0.cell }) }

  public func quit() {
    if rank == 0 { sendToAll(Message(.quit, cell: 0)) }
    link.leave()
  }

  private func sendInterrupt(_ cell: Int) {
    for process in 1..<size { link.sendUrgent(Message(.interrupt, cell: cell), to: process) }
  }

  private func sendToAll(_ message: Message) {
    for process in 1..<size { link.send(message, to: process) }
  }

  /// "seconds\nwaited\nfailure", where nothing failed without the last.
  private func take(_ message: Message, from process: Int) {
    let lines = message.text.split(separator: "\n", maxSplits: 2).map(String.init)
    state.withLock { state in
      state.done.insert(process)
      state.members[process].seconds += Double(lines[0]) ?? 0
      state.members[process].waited += Double(lines[1]) ?? 0
      if lines.count > 2, state.failure == nil {
        state.failure = TeamError(
          "process \(process + 1) of \(size), on \(state.members[process].host): \(lines[2])")
      }
    }
  }

  // MARK: - Cells, in the others

  /// Runs what the first process sends until it says that the program ends.
  /// - Parameters:
  ///   - interrupt: of the cells that run here.
  ///   - run: runs a cell and returns what failed in it.
  public func follow(
    interrupt: Interrupt, pin: (_ name: String, _ value: String) -> String?, run: (_ cell: String) -> String?
  ) throws(InputError) {
    try withListener(interrupt) {
      while let message = link.receive(from: 0, unless: { false }), message.kind != .quit {
        guard message.kind == .cell || message.kind == .pin else { continue }
        let began = Clock.monotonicMilliseconds()
        interrupt.clear()
        state.withLock {
          ($0.cell, $0.isTogether, $0.waited, $0.thread) = (message.cell, true, 0, pthread_self())
        }
        let failure: String?
        if message.kind == .cell {
          failure = run(message.text)
        } else {
          let parts = message.text.split(separator: "=", maxSplits: 1).map(String.init)
          failure = pin(parts[0], parts.count > 1 ? parts[1] : "")
        }
        let waited = state.withLock { state in
          state.isTogether = false
          return state.waited
        }
        let seconds = Double(Clock.monotonicMilliseconds() - began) / 1000
        let text = "\(seconds)\n\(waited)" + (failure.map { "\n\($0)" } ?? "")
        link.send(Message(.done, cell: message.cell, text: text), to: 0)
      }
    }
    link.leave()
  }

  /// A thread beside the cells that looks for interrupts.
  private func withListener(
    _ interrupt: Interrupt, _ body: () -> Void
  ) throws(InputError) {
    let over = Flag()
    let listener = try NativeThread(named: "interrupts") { [self] in
      while !over.value.withLock({ $0 }) {
        if let message = link.urgent() {
          state.withLock { if $0.isTogether, $0.cell == message.cell { interrupt.request() } }
        }
        usleep(20_000)
      }
    }
    body()
    over.value.withLock { $0 = true }
    listener.join()
  }

  private final class Flag: Sendable { let value = Mutex(false) }

  // MARK: - Files

  /// Has files written by the first process alone; in a cell the others wait until it has, so that they can read what is there.
  public func takeTurnsWithFiles() {
    FileTurn.set { [self] write in
      // What a thread beside the cell writes, and what is written between cells, is the first process's matter.
      let isOfCell = state.withLock { $0.isTogether && $0.thread == pthread_self() }
      if rank == 0 { try write() }
      if isOfCell { _ = try meet([], interrupt: Interrupt()) { _ in [] } }
    }
  }

  // MARK: - Meetings

  public func meet(
    _ numbers: [Float], interrupt: Interrupt, _ join: ([[Float]]) -> [Float]
  ) throws -> [Float] {
    let began = Clock.monotonicMilliseconds()
    defer { state.withLock { $0.waited += Double(Clock.monotonicMilliseconds() - began) / 1000 } }
    let cell = state.withLock { $0.cell }
    guard rank == 0 else {
      link.send(Message(.numbers, cell: cell, numbers: numbers), to: 0)
      // An interrupt of its own would leave this process alone with another step than the others.
      while let message = link.receive(from: 0, unless: { false }) {
        guard message.cell == cell else { continue }
        if message.kind == .result { return message.numbers }
        if message.kind == .over { throw Interrupted() }
      }
      throw Interrupted()
    }
    var all = [numbers]
    for process in 1..<size { all.append(try given(by: process, cell: cell, interrupt)) }
    // From here on the meeting takes place, whatever comes.
    let result = join(all)
    sendToAll(Message(.result, cell: cell, numbers: result))
    return result
  }

  private func given(by process: Int, cell: Int, _ interrupt: Interrupt) throws -> [Float] {
    while true {
      guard let message = link.receive(from: process, unless: { interrupt.isRequested }) else {
        throw Interrupted()
      }
      guard message.cell == cell else { continue }
      if message.kind == .numbers { return message.numbers }
      take(message, from: process)
      if interrupt.isRequested { throw Interrupted() }
      throw state.withLock { $0.failure }
        ?? TeamError(
          "process \(process + 1) of \(size), on \(members[process].host), took another way through the cell",
          advice: "what the cell does must not depend on the machine: its files, its clock, its environment")
    }
  }
}
