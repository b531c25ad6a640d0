import Base
import CZeroMQ
import FrontEnd
import Glibc
import Logging

/// A kernel: serves one backend to the clients of one connection.
///
/// Four threads: the one that calls `run` owns shell, control and stdin; one alone writes IOPub; one answers the
/// heartbeat; one runs cells, and one more for each subshell. They hand each other values through queues and wake each other by event descriptors.
public final class Server: @unchecked Sendable {
  // What changes is used by the thread that calls `run`, once, and by the threads that it starts and joins.

  public struct Options: Sendable {
    /// Whether the server handles signals: SIGINT interrupts, SIGTERM ends the kernel in order, SIGPIPE is ignored, and a crash
    /// is reported with its cell.
    public var handlesSignals = true
    /// Whether the kernel ends with the process in `JPY_PARENT_PID`.
    public var watchesParent = true
    /// Stack of each thread that runs cells, in bytes.
    public var cellStack = 64 << 20
    /// Path of the file that keeps history from kernel to kernel; nil for none.
    public var historyFile: String?
    /// Milliseconds that a running cell gets to stop when the kernel ends.
    public var patience = 2000

    public init() {}
  }

  /// Reason why `run` returned.
  public enum Ending: Sendable, Equatable {
    /// A client requested it, perhaps to restart the kernel.
    case shutdown(restart: Bool)
    /// SIGTERM came, or `Stopper.stop` was called.
    case terminated
    /// The process that started the kernel is gone.
    case orphaned
  }

  /// Handle that ends a server from another thread.
  public struct Stopper: Sendable {
    let bell: Bell
    public func stop() { bell.ring() }
  }

  /// Connection with the ports that are bound, including those chosen by the system for port 0.
  public let connection: Connection
  /// Stops `run` from another thread.
  public let stopper: Stopper

  private let backend: any Backend
  private let logger: Logger
  private let options: Options
  private let context: SocketContext
  private let signals: Signals
  private let iopub: IOPub
  private let heartbeat: Socket
  private let dispatcher: Dispatcher

  /// Binds the five sockets. The error names the port that is taken, or what else is wrong.
  public init(
    connection: Connection, backend: any Backend, logger: Logger, options: Options = Options()
  ) throws(InputError) {
    var connection = connection
    let context = try SocketContext()
    var open: [Socket] = []
    func listen(_ channel: Connection.Channel, _ kind: Int32) throws(InputError) -> Socket {
      let socket = try Socket(kind, in: context)
      open.append(socket)
      if kind == ZMQ_ROUTER { socket.set(ZMQ_ROUTER_HANDOVER, 1) }
      if kind == ZMQ_XPUB { socket.set(ZMQ_XPUB_MANUAL, 1) }
      // `Subscribers` decides what is dropped where a client does not read; a client reads the replies that it asked for.
      socket.set(ZMQ_SNDHWM, channel == .shell || channel == .control ? 10_000 : 0)
      try connection.bind(socket, to: channel)
      return socket
    }
    do throws(InputError) {
      let wire = Wire(key: connection.key, scheme: connection.scheme)
      let sockets = Dispatcher.Sockets(
        shell: try listen(.shell, ZMQ_ROUTER), control: try listen(.control, ZMQ_ROUTER),
        stdin: try listen(.stdin, ZMQ_ROUTER))
      // A question that reaches nobody is told from one that is not answered yet.
      sockets.stdin.set(ZMQ_ROUTER_MANDATORY, 1)
      heartbeat = try listen(.heartbeat, ZMQ_REP)
      iopub = try IOPub(socket: try listen(.iopub, ZMQ_XPUB), wire: wire, logger: logger)
      signals = try Signals()
      dispatcher = try Dispatcher(
        sockets: sockets, wire: wire, iopub: iopub, backend: backend, connection: connection,
        logger: logger, history: History(file: options.historyFile, logger: logger), stack: options.cellStack)
    } catch {
      for socket in open { socket.close() }
      context.terminate()
      throw error
    }
    for socket in open { socket.release() }
    self.connection = connection
    self.context = context
    self.backend = backend
    self.logger = logger
    self.options = options
    stopper = Stopper(bell: signals.terminate)
  }

  /// Serves until a client, a signal or the end of the parent process ends it; to be called once.
  public func run() throws(InputError) -> Ending {
    if options.handlesSignals {
      signals.install()
      CrashReport.install()
    }
    defer { if options.handlesSignals { signals.restore() } }
    let writer = try iopub.start()
    let echo = try startHeartbeat(on: heartbeat)
    try dispatcher.start()
    iopub.post(.status(.starting), parent: nil)

    let ending = serve()
    dispatcher.windDown(milliseconds: options.patience)
    dispatcher.history.close()
    backend.shutdown()
    iopub.stop()
    writer.join()
    dispatcher.close()
    context.shutdown()
    echo.join()
    context.terminate()
    return ending
  }

  private func serve() -> Ending {
    let parent = options.watchesParent ? ParentWatch.fromEnvironment() : nil
    let sockets = [dispatcher.sockets.control, dispatcher.sockets.shell, dispatcher.sockets.stdin]
    let bells = [signals.interrupt, signals.terminate] + dispatcher.bells
    while true {
      guard waitForAny(sockets, bells, milliseconds: parent == nil ? -1 : 1000) else { return .terminated }
      if signals.interrupt.answer() { dispatcher.interrupt() }
      dispatcher.takeAll()
      if let restart = dispatcher.shutdownRestarts { return .shutdown(restart: restart) }
      if signals.terminate.answer() { return .terminated }
      if let parent, parent.isGone {
        logger.notice("the process \(parent.process) that started the kernel is gone")
        return .orphaned
      }
    }
  }
}
