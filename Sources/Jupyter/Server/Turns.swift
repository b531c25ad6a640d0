import Base
import FrontEnd

/// Work that waits for its turn: cells, and messages over comms.
extension Dispatcher {
  private var channels: CellOutput.Channels {
    CellOutput.Channels(iopub: iopub, comms: comms, questions: questions, debugging: debugging)
  }

  // MARK: - Cells

  func startNext(in shell: Shell) {
    while shell.running == nil, !isHolding, !shell.isDeleted, let next = shell.waiting.popFirst() {
      if shell.waiting.isEmpty { shell.waiting = [] }
      start(next, in: shell)
    }
  }

  private func start(_ next: Shell.Waiting, in shell: Shell) {
    iopub.post(.status(.busy), parent: next.message.header)
    switch next.work {
    case .cell(let request): startCell(request, next.message, in: shell)
    case .comm(let comm): startComm(comm, next.message, in: shell)
    }
  }

  private func startCell(_ request: ExecuteRequest, _ message: Message, in shell: Shell) {
    if request.storeHistory { shell.count += 1 }
    let count = shell.count
    if !request.silent {
      iopub.post(.executeInput(request.code, count: count), parent: message.header)
    }
    if request.storeHistory { history.add(request.code, line: count, shell: shell.number) }
    let output = CellOutput(
      channels, of: message, count: count, shell: shell.number, silent: request.silent,
      allowsStdin: request.allowStdin)
    run(.cell(request), of: message, cell: (request, count), output, in: shell)
  }

  private func run(
    _ work: Work, of message: Message, cell: (request: ExecuteRequest, count: Int)? = nil,
    _ output: CellOutput,
    in shell: Shell
  ) {
    shell.running = Shell.Running(message: message, cell: cell, started: Clock.iso8601(), output: output)
    shell.executor.submit(Executor.Job(work: work, output: output))
  }

  func finish(_ ending: Executor.Ending) {
    guard let shell = shells[ending.shell], let running = shell.running else { return }
    shell.running = nil
    var failed = false
    if let (request, count) = running.cell {
      let reply = ExecuteReply(
        count: count, started: running.started, outcome: ending.outcome,
        userExpressions: ending.userExpressions)
      send("execute_reply", reply.content, metadata: reply.metadata, to: running.message, on: .shell)
      if request.storeHistory, let text = running.output.resultText {
        history.add(output: text, of: request.code, line: count, shell: shell.number)
      }
      if case .failure = ending.outcome { failed = request.stopOnError }
    }
    endRequest(running.message)
    if failed { abortWaitingCells(in: shell, because: "the cell before it failed") }
    if shell.isDeleted { end(shell) } else { startNext(in: shell) }
  }

  // MARK: - Messages over comms

  /// Queues a message, or answers it if it opens a comm to an unknown target.
  func wait(for comm: CommMessage, in message: Message, on shell: Shell) {
    if case .open(let target) = comm.kind, !backend.commTargets.contains(target) {
      return pass(over: message, closing: comm.id)
    }
    let comm = comm.isUpdate ? absorbingEarlier(comm, in: shell) : comm
    shell.waiting.append(Shell.Waiting(message: message, work: .comm(comm)))
  }

  /// The message merged with waiting earlier updates of its comm, which are removed.
  private func absorbingEarlier(_ comm: CommMessage, in shell: Shell) -> CommMessage {
    for index in shell.waiting.indices.reversed() {
      guard case .comm(let earlier) = shell.waiting[index].work, earlier.isUpdate else { break }
      guard earlier.id == comm.id else { continue }
      pass(over: shell.waiting.remove(at: index).message)
      return comm.absorbing(earlier)
    }
    return comm
  }

  /// Answers a message without running it; widgets wait for the idle status of each.
  private func pass(over message: Message, closing comm: String? = nil) {
    iopub.post(.status(.busy), parent: message.header)
    if let comm { close(comm, parent: message) }
    endRequest(message)
  }

  /// Closes a refused comm, once for each client: widgets log an error when a closed comm is closed again.
  private func close(_ comm: String, parent: Message) {
    guard refusedComms.insert([parent.header["session"]?.string ?? "", comm]) else { return }
    iopub.post(.commClose(comm, data: [:]), parent: parent.header)
  }

  private func startComm(_ comm: CommMessage, _ message: Message, in shell: Shell) {
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
    run(.comm(comm), of: message, CellOutput(channels, of: message, shell: shell.number), in: shell)
  }

  // MARK: - The end

  /// Ends all shells: aborts waiting cells, interrupts running jobs and waits up to `milliseconds` for them to stop.
  func windDown(milliseconds: Int) {
    isHolding = true
    takeShell()
    for shell in shells.values { abortWaitingCells(in: shell, because: "the kernel ends") }
    interrupt()
    let end = Clock.monotonicMilliseconds() + milliseconds
    while shells.values.contains(where: { $0.running != nil }) {
      let left = end - Clock.monotonicMilliseconds()
      guard left > 0, endings.bell.wait(milliseconds: left) else { break }
      for ending in endings.take() { finish(ending) }
    }
    for shell in shells.values { shell.end() }
  }

  /// Answers every waiting cell with an error instead of running it.
  func abortWaitingCells(in shell: Shell, because reason: String) {
    func isCell(_ waiting: Shell.Waiting) -> Bool { if case .cell = waiting.work { true } else { false } }
    let aborted = shell.waiting.filter(isCell)
    shell.waiting.removeAll(where: isCell)
    let error = CellError(name: "Aborted", message: "not run, because \(reason)")
    let reply = ExecuteReply(outcome: .failure(error))
    for waiting in aborted {
      iopub.post(.status(.busy), parent: waiting.message.header)
      iopub.flush()
      send("execute_reply", reply.content, metadata: reply.metadata, to: waiting.message, on: .shell)
      endRequest(waiting.message)
    }
  }
}
