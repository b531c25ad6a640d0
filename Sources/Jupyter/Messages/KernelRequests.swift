import Base
import FrontEnd

/// Request for the description of the kernel.
struct KernelInfoRequest: Request {
  init(_ fields: Fields) {}

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    let info = dispatcher.backend.info
    return [
      "protocol_version": .string(Wire.protocolVersion), "implementation": .string(info.implementation),
      "implementation_version": .string(info.implementationVersion), "language_info": info.json,
      "banner": .string(info.banner), "debugger": .bool(dispatcher.debugging.isAvailable),
      "supported_features": .array(
        (dispatcher.backend.hasSubshells ? ["kernel subshells"] : [])
          + (dispatcher.debugging.isAvailable ? ["debugger"] : [])),
      "help_links": .array(info.helpLinks.map { ["text": .string($0.text), "url": .string($0.url)] }),
    ]
  }
}

/// Request for the ports.
struct ConnectRequest: Request {
  init(_ fields: Fields) {}

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    dispatcher.connection.portMembers
  }
}

/// Request to interrupt the cells of all shells.
struct InterruptRequest: Request {
  init(_ fields: Fields) {}

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    dispatcher.interrupt()
    return [:]
  }
}

/// Request to end the kernel, perhaps to restart it.
struct ShutdownRequest: Request {
  static let isBroadcast = true
  private let restart: Bool

  init(_ fields: Fields) throws(CellError) { restart = try fields.value("restart", default: false) }

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] {
    dispatcher.requestShutdown(restart: restart)
    return ["restart": .bool(restart)]
  }
}

/// Request for processor and memory use, from resource monitors.
struct UsageRequest: Request {
  init(_ fields: Fields) {}

  func reply(from dispatcher: Dispatcher, in shell: Shell) -> [String: JSON] { dispatcher.usage.measure() }
}

/// The user's answer to a question of a cell.
struct InputReply {
  let value: String

  init(_ fields: Fields) throws(CellError) { value = try fields.value("value") }
}
