import Base
import CZeroMQ
import FrontEnd
import Glibc
import Logging

/// Registration file of a launcher that lets the kernel choose its ports and waits to be told of them (JEP 66).
///
/// The proposal leaves the form of the messages open, and launchers use two. If the file has a `registration_ip`, a signed
/// frame of ports is sent and any signed frame acknowledges it, as in xeus. Otherwise `handshake_request` and
/// `handshake_reply` are ordinary messages, as in Positron's supervisor.
public struct Registration: Sendable, Equatable {
  enum Form: Sendable {
    case signedPorts, message
  }

  /// Connection of the future kernel, without ports.
  public var connection: Connection
  let form: Form
  let endpoint: String
  let kernelID: String?

  /// Milliseconds to wait for the launcher's acknowledgement, without which nobody knows of the kernel.
  static let patience = 5000

  init(json: JSON) throws(ConnectionFault) {
    var connection = try Connection(json: json, needsPorts: false)
    guard let port = json["registration_port"]?.int ?? json["registration_port"]?.string.flatMap({ Int($0) })
    else { throw .noRegistrationPort }
    var launcher = connection
    if let address = json["registration_ip"]?.string { launcher.address = address }
    form = json["registration_ip"] == nil ? .message : .signedPorts
    kernelID = json["kernel_id"]?.string
    launcher.ports = [.shell: port]
    endpoint = launcher.endpoint(of: .shell)
    if connection.transport == .ipc {
      // Names of files, which no other kernel has.
      for (index, channel) in Connection.Channel.allCases.enumerated() {
        connection.ports[channel] = Int(getpid()) * 8 + index
      }
    }
    self.connection = connection
  }

  /// Sends the kernel's ports to the launcher and waits for its acknowledgement.
  func register(_ connection: Connection) throws(InputError) {
    let context = try SocketContext()
    let socket = try Socket(form == .message ? ZMQ_REQ : ZMQ_DEALER, in: context)
    defer {
      socket.close()
      context.terminate()
    }
    socket.set(ZMQ_LINGER, 0)
    let why = "the launcher at \(endpoint) did not acknowledge the kernel's ports"
    guard socket.connect(endpoint) == 0 else {
      throw InputError("cannot connect to the launcher at \(endpoint)")
    }
    let wire = Wire(key: connection.key, scheme: connection.scheme)
    var content = connection.portMembers
    switch form {
    case .message:
      socket.send(wire.encode("handshake_request", identities: [], parent: nil, content: .object(content)))
    case .signedPorts:
      content = content.mapValues { .string("\($0.int ?? 0)") }
      content["kernel_id"] = .string(kernelID ?? "")
      socket.send(wire.sealed(JSON.object(content).serialized()))
    }
    guard waitForAny([socket], [], milliseconds: Registration.patience), let reply = socket.receive() else {
      throw InputError("\(why) within \(Registration.patience / 1000) s")
    }
    switch form {
    case .message:
      guard let message = try? wire.decode(reply), message.content["status"] == "ok" else {
        throw InputError("\(why): its reply is not an acknowledgement")
      }
    case .signedPorts:
      guard wire.isSealed(reply) else { throw InputError("\(why): the signature of its reply is wrong") }
    }
  }

  /// Writes a connection file for other clients to Jupyter's runtime folder, readable by its owner only. Returns its path.
  func writeConnectionFile(
    for connection: Connection, environment: (String) -> String?
  ) throws(InputError) -> String {
    let directory =
      environment("JUPYTER_RUNTIME_DIR") ?? KernelSpec.userData(environment).map { "\($0)/runtime" }
    guard let directory else { throw InputError("there is no home directory") }
    try Files.createDirectories(directory)
    let path = "\(directory)/kernel-\(kernelID ?? Clock.uuid()).json"
    try Files.write(connection.json.serialized(), to: path, mode: 0o600)
    return path
  }
}

extension Server {
  /// Serves the kernel of a connection or registration file until it ends.
  public static func serve(
    file path: String, backend: any Backend, logger: Logger, options: Options = Options(),
    environment: (String) -> String? = KernelSpec.processEnvironment
  ) throws(InputError) -> Ending {
    let json = try Connection.read(path)
    guard json["registration_port"] != nil else {
      let connection = try Connection.named(path) { () throws(ConnectionFault) in try Connection(json: json) }
      return try Server(
        connection: connection, backend: backend, logger: logger, options: options
      ).run()
    }
    let registration = try Connection.named(path) { () throws(ConnectionFault) in try Registration(json: json)
    }
    let server = try Server(
      connection: registration.connection, backend: backend, logger: logger, options: options)
    try registration.register(server.connection)
    var file: String?
    do throws(InputError) {
      file = try registration.writeConnectionFile(for: server.connection, environment: environment)
    } catch {
      logger.warning("no connection file for other clients could be written: \(error)")
    }
    defer { if let file { unlink(file) } }
    return try server.run()
  }
}
