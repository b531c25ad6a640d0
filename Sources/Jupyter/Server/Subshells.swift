import Base
import FrontEnd

/// Shells beside the main one, which clients make and delete over control.
extension Dispatcher {
  /// The shell that a message names in its header; the main one where it names none.
  func shell(for message: Message) throws(CellError) -> Shell {
    switch message.header["subshell_id"] {
    case nil, .null?: main
    case let id?: try subshell(id.string ?? "of that name")
    }
  }

  /// More would rather be a mistake than people.
  private static let mostSubshells = 64

  /// Returns the name of the new one.
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

  /// Interrupts what it runs, and aborts what waits in it.
  func deleteSubshell(_ id: String) throws(CellError) {
    let shell = try subshell(id)
    shell.isDeleted = true
    abortWaitingCells(in: shell, because: "its subshell was deleted")
    shell.executor.interrupt()
    if shell.running == nil { end(shell) }
  }

  /// Their names, the oldest first.
  var subshells: [String] {
    shells.values.filter { !$0.isDeleted }.sorted { $0.number < $1.number }.compactMap(\.id)
  }

  /// Ends a deleted shell that runs nothing any more.
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
