import Glibc
import Synchronization

/// SIGINT and SIGTERM as bells that a poll can wait for. The handlers only ring.
package final class Signals {
  private static let interruptDescriptor = Atomic<Int32>(-1)
  private static let terminateDescriptor = Atomic<Int32>(-1)

  package let interrupt: Bell
  package let terminate: Bell
  private var earlier: [(number: Int32, action: sigaction)] = []

  /// Makes the bells; the signals do what they did before until `install`.
  package init() throws(JupyterError) {
    interrupt = try Bell()
    terminate = try Bell()
  }

  /// Takes the signals over, and ignores SIGPIPE: a client that goes away must not end the kernel.
  package func install() {
    // Stored before the handlers are, which also initialises the globals outside of any handler.
    Signals.interruptDescriptor.store(interrupt.descriptor, ordering: .sequentiallyConsistent)
    Signals.terminateDescriptor.store(terminate.descriptor, ordering: .sequentiallyConsistent)
    handle(SIGINT) { _ in Signals.ring(Signals.interruptDescriptor) }
    handle(SIGTERM) { _ in Signals.ring(Signals.terminateDescriptor) }
    handle(SIGPIPE, SIG_IGN)
  }

  /// Gives the signals back to whoever had them.
  package func restore() {
    for entry in earlier {
      var action = entry.action
      sigaction(entry.number, &action, nil)
    }
    earlier = []
    Signals.interruptDescriptor.store(-1, ordering: .sequentiallyConsistent)
    Signals.terminateDescriptor.store(-1, ordering: .sequentiallyConsistent)
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

  private static func ring(_ descriptor: borrowing Atomic<Int32>) {
    let code = errno
    let number = descriptor.load(ordering: .relaxed)
    if number >= 0 { Bell.ring(number) }
    errno = code
  }
}

/// The process that started the kernel. When it ends, however it ends, the kernel has nobody left to serve.
struct ParentWatch {
  let process: pid_t
  private let wasParent: Bool

  init(process: pid_t) {
    self.process = process
    wasParent = getppid() == process
  }

  /// From `JPY_PARENT_PID`, which Jupyter sets.
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
