import Glibc
import Synchronization

/// Report of a crash on standard error, which servers log: it names the cell, of which a client learns nothing.
///
/// Nothing can be sent to the client: within a signal handler libzmq must not be called, nor memory allocated.
enum CrashReport {
  /// Maximum bytes of a cell's first line in the report.
  private static let limit = 200
  /// Maximum number of threads whose cells are tracked, and of cells in one report.
  private static let (most, mostTold) = (80, 4)
  private static let signals = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

  /// The cell that a thread runs: written by that thread, read by the handler on whichever thread crashed.
  private struct Slot: ~Copyable, @unchecked Sendable {
    /// Thread that runs a cell; 0 while the slot is free.
    let thread = Atomic<pthread_t>(0)
    let length = Atomic(0)
    let line = UnsafeMutablePointer<UInt8>.allocate(capacity: limit)
  }

  // Where the slots lie never changes, and what they hold is atomic, or written by the thread that holds the slot.
  private nonisolated(unsafe) static let slots = {
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: most)
    for index in 0..<most { (slots + index).initialize(to: Slot()) }
    return slots
  }()

  /// Installs the handler for the signals of crashes.
  static func install() {
    // Makes the globals now, outside of any handler.
    slots[0].length.store(0, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { CrashReport.report($0) }
    // Once: the signal then ends the program, as it would have without us.
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND) | UInt32(SA_ONSTACK))
    sigemptyset(&action.sa_mask)
    for number in signals { sigaction(number, &action, nil) }
  }

  /// Gives the calling thread an alternate signal stack, for when its own is exhausted.
  static func prepareThread() {
    let size = 1 << 15
    var stack = stack_t()
    stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    stack.ss_size = size
    sigaltstack(&stack, nil)
  }

  /// Records the cell that the calling thread is about to run.
  static func begin(_ code: String) {
    let free = (0..<most).first { index in
      slots[index].thread.compareExchange(expected: 0, desired: pthread_self(), ordering: .acquiring)
        .exchanged
    }
    guard let free else { return }
    let line = code.utf8.drop { $0 <= 32 }.prefix { $0 != UInt8(ascii: "\n") }.prefix(limit)
    for (index, byte) in line.enumerated() { slots[free].line[index] = byte < 32 ? 32 : byte }
    slots[free].length.store(line.count, ordering: .releasing)
  }

  /// Clears the record of the calling thread's cell.
  static func end() {
    for index in 0..<most where slots[index].thread.load(ordering: .relaxed) == pthread_self() {
      slots[index].length.store(0, ordering: .relaxed)
      slots[index].thread.store(0, ordering: .releasing)
    }
  }

  private static func report(_ number: Int32) {
    let reason: StaticString =
      switch number {
      case SIGILL, SIGTRAP: "a check within the program failed"
      case SIGABRT: "it aborted"
      case SIGFPE: "an impossible calculation"
      case SIGBUS: "memory or a file that is gone"
      default: "memory that is not its own, or too deep a recursion"
      }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: mostTold * (limit + 4) + 200) { line in
      var count = 0
      func add(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
        for index in 0..<length {
          line[count] = bytes[index]
          count += 1
        }
      }
      func add(_ text: StaticString) { add(text.utf8Start, text.utf8CodeUnitCount) }
      add("contrast: the kernel crashed (")
      add(reason)
      var told = 0
      func add(cellsOf thread: pthread_t?) {
        for index in 0..<most where told < mostTold {
          let owner = slots[index].thread.load(ordering: .acquiring)
          let length = slots[index].length.load(ordering: .acquiring)
          guard length > 0, thread == nil || owner == thread else { continue }
          if told == 0 { add(") in the cell: ") } else { add("  or: ") }
          add(slots[index].line, length)
          told += 1
        }
      }
      add(cellsOf: pthread_self())
      // Another thread works for a cell, but does not know for which.
      if told == 0 { add(cellsOf: nil) }
      if told == 0 { add(") while no cell ran") }
      add("\n")
      _ = write(STDERR_FILENO, line.baseAddress, count)
    }
    // A fault comes again where it was; one that another process sent does not.
    raise(number)
  }
}
