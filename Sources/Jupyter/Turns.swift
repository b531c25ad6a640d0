/// What waits for its turn: cells, and messages over comms.
extension Dispatcher {
  private var channels: CellOutput.Channels {
    CellOutput.Channels(iopub: iopub, comms: comms, questions: questions)
  }

  // MARK: - Cells

  func startNext() {
    while running == nil, !isHolding, !waiting.isEmpty { start(waiting.removeFirst()) }
  }

  private func start(_ message: Message) {
    iopub.post(status: "busy", parent: message.header)
    if message.type == "execute_request" { startCell(message) } else { startComm(message) }
  }

  private func startCell(_ message: Message) {
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
    running = Running(
      message: message, request: request, stopOnError: content["stop_on_error"]?.bool ?? true,
      started: Clock.iso8601())
    let output = CellOutput(
      channels, of: message, count: count, silent: silent, allowsStdin: request.allowStdin)
    let expressions = (content["user_expressions"]?.object ?? [:]).compactMapValues(\.string)
    let work = Executor.Job.Work.cell(code: code, request: request, userExpressions: expressions)
    executor.submit(Executor.Job(work: work, output: output))
  }

  func finish(_ completion: Executor.Completion) {
    guard let job = running else { return }
    running = nil
    if let request = job.request { reply(to: job, request, with: completion) }
    iopub.post(status: "idle", parent: job.message.header)
    if case .error = completion.outcome, job.stopOnError { abortWaitingCells() }
    startNext()
  }

  private func reply(to cell: Running, _ request: ExecuteRequest, with completion: Executor.Completion) {
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
  func wait(forComm message: Message) {
    guard let comm = CommMessage(message) else {
      logger.notice("dropped a \(message.type) without comm_id or target_name")
      return pass(over: message)
    }
    if case .open(let target) = comm.kind, !interpreter.commTargets.contains(target) {
      return pass(over: message, closing: comm.id)
    }
    waiting.append(comm.isUpdate ? absorbingEarlier(message, comm) : message)
  }

  /// The message with what earlier updates of its comm set that wait with it, and which it makes needless.
  private func absorbingEarlier(_ message: Message, _ comm: CommMessage) -> Message {
    for index in waiting.indices.reversed() {
      guard let earlier = CommMessage(waiting[index]), earlier.isUpdate else { break }
      guard earlier.id == comm.id else { continue }
      var merged = message
      if var content = message.content.object {
        content["data"] = comm.absorbing(earlier).data
        merged.content = .object(content)
      }
      pass(over: waiting.remove(at: index))
      return merged
    }
    return message
  }

  /// Answers a message that is not run; widgets wait for the idle of each.
  private func pass(over message: Message, closing comm: String? = nil) {
    iopub.post(status: "busy", parent: message.header)
    if let comm { close(comm, parent: message) }
    iopub.post(status: "idle", parent: message.header)
    repeatBusy()
  }

  private func close(_ comm: String, parent: Message) {
    iopub.post("comm_close", parent: parent.header, content: ["comm_id": .string(comm), "data": [:]])
  }

  private func startComm(_ message: Message) {
    guard let comm = CommMessage(message) else { return }
    var isKnown = true
    switch comm.kind {
    case .open(let target): comms.open(comm.id, target: target)
    case .message: isKnown = comms.isOpen(comm.id)
    case .close: isKnown = comms.close(comm.id)
    }
    guard isKnown else {
      if comm.kind == .message { close(comm.id, parent: message) }
      return iopub.post(status: "idle", parent: message.header)
    }
    running = Running(message: message, request: nil, stopOnError: false, started: Clock.iso8601())
    executor.submit(Executor.Job(work: .comm(comm), output: CellOutput(channels, of: message)))
  }

  // MARK: - The end

  /// Ends what runs, if it heeds its interrupt within `milliseconds`, and aborts the cells that wait.
  /// Says whether nothing runs any more.
  func windDown(milliseconds: Int) -> Bool {
    isHolding = true
    takeShell()
    abortWaitingCells()
    executor.interrupt()
    if running != nil { executor.completions.bell.wait(milliseconds: milliseconds) }
    for completion in executor.completions.take() { finish(completion) }
    return running == nil
  }

  /// Answers every waiting execute request without running it.
  private func abortWaitingCells() {
    let aborted = waiting.filter { $0.type == "execute_request" }
    waiting.removeAll { $0.type == "execute_request" }
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
