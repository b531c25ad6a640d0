import Base
import CZeroMQ
import FrontEnd
import Logging

/// Owner of the shell, control and stdin sockets, and of the order in which requests are answered.
///
/// Only cells and messages over comms wait for their turn; every other request is answered at once, even while a cell
/// runs. Each request is framed on IOPub by its own busy and idle, with its reply between them.
///
/// Used by one thread only.
final class Dispatcher {
  struct Sockets {
    let shell: Socket
    let control: Socket
    let stdin: Socket
  }

  let sockets: Sockets
  let wire: Wire
  let iopub: IOPub
  let backend: any Backend
  let connection: Connection
  let logger: Logger
  let history: History
  let comms = Comms()
  let questions: Mailbox<Question>
  let debugging: DebugSession
  let endings: Mailbox<Executor.Ending>
  var usage = Usage()

  /// Shells by number; deleted ones stay until their job has ended.
  var shells: [Int: Shell] = [:]
  /// The main shell, available after `start`.
  var main: Shell {
    guard let main = shells[0] else { preconditionFailure("the dispatcher was not started") }
    return main
  }
  var nextShell = 0
  /// Bytes of stack for each thread that runs cells.
  private let stack: Int
  /// Whether the kernel is ending, so that no job is started.
  var isHolding = false
  /// Pairs of a client's session and a comm that it was told is closed.
  var refusedComms = Recent<[String]>(count: 1024)
  private var openQuestions = OpenQuestions()
  /// Whether the client that requested a shutdown will restart the kernel; nil without a request.
  private(set) var shutdownRestarts: Bool?

  init(
    sockets: Sockets, wire: Wire, iopub: IOPub, backend: any Backend, connection: Connection,
    logger: Logger, history: History, stack: Int
  ) throws(InputError) {
    self.sockets = sockets
    self.wire = wire
    self.iopub = iopub
    self.backend = backend
    self.connection = connection
    self.logger = logger
    self.history = history
    self.stack = stack
    questions = try Mailbox()
    debugging = DebugSession(backend.debugger, iopub: iopub)
    endings = try Mailbox()
  }

  /// Starts the main shell.
  func start() throws(InputError) { try startShell(backend, id: nil) }

  /// Starts a thread for `backend`; clients give its `id` in the headers of their messages.
  func startShell(_ backend: any Backend, id: String?) throws(InputError) {
    let executor = try Executor(
      shell: nextShell, backend: backend, iopub: iopub, endings: endings)
    shells[nextShell] = try Shell(number: nextShell, id: id, executor: executor, stack: stack)
    nextShell += 1
  }

  /// Interrupts the jobs of all shells.
  func interrupt() { for shell in shells.values { shell.executor.interrupt() } }

  /// Bells that ring when `takeAll` has something to do.
  var bells: [Bell] { [endings.bell, questions.bell] }

  // MARK: - What has arrived

  /// Handles all messages that have arrived, control first.
  func takeAll() {
    while let message = receive(from: sockets.control, "control") { take(message, on: .control) }
    takeStdin()
    let endings = endings.take()
    // Before the reply goes out: what has arrived by now was sent before its sender could know how the cell ended.
    takeShell()
    for ending in endings { finish(ending) }
  }

  func takeShell() {
    while let message = receive(from: sockets.shell, "shell") { take(message, on: .shell) }
  }

  private func take(_ message: Message, on channel: Connection.Channel) {
    do throws(CellError) {
      let shell = channel == .shell ? try shell(for: message) : main
      switch try Incoming(message, on: channel) {
      case .cell(let request): shell.waiting.append(Shell.Waiting(message: message, work: .cell(request)))
      case .comm(let comm): wait(for: comm, in: message, on: shell)
      case .request(let request):
        answer(message, on: channel, isBroadcast: type(of: request).isBroadcast) { () throws(CellError) in
          try request.reply(from: self, in: shell, to: message)
        }
      case .input: break
      }
      startNext(in: shell)
    } catch {
      logger.notice("\(message.type) on \(channel.rawValue): \(error.message)")
      answer(message, on: channel) { () throws(CellError) in throw error }
    }
  }

  private func takeStdin() {
    while let message = receive(from: sockets.stdin, "stdin") {
      var problem = "\(message.type) does not belong there"
      do throws(CellError) {
        if case .input(let reply) = try Incoming(message, on: .stdin) {
          if openQuestions.take(reply, in: message) { continue }
          problem = "nobody waits for this input_reply"
        }
      } catch {
        problem = error.message
      }
      logger.notice("dropped a message on stdin: \(problem)")
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

  /// Answers a request between busy and idle; a message that is no request gets no reply.
  private func answer(
    _ message: Message, on channel: Connection.Channel, isBroadcast: Bool = false,
    _ reply: () throws(CellError) -> [String: JSON]
  ) {
    iopub.post(.status(.busy), parent: message.header)
    iopub.flush()
    var content: [String: JSON]
    do throws(CellError) {
      content = try reply().merging(["status": "ok"]) { own, _ in own }
    } catch {
      content = error.reply
    }
    let suffix = "_request"
    if message.type.hasSuffix(suffix) {
      let type = String(message.type.dropLast(suffix.count)) + "_reply"
      if isBroadcast { iopub.post(.reply(type: type, content: .object(content)), parent: message.header) }
      send(type, .object(content), to: message, on: channel)
    }
    endRequest(message)
  }

  /// Posts the idle status of a request, and busy again for a running cell: clients that look only at the last status, as
  /// JupyterLab's indicator and its server do, would otherwise show the kernel as idle after a completion or a reload.
  func endRequest(_ message: Message) {
    iopub.post(.status(.idle), parent: message.header)
    for (_, shell) in shells.sorted(by: { $0.key < $1.key }) {
      guard let running = shell.running else { continue }
      return iopub.post(.status(.busy), parent: running.message.header)
    }
  }

  func send(
    _ type: String, _ content: JSON, metadata: JSON = [:], to message: Message, on channel: Connection.Channel
  ) {
    let socket = channel == .shell ? sockets.shell : sockets.control
    socket.send(
      wire.encode(
        type, identities: message.identities, parent: message.header, metadata: metadata, content: content))
  }

  /// Records a shutdown request; the server ends after this round.
  func requestShutdown(restart: Bool) { shutdownRestarts = restart }

  func close() {
    for socket in [sockets.shell, sockets.control, sockets.stdin] { socket.close() }
  }
}
