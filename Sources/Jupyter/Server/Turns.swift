import Base

/// What waits for its turn: cells, and messages over comms.
extension Dispatcher {
  private var channels: CellOutput.Channels {
    CellOutput.Channels(iopub: iopub, comms: comms, questions: questions)
  }

  // MARK: - Cells

  func startNext(in shell: Shell) {
    while shell.running == nil, !isHolding, !shell.isDeleted, let next = shell.waiting.popFirst() {
      if shell.waiting.isEmpty { shell.waiting = [] }
      start(next, in: shell)
    }
  }

  private func start(_ message: Message, in shell: Shell) {
    iopub.post(status: "busy", parent: message.header)
    if message.type == "execute_request" {
      startCell(message, in: shell)
    } else {
      startComm(message, in: shell)
    }
  }

  private func startCell(_ message: Message, in shell: Shell) {
    let content = message.content
    guard let code = content["code"]?.string else {
      let error = ExecuteError(
        name: "InvalidRequest", value: "execute_request has no text \"code\"", traceback: [])
      return refuse(message, with: error, count: shell.count)
    }
    let silent = content["silent"]?.bool ?? false
    let storeHistory = !silent && (content["store_history"]?.bool ?? true)
    if storeHistory { shell.count += 1 }
    let count = shell.count
    let request = ExecuteRequest(
      silent: silent, storeHistory: storeHistory, allowStdin: content["allow_stdin"]?.bool ?? false,
      count: count)
    if !silent {
      iopub.post(
        "execute_input", parent: message.header,
        content: ["code": .string(code), "execution_count": .int(count)])
    }
    let output = CellOutput(
      channels, of: message, count: count, silent: silent, allowsStdin: request.allowStdin)
    shell.running = Shell.Running(
      message: message, request: request, stopOnError: content["stop_on_error"]?.bool ?? true,
      started: Clock.iso8601(), output: output)
    if storeHistory { history.add(code, line: count, shell: shell.number) }
    let expressions = (content["user_expressions"]?.object ?? [:]).compactMapValues(\.string)
    let work = Executor.Job.Work.cell(code: code, request: request, userExpressions: expressions)
    let failsSlowly = content["stop_on_error"]?.bool ?? true
    shell.executor.submit(Executor.Job(work: work, output: output, failsSlowly: failsSlowly))
  }

  func finish(_ completion: Executor.Completion) {
    guard let shell = shells[completion.shell], let job = shell.running else { return }
    shell.running = nil
    if let request = job.request {
      reply(to: job, request, with: completion)
      remember(job, request, in: shell)
    }
    endRequest(job.message)
    if case .error = completion.outcome, job.stopOnError {
      abortWaitingCells(in: shell, because: "the cell before it failed")
    }
    if shell.isDeleted { end(shell) } else { startNext(in: shell) }
  }

  private func remember(_ cell: Shell.Running, _ request: ExecuteRequest, in shell: Shell) {
    guard request.storeHistory, let text = cell.output.resultText else { return }
    let source = cell.message.content["code"]?.string ?? ""
    history.add(output: text, of: source, line: request.count, shell: shell.number)
  }

  private func reply(to cell: Shell.Running, _ request: ExecuteRequest, with completion: Executor.Completion)
  {
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
    content["execution_count"] = .int(request.count)
    let metadata: JSON = ["started": .string(cell.started), "status": .string(status)]
    send("execute_reply", .object(content), metadata: metadata, to: cell.message, on: .shell)
  }

  // MARK: - Messages over comms

  /// Puts a message in its place, or answers it where nobody is to take it.
  func wait(forComm message: Message, in shell: Shell) {
    guard let comm = CommMessage(message) else {
      logger.notice("dropped a \(message.type) without comm_id or target_name")
      return pass(over: message)
    }
    if case .open(let target) = comm.kind, !interpreter.commTargets.contains(target) {
      return pass(over: message, closing: comm.id)
    }
    shell.waiting.append(comm.isUpdate ? absorbingEarlier(message, comm, in: shell) : message)
  }

  /// The message with what earlier updates of its comm set that wait with it, and which it makes needless.
  private func absorbingEarlier(_ message: Message, _ comm: CommMessage, in shell: Shell) -> Message {
    for index in shell.waiting.indices.reversed() {
      guard let earlier = CommMessage(shell.waiting[index]), earlier.isUpdate else { break }
      guard earlier.id == comm.id else { continue }
      var merged = message
      if var content = message.content.object {
        content["data"] = comm.absorbing(earlier).data
        merged.content = .object(content)
      }
      pass(over: shell.waiting.remove(at: index))
      return merged
    }
    return message
  }

  /// Answers a message that is not run; widgets wait for the idle of each.
  private func pass(over message: Message, closing comm: String? = nil) {
    iopub.post(status: "busy", parent: message.header)
    if let comm { close(comm, parent: message) }
    endRequest(message)
  }

  /// Once for each client: widgets log an error when a comm is closed that they have closed already.
  private func close(_ comm: String, parent: Message) {
    guard refusedComms.insert([parent.header["session"]?.string ?? "", comm]) else { return }
    iopub.post("comm_close", parent: parent.header, content: ["comm_id": .string(comm), "data": [:]])
  }

  private func startComm(_ message: Message, in shell: Shell) {
    guard let comm = CommMessage(message) else { return }
    var isKnown = true
    switch comm.kind {
    case .open(let target): comms.open(comm.id, target: target)
    case .message: isKnown = comms.isOpen(comm.id)
    case .close: isKnown = comms.close(comm.id)
    }
    guard isKnown else {
      if comm.kind == .message { close(comm.id, parent: message) }
      return endRequest(message)
    }
    let output = CellOutput(channels, of: message)
    shell.running = Shell.Running(
      message: message, request: nil, stopOnError: false, started: Clock.iso8601(), output: output)
    shell.executor.submit(Executor.Job(work: .comm(comm), output: output))
  }

  // MARK: - The end

  /// Ends what runs, if it heeds its interrupt within `milliseconds`, aborts the cells that wait, and ends the threads.
  func windDown(milliseconds: Int) {
    isHolding = true
    takeShell()
    for shell in shells.values { abortWaitingCells(in: shell, because: "the kernel ends") }
    interrupt()
    let end = Clock.monotonicMilliseconds() + milliseconds
    while shells.values.contains(where: { $0.running != nil }) {
      let left = end - Clock.monotonicMilliseconds()
      guard left > 0, completions.bell.wait(milliseconds: left) else { break }
      for completion in completions.take() { finish(completion) }
    }
    for shell in shells.values { shell.end() }
  }

  /// Answers every waiting execute request without running it. Such a reply has no `execution_count`, or the cell would
  /// carry the number of another one.
  func abortWaitingCells(in shell: Shell, because reason: String) {
    let aborted = shell.waiting.filter { $0.type == "execute_request" }
    shell.waiting.removeAll { $0.type == "execute_request" }
    for message in aborted {
      iopub.post(status: "busy", parent: message.header)
      let why = "not run, because \(reason)"
      refuse(
        message, with: ExecuteError(name: "Aborted", value: why, traceback: ["Aborted: \(why)"]),
        count: nil)
    }
  }

  /// Answers an execute request, whose busy is posted, by an error without running it.
  private func refuse(_ message: Message, with error: ExecuteError, count: Int?) {
    iopub.flush()
    var content = error.reply
    content.merge(["payload": [], "user_expressions": [:]]) { $1 }
    if let count { content["execution_count"] = .int(count) }
    send("execute_reply", .object(content), metadata: ["status": "error"], to: message, on: .shell)
    endRequest(message)
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
