import CZeroMQ
import Logging

/// Owns the shell, control and stdin sockets, and with them the order in which requests are answered.
///
/// Only `execute_request` waits for its turn; every other request is answered at once, also while a cell runs.
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

  /// An execute request that waits or runs.
  struct Cell {
    let message: Message
    let request: ExecuteRequest
    let stopOnError: Bool
    let started: String
  }

  let sockets: Sockets
  let wire: Wire
  let iopub: IOPub
  let executor: Executor
  let interpreter: any Interpreter
  let connection: Connection
  let logger: Logger
  var usage = Usage()

  /// The number of the last cell that was remembered.
  private var count = 0
  private var waiting: [Message] = []
  private var running: Cell?
  /// No cell is started any more.
  private var isHolding = false
  /// Set by a shutdown request: whether the client means to start the kernel again.
  private(set) var shutdownRestarts: Bool?

  init(
    sockets: Sockets, wire: Wire, iopub: IOPub, executor: Executor, interpreter: any Interpreter,
    connection: Connection, logger: Logger
  ) {
    self.sockets = sockets
    self.wire = wire
    self.iopub = iopub
    self.executor = executor
    self.interpreter = interpreter
    self.connection = connection
    self.logger = logger
  }

  // MARK: - What has arrived

  /// Takes everything that has arrived, control first.
  func takeAll() {
    while let message = receive(from: sockets.control, "control") { answer(message, on: .control) }
    while let frames = sockets.stdin.receive() {
      logger.debug(
        "dropped an answer on stdin that nobody waits for", metadata: ["frames": "\(frames.count)"])
    }
    let completions = executor.completions.take()
    // Before the reply goes out: what has arrived by now was sent before its sender could know how the cell ended.
    takeShell()
    for completion in completions { finish(completion) }
  }

  private func takeShell() {
    while let message = receive(from: sockets.shell, "shell") {
      guard message.type == "execute_request" else {
        answer(message, on: .shell)
        continue
      }
      waiting.append(message)
      startNext()
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

  private func answer(_ message: Message, on channel: Channel) {
    iopub.post(status: "busy", parent: message.header)
    iopub.flush()
    if let content = reply(to: message, on: channel) {
      send(replyType(to: message), content, to: message, on: channel)
    }
    iopub.post(status: "idle", parent: message.header)
    // A client that looks only at the last status, as JupyterLab's indicator does, would believe the kernel idle
    // when somebody types while a cell runs.
    if channel == .shell, let running { iopub.post(status: "busy", parent: running.message.header) }
  }

  private func replyType(to message: Message) -> String {
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

  // MARK: - Cells

  private func startNext() {
    while running == nil, !isHolding, !waiting.isEmpty { start(waiting.removeFirst()) }
  }

  private func start(_ message: Message) {
    iopub.post(status: "busy", parent: message.header)
    let content = message.content
    guard let code = content["code"]?.string else {
      let error = ExecuteError(
        name: "InvalidRequest", value: "execute_request has no text \"code\"", traceback: [])
      return refuse(message, with: error)
    }
    let silent = content["silent"]?.bool ?? false
    let storeHistory = !silent && (content["store_history"]?.bool ?? true)
    if storeHistory { count += 1 }
    let request = ExecuteRequest(
      silent: silent, storeHistory: storeHistory, allowStdin: content["allow_stdin"]?.bool ?? false,
      count: count)
    if !silent {
      iopub.post(
        "execute_input", parent: message.header,
        content: ["code": .string(code), "execution_count": .int(count)])
    }
    running = Cell(
      message: message, request: request, stopOnError: content["stop_on_error"]?.bool ?? true,
      started: Clock.iso8601())
    let output = CellOutput(iopub: iopub, parent: message.header, count: count, silent: silent)
    let expressions = (content["user_expressions"]?.object ?? [:]).compactMapValues(\.string)
    executor.submit(
      Executor.Job(code: code, request: request, userExpressions: expressions, output: output))
  }

  private func finish(_ completion: Executor.Completion) {
    guard let cell = running else { return }
    running = nil
    var content: [String: JSON]
    var status = "ok"
    switch completion.outcome {
    case .ok(let payload):
      content = [
        "status": "ok", "payload": .array(payload.map(\.json)),
        "user_expressions": .object(completion.userExpressions),
      ]
    case .error(let error):
      content = error.reply
      // Kept beside the error for clients that read them without looking at the status.
      content.merge(["payload": [], "user_expressions": [:]]) { $1 }
      status = "error"
    }
    content["execution_count"] = .int(cell.request.count)
    let metadata: JSON = ["started": .string(cell.started), "status": .string(status)]
    send("execute_reply", .object(content), metadata: metadata, to: cell.message, on: .shell)
    iopub.post(status: "idle", parent: cell.message.header)
    if case .error = completion.outcome, cell.stopOnError { abortWaiting() }
    startNext()
  }

  /// Ends the running cell, if it heeds its interrupt within `milliseconds`, and aborts those that wait.
  /// Says whether no cell runs any more.
  func windDown(milliseconds: Int) -> Bool {
    isHolding = true
    takeShell()
    abortWaiting()
    executor.interrupt()
    if running != nil { executor.completions.bell.wait(milliseconds: milliseconds) }
    for completion in executor.completions.take() { finish(completion) }
    return running == nil
  }

  func close() {
    for socket in [sockets.shell, sockets.control, sockets.stdin] { socket.close() }
  }

  /// Answers every waiting execute request without running it.
  private func abortWaiting() {
    let aborted = waiting
    waiting = []
    for message in aborted {
      iopub.post(status: "busy", parent: message.header)
      let why = "not run, because the cell before it failed"
      refuse(message, with: ExecuteError(name: "Aborted", value: why, traceback: ["Aborted: \(why)"]))
    }
  }

  /// Answers an execute request, whose busy is posted, by an error without running it.
  private func refuse(_ message: Message, with error: ExecuteError) {
    iopub.flush()
    var content = error.reply
    content.merge(["execution_count": .int(count), "payload": [], "user_expressions": [:]]) { $1 }
    send("execute_reply", .object(content), metadata: ["status": "error"], to: message, on: .shell)
    iopub.post(status: "idle", parent: message.header)
  }
}

extension Payload {
  var json: JSON {
    switch self {
    case .page(let bundle): ["source": "page", "data": .object(bundle.data), "start": 0]
    case .setNextInput(let text, let replace):
      ["source": "set_next_input", "text": .string(text), "replace": .bool(replace)]
    }
  }
}
