import Glibc
import Synchronization

/// Says on standard error, which servers log, in which cell the program died: a client sees only that it did.
///
/// Nothing can be sent to the client any more: libzmq may not be called within a signal handler, nor memory be taken.
enum CrashReport {
  private static let limit = 200
  /// The first line of the cell that was started last; written by the threads of cells, read when all is lost.
  private nonisolated(unsafe) static let cell = UnsafeMutablePointer<UInt8>.allocate(capacity: limit)
  private static let length = Atomic(0)
  private static let signals = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

  /// Takes over the signals by which programs die.
  static func install() {
    // Makes the globals now, outside of any handler.
    length.store(0, ordering: .relaxed)
    cell.initialize(repeating: 0, count: limit)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { CrashReport.report($0) }
    // Once: the signal then ends the program, as it would have without us.
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND) | UInt32(SA_ONSTACK))
    sigemptyset(&action.sa_mask)
    for number in signals { sigaction(number, &action, nil) }
  }

  /// Gives the calling thread a stack for the handler, which is needed where its own is exhausted.
  static func prepareThread() {
    let size = 1 << 15
    var stack = stack_t()
    stack.ss_sp = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    stack.ss_size = size
    sigaltstack(&stack, nil)
  }

  /// A cell is about to run.
  static func begin(_ code: String) {
    let line = code.utf8.drop { $0 <= 32 }.prefix { $0 != UInt8(ascii: "\n") }.prefix(limit)
    length.store(0, ordering: .relaxed)
    for (index, byte) in line.enumerated() { cell[index] = byte < 32 ? 32 : byte }
    length.store(line.count, ordering: .releasing)
  }

  static func end() { length.store(0, ordering: .relaxed) }

  private static func report(_ number: Int32) {
    let reason: StaticString =
      switch number {
      case SIGILL, SIGTRAP: "a check within the program failed"
      case SIGABRT: "it aborted"
      case SIGFPE: "an impossible calculation"
      case SIGBUS: "memory or a file that is gone"
      default: "memory that is not its own, or too deep a recursion"
      }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: limit + 200) { line in
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
      let length = length.load(ordering: .acquiring)
      if length > 0 {
        add(") in the cell: ")
        add(cell, length)
        add("\n")
      } else {
        add(") while no cell ran\n")
      }
      _ = write(STDERR_FILENO, line.baseAddress, count)
    }
    // A fault comes again where it was; one that another process sent does not.
    raise(number)
  }
}
