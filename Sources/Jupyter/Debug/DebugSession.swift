import Base
import FrontEnd
import Glibc
import Synchronization

/// The debugger of the kernel as clients see it: who debugs, the cells that are held, and the numbers under which clients ask for frames and
/// variables. Requests are answered by the dispatcher's thread, while threads of cells wait in `hold`.
final class DebugSession: Sendable {
  /// A thread that waits for an order.
  struct Held: Sendable {
    let halt: Halt
    let order: Awaited<HaltOrder>
    /// Number of the first frame; the others follow.
    let firstFrame: Int
  }

  struct State: Sendable {
    /// Session of the client that debugs; nil if nobody does.
    var client: String?
    var sequence = 0
    var held: [Int: Held] = [:]
    /// Sources by the paths that clients know them under.
    var sources: [String: DebugSource] = [:]
    /// Lines of breakpoints by path, as they were verified.
    var breakpoints: [String: [Int]] = [:]
    var nextNumber = 1
    var variables: [Int: @Sendable () -> [DebugVariable]] = [:]
  }

  let state = Mutex(State())
  let debugger: (any Debugger)?
  private let iopub: IOPub

  /// Beginning and end of the paths that stand for cells. No file is written; another kernel has other paths, since JupyterLab carries
  /// breakpoints over to a new kernel by them.
  static let prefix = "/tmp/contrast-\(getpid())/"
  static let suffix = ".contrast"
  static let seed: UInt32 = 0x9747_b28c

  init(_ debugger: (any Debugger)?, iopub: IOPub) {
    self.debugger = debugger
    self.iopub = iopub
  }

  var isAvailable: Bool { debugger != nil }

  func nextSequence() -> Int {
    state.withLock { state in
      state.sequence += 1
      return state.sequence
    }
  }

  // MARK: - Cells that are held

  /// Holds a cell: clients are told, and one gives an order. Called on the thread of the cell.
  func hold(_ halt: Halt, thread: Int, parent: JSON, order: Awaited<HaltOrder>) -> HaltOrder {
    let isDebugged = state.withLock { state in
      guard state.client != nil else { return false }
      state.held[thread] = Held(halt: halt, order: order, firstFrame: state.nextNumber)
      state.nextNumber += halt.frames.count
      return true
    }
    guard isDebugged else { return .resume }
    var body: [String: JSON] = [
      "reason": .string(halt.reason.rawValue), "threadId": .int(thread), "allThreadsStopped": false,
      "preserveFocusHint": false,
    ]
    if let message = halt.message {
      (body["text"], body["description"]) = (.string(message), .string(message))
    }
    post("stopped", .object(body), parent: parent)
    let next = order.wait()
    state.withLock { state in
      state.held[thread] = nil
      if state.held.isEmpty { state.variables = [:] }
    }
    post("continued", ["threadId": .int(thread), "allThreadsContinued": false], parent: parent)
    return next
  }

  func post(_ event: String, _ body: JSON, parent: JSON? = nil) {
    iopub.post(
      .debugEvent([
        "type": "event", "event": .string(event), "seq": .int(nextSequence()), "body": body,
      ]), parent: parent)
  }

  /// The path under which clients know a source; a cell that none has sent is known from here on.
  func path(of source: DebugSource) -> String {
    guard case .cell(let code) = source else {
      if case .file(let path) = source { return path }
      return ""
    }
    let path = DebugSession.prefix + String(murmur2(code, seed: DebugSession.seed)) + DebugSession.suffix
    state.withLock { $0.sources[path] = source }
    return path
  }

  /// The source of a path: a cell, or a file of the disk.
  func source(at path: String) -> DebugSource {
    state.withLock { $0.sources[path] } ?? .file(path)
  }

  /// Lets all cells run on, and forgets what was asked for.
  func end() {
    debugger?.detach()
    let held = state.withLock { state in
      let held = state.held.values.map(\.order)
      state.client = nil
      state.breakpoints = [:]
      state.variables = [:]
      return held
    }
    for order in held { order.give(.resume) }
  }
}
