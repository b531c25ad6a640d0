import Base
import Glibc
import Synchronization

/// SIGINT, and the signals that ask a program to end, as bells that a poll can wait for. The handlers only ring.
package final class Signals {
  private static let interruptDescriptor = Atomic<Int32>(-1)
  private static let terminateDescriptor = Atomic<Int32>(-1)
  private static let lastNumber = Atomic<Int32>(0)

  package let interrupt: Bell
  package let terminate: Bell
  private var earlier: [(number: Int32, action: sigaction)] = []

  /// Makes the bells; signals keep their effect until `install`.
  package init() throws(InputError) {
    interrupt = try Bell()
    terminate = try Bell()
  }

  /// Last signal received; 0 for none.
  package static var last: Int32 { lastNumber.load(ordering: .sequentiallyConsistent) }

  /// Takes the signals over, and ignores SIGPIPE: a client that goes away must not end the kernel.
  ///
  /// - Parameter hangUp: a terminal that is closed asks to end too, unless that is ignored, as under `nohup`.
  package func install(hangUp: Bool = false) {
    // Stored before the handlers are, which also initialises the globals outside of any handler.
    Signals.interruptDescriptor.store(interrupt.descriptor, ordering: .sequentiallyConsistent)
    Signals.terminateDescriptor.store(terminate.descriptor, ordering: .sequentiallyConsistent)
    Signals.lastNumber.store(0, ordering: .sequentiallyConsistent)
    handle(SIGINT) { Signals.ring(Signals.interruptDescriptor, for: $0) }
    handle(SIGTERM) { Signals.ring(Signals.terminateDescriptor, for: $0) }
    if hangUp && !Signals.isIgnored(SIGHUP) {
      handle(SIGHUP) { Signals.ring(Signals.terminateDescriptor, for: $0) }
    }
    handle(SIGPIPE, SIG_IGN)
  }

  /// Gives the signals back to whoever had them; with `deaf` they do nothing from now on.
  package func restore(deaf: Bool = false) {
    for entry in earlier where !deaf {
      var action = entry.action
      sigaction(entry.number, &action, nil)
    }
    earlier = []
    Signals.interruptDescriptor.store(-1, ordering: .sequentiallyConsistent)
    Signals.terminateDescriptor.store(-1, ordering: .sequentiallyConsistent)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private func handle(_ number: Int32, _ handler: __sighandler_t?) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = SA_RESTART
    sigemptyset(&action.sa_mask)
    var before = sigaction()
    sigaction(number, &action, &before)
    earlier.append((number, before))
  }

  private static func ring(_ descriptor: borrowing Atomic<Int32>, for signal: Int32) {
    let code = errno
    lastNumber.store(signal, ordering: .sequentiallyConsistent)
    let number = descriptor.load(ordering: .relaxed)
    if number >= 0 { Bell.ring(number) }
    errno = code
  }
}

/// Watch on the process that started the kernel: when it ends, however it ends, the kernel has nobody to serve.
struct ParentWatch {
  let process: pid_t
  private let wasParent: Bool

  init(process: pid_t) {
    self.process = process
    wasParent = getppid() == process
  }

  /// Watch on the process in `JPY_PARENT_PID`, which Jupyter sets.
  static func fromEnvironment() -> ParentWatch? {
    guard let text = getenv("JPY_PARENT_PID"), let process = pid_t(String(cString: text)), process > 0 else {
      return nil
    }
    return ParentWatch(process: process)
  }

  var isGone: Bool {
    // A dead parent that nobody has waited for still answers to its number, but has lost its children.
    if wasParent { return getppid() != process }
    return kill(process, 0) != 0 && errno == ESRCH
  }
}
