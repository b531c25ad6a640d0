import Base

/// Shells beside the main one, which clients make and delete over control.
extension Dispatcher {
  /// The shell that a message names in its header; the main one where it names none, nil where there is no such shell.
  func shell(for message: Message) -> Shell? {
    switch message.header["subshell_id"] {
    case nil, .null?: return shells[0]
    case let id?: return shells.values.first { $0.id == id.string && $0.id != nil && !$0.isDeleted }
    }
  }

  /// More would rather be a mistake than people.
  private static let mostSubshells = 64

  func createSubshell() -> JSON {
    guard shells.count <= Dispatcher.mostSubshells else {
      return failure(
        "TooManySubshells", "this kernel has \(Dispatcher.mostSubshells) subshells already: delete some")
    }
    guard let interpreter = interpreter.makeSubshell() else {
      return failure("NoSubshells", "this kernel has no subshells")
    }
    let id = Clock.uuid()
    do {
      try startShell(interpreter, id: id)
    } catch {
      return failure("NoSubshells", "\(error)")
    }
    return ["status": "ok", "subshell_id": .string(id)]
  }

  /// Interrupts what it runs, and aborts what waits in it.
  func deleteSubshell(_ id: JSON?) -> JSON {
    let found = shells.values.first { $0.id != nil && $0.id == id?.string && !$0.isDeleted }
    guard let shell = found else { return unknownSubshell(id) }
    shell.isDeleted = true
    abortWaitingCells(in: shell, because: "its subshell was deleted")
    shell.executor.interrupt()
    if shell.running == nil { end(shell) }
    return ["status": "ok"]
  }

  func listSubshells() -> JSON {
    let ids = shells.values.filter { !$0.isDeleted }.sorted { $0.number < $1.number }.compactMap(\.id)
    return ["status": "ok", "subshell_id": .array(ids.map(JSON.string))]
  }

  /// Ends a deleted shell that runs nothing any more.
  func end(_ shell: Shell) {
    shells[shell.number] = nil
    shell.end()
    shell.interpreter.shutdown()
  }

  func answerUnknownShell(_ message: Message) {
    iopub.post(status: "busy", parent: message.header)
    if message.type.hasSuffix("_request") {
      send(
        replyType(to: message), unknownSubshell(message.header["subshell_id"]), to: message, on: .shell)
    }
    endRequest(message)
  }

  private func unknownSubshell(_ id: JSON?) -> JSON {
    failure("UnknownSubshell", "there is no subshell \(id?.string ?? "of that name")")
  }
}
