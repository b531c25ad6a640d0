import Base
import CZeroMQ
import Logging

/// Owns the shell, control and stdin sockets, and with them the order in which requests are answered.
///
/// Only cells and messages over comms wait for their turn; every other request is answered at once, also while a cell
/// runs.
/// Each request is framed on IOPub by its own busy and idle, with its reply between them.
///
/// Used by one thread only.
final class Dispatcher {
  enum Channel: String {
    case shell, control
  }

  struct Sockets {
    let shell: Socket
    let control: Socket
    let stdin: Socket
  }

  let sockets: Sockets
  let wire: Wire
  let iopub: IOPub
  let interpreter: any Interpreter
  let connection: Connection
  let logger: Logger
  let history: History
  let comms = Comms()
  let questions: Mailbox<Question>
  let completions: Mailbox<Executor.Completion>
  var usage = Usage()

  /// By their numbers; those that are deleted stay until what they run has ended.
  var shells: [Int: Shell] = [:]
  var nextShell = 0
  /// Bytes of stack for each thread that runs cells.
  private let stack: Int
  /// Nothing is started any more.
  var isHolding = false
  /// Sessions of clients, each with a comm that it was told is closed.
  var refusedComms = Recent<[String]>(count: 1024)
  private var openQuestions = OpenQuestions()
  /// Set by a shutdown request: whether the client means to start the kernel again.
  private(set) var shutdownRestarts: Bool?

  init(
    sockets: Sockets, wire: Wire, iopub: IOPub, interpreter: any Interpreter, connection: Connection,
    logger: Logger, history: History, stack: Int
  ) throws(InputError) {
    self.sockets = sockets
    self.wire = wire
    self.iopub = iopub
    self.interpreter = interpreter
    self.connection = connection
    self.logger = logger
    self.history = history
    self.stack = stack
    questions = try Mailbox()
    completions = try Mailbox()
  }

  /// Starts the main shell.
  func start() throws(InputError) { try startShell(interpreter, id: nil) }

  /// Starts a thread for `interpreter`, under a name that clients give in the header of their messages.
  func startShell(_ interpreter: any Interpreter, id: String?) throws(InputError) {
    let executor = try Executor(
      shell: nextShell, interpreter: interpreter, iopub: iopub, completions: completions)
    shells[nextShell] = try Shell(number: nextShell, id: id, executor: executor, stack: stack)
    nextShell += 1
  }

  /// Interrupts what runs in every shell.
  func interrupt() { for shell in shells.values { shell.executor.interrupt() } }

  /// The bells that tell of something to do here.
  var bells: [Bell] { [completions.bell, questions.bell] }

  // MARK: - What has arrived

  /// Takes everything that has arrived, control first.
  func takeAll() {
    while let message = receive(from: sockets.control, "control") { answer(message, on: .control) }
    takeStdin()
    let completions = completions.take()
    // Before the reply goes out: what has arrived by now was sent before its sender could know how the cell ended.
    takeShell()
    for completion in completions { finish(completion) }
  }

  func takeShell() {
    while let message = receive(from: sockets.shell, "shell") {
      guard let shell = shell(for: message) else {
        answerUnknownShell(message)
        continue
      }
      switch message.type {
      case "execute_request": shell.waiting.append(message)
      case "comm_open", "comm_msg", "comm_close": wait(forComm: message, in: shell)
      default: answer(message, on: .shell, of: shell)
      }
      startNext(in: shell)
    }
  }

  private func takeStdin() {
    while let reply = receive(from: sockets.stdin, "stdin") {
      if let reason = openQuestions.take(reply) { logger.notice("dropped a message on stdin: \(reason)") }
    }
    for question in questions.take() where !question.answer.isGiven {
      let frames = openQuestions.frames(asking: question, by: wire)
      if !sockets.stdin.send(frames) { question.answer.give(.unreachable) }
    }
  }

  private func receive(from socket: Socket, _ channel: String) -> Message? {
    while let frames = socket.receive() {
      do throws(WireError) {
        return try wire.decode(frames)
      } catch {
        logger.warning("dropped a message on \(channel): \(error)")
      }
    }
    return nil
  }

  // MARK: - Requests that are answered at once

  private func answer(_ message: Message, on channel: Channel, of shell: Shell? = nil) {
    iopub.post(status: "busy", parent: message.header)
    iopub.flush()
    if let content = reply(to: message, on: channel, of: shell) {
      send(replyType(to: message), content, to: message, on: channel)
    }
    endRequest(message)
  }

  /// Tells that all about a request was said. A client that looks only at the last status, as JupyterLab's indicator and
  /// its server do, would believe the kernel idle when somebody types while a cell runs, or a page is loaded: the
  /// running cell is busy once more.
  func endRequest(_ message: Message) {
    iopub.post(status: "idle", parent: message.header)
    for (_, shell) in shells.sorted(by: { $0.key < $1.key }) {
      guard let running = shell.running else { continue }
      return iopub.post(status: "busy", parent: running.message.header)
    }
  }

  func replyType(to message: Message) -> String {
    let suffix = "_request"
    return message.type.hasSuffix(suffix)
      ? message.type.dropLast(suffix.count) + "_reply" : message.type + "_reply"
  }

  func send(
    _ type: String, _ content: JSON, metadata: JSON = [:], to message: Message, on channel: Channel
  ) {
    let socket = channel == .shell ? sockets.shell : sockets.control
    socket.send(
      wire.encode(
        type, identities: message.identities, parent: message.header, metadata: metadata, content: content))
  }

  /// Called for a shutdown request; the server ends after this round.
  func requestShutdown(restart: Bool) { shutdownRestarts = restart }

  func close() {
    for socket in [sockets.shell, sockets.control, sockets.stdin] { socket.close() }
  }
}
