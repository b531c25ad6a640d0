import Base
import FrontEnd

/// Work that runs on the thread of a shell in its turn.
enum Work: Sendable {
  case cell(ExecuteRequest)
  case comm(CommMessage)
}

/// A queue of cells and messages with the thread that runs them, one after the other: the main shell that every kernel
/// has, or a subshell (JEP 91). They share named values, and run at the same time.
///
/// Used by the dispatcher's thread only.
final class Shell {
  struct Waiting {
    let message: Message
    var work: Work
  }

  struct Running {
    let message: Message
    /// The request of a cell, and its number; nil for a message over a comm.
    let cell: (request: ExecuteRequest, count: Int)?
    let started: String
    let output: CellOutput
  }

  /// Number of the shell; 0 is the main shell.
  let number: Int
  /// Identifier that clients use; nil for the main shell.
  let id: String?
  let executor: Executor
  private let thread: NativeThread
  /// Waiting work; a slice, so that removing the first of thousands moves none of the others.
  var waiting: ArraySlice<Waiting> = []
  var running: Running?
  /// Number of the last cell stored in history.
  var count = 0
  /// Whether the shell ends with its running job.
  var isDeleted = false

  var backend: any Backend { executor.backend }

  init(number: Int, id: String?, executor: Executor, stack: Int) throws(InputError) {
    self.number = number
    self.id = id
    self.executor = executor
    thread = try executor.start(stack: stack)
  }

  /// Ends the thread, without waiting for it if a job still runs.
  func end() {
    executor.stop()
    if running == nil { thread.join() } else { thread.detach() }
  }
}
