import Base
import FrontEnd

/// Subshells, which clients create and delete over control (JEP 91).
extension Dispatcher {
  /// The shell named in a message's header; the main shell by default.
  func shell(for message: Message) throws(CellError) -> Shell {
    switch message.header["subshell_id"] {
    case nil, .null?: main
    case let id?: try subshell(id.string ?? "of that name")
    }
  }

  /// Maximum number of subshells; more would be a client's mistake.
  private static let mostSubshells = 64

  /// Creates a subshell and returns its identifier.
  func createSubshell() throws(CellError) -> String {
    guard shells.count <= Dispatcher.mostSubshells else {
      throw .refused(
        "TooManySubshells", "this kernel has \(Dispatcher.mostSubshells) subshells already: delete some")
    }
    guard let backend = backend.makeSubshell() else {
      throw .refused("NoSubshells", "this kernel has no subshells")
    }
    let id = Clock.uuid()
    do {
      try startShell(backend, id: id)
    } catch {
      throw .refused("NoSubshells", "\(error)")
    }
    return id
  }

  /// Deletes a subshell: interrupts its job and aborts its waiting cells.
  func deleteSubshell(_ id: String) throws(CellError) {
    let shell = try subshell(id)
    shell.isDeleted = true
    abortWaitingCells(in: shell, because: "its subshell was deleted")
    shell.executor.interrupt()
    if shell.running == nil { end(shell) }
  }

  /// Identifiers of the subshells, oldest first.
  var subshells: [String] {
    shells.values.filter { !$0.isDeleted }.sorted { $0.number < $1.number }.compactMap(\.id)
  }

  /// Ends a deleted shell that no longer runs a job.
  func end(_ shell: Shell) {
    shells[shell.number] = nil
    shell.end()
    shell.backend.shutdown()
  }

  private func subshell(_ id: String) throws(CellError) -> Shell {
    guard let shell = shells.values.first(where: { $0.id == id && !$0.isDeleted }) else {
      throw .refused("UnknownSubshell", "there is no subshell \(id)")
    }
    return shell
  }
}
