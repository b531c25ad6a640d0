import Base
import FrontEnd

/// What waits for its turn, and runs on the thread of a shell.
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

  /// Counted from 0, which is the main shell.
  let number: Int
  /// What clients call it; nil for the main shell.
  let id: String?
  let executor: Executor
  private let thread: NativeThread
  /// A slice, so that the first of thousands is taken without moving the others.
  var waiting: ArraySlice<Waiting> = []
  var running: Running?
  /// The number of the last cell that was remembered.
  var count = 0
  /// It is to end with what it runs.
  var isDeleted = false

  var backend: any Backend { executor.backend }

  init(number: Int, id: String?, executor: Executor, stack: Int) throws(InputError) {
    self.number = number
    self.id = id
    self.executor = executor
    thread = try executor.start(stack: stack)
  }

  /// Ends the thread, which nobody waits for if it still runs something.
  func end() {
    executor.stop()
    if running == nil { thread.join() } else { thread.detach() }
  }
}
