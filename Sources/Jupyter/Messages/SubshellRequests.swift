import Base
import FrontEnd

struct CreateSubshellRequest: Request {
  init(_ fields: Fields) {}

  func reply(from dispatcher: Dispatcher, in shell: Shell) throws(CellError) -> [String: JSON] {
    ["subshell_id": .string(try dispatcher.createSubshell())]
  }
}

struct DeleteSubshellRequest: Request {
  private let id: String

  init(_ fields: Fields) throws(CellError) { id = try fields.value("subshell_id") }

  func reply(from dispatcher: Dispatcher, in shell: Shell) throws(CellError) -> [String: JSON] {
    try dispatcher.deleteSubshell(id)
    return [:]
  }
}

struct ListSubshellRequest: Request {
  init(_ fields: Fields) {}

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    ["subshell_id": .array(dispatcher.subshells.map(JSON.string))]
  }
}
