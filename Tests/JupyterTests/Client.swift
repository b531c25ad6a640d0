import Base
import CZeroMQ
import Glibc
import Jupyter
import Logging
import Testing

/// A Jupyter client for tests, with sockets of its own.
final class Client {
  enum Failure: Error {
    case timeout(String)
  }

  let wire: Wire
  private let signer: Signer
  let shell: Socket
  let control: Socket
  let stdin: Socket
  let iopub: Socket
  let heartbeat: Socket
  private let context: SocketContext
  private var received: [Message] = []

  /// One that does not `answer` leaves its channel for questions unconnected.
  init(_ connection: Connection, answers: Bool = true) throws {
    signer = Signer(key: connection.key, scheme: connection.scheme)
    wire = Wire(key: connection.key, scheme: connection.scheme)
    let context = try SocketContext()
    self.context = context
    // As Jupyter's clients do: what is asked on stdin finds who sent the cell.
    let identity = Array(Clock.uuid().utf8)
    func connect(_ kind: Int32, _ channel: Connection.Channel) throws -> Socket {
      let socket = try Socket(kind, in: context)
      socket.set(ZMQ_LINGER, 0)
      if let curve = connection.curve { socket.join(curve) }
      if kind == ZMQ_DEALER {
        zmq_setsockopt(socket.pointer, ZMQ_ROUTING_ID, identity, identity.count)
      }
      if kind == ZMQ_SUB { zmq_setsockopt(socket.pointer, ZMQ_SUBSCRIBE, "", 0) }
      if channel == .stdin && !answers { return socket }
      try #require(socket.connect(connection.endpoint(of: channel)) == 0)
      return socket
    }
    shell = try connect(ZMQ_DEALER, .shell)
    control = try connect(ZMQ_DEALER, .control)
    stdin = try connect(ZMQ_DEALER, .stdin)
    heartbeat = try connect(ZMQ_REQ, .heartbeat)
    iopub = try connect(ZMQ_SUB, .iopub)
    var welcome = try next(on: iopub)
    while welcome.type == "status" { welcome = try next(on: iopub) }
    try #require(welcome.type == "iopub_welcome")
    #expect(welcome.content == ["subscription": ""])
    #expect(welcome.parent == [:])
  }

  func close() {
    for socket in [shell, control, stdin, iopub, heartbeat] { socket.close() }
    context.terminate()
  }

  /// What the header of each request names as its subshell.
  var subshell: String?

  /// Sends a request and returns its identifier.
  @discardableResult
  func send(
    _ type: String, _ content: JSON = [:], parent: JSON? = nil, buffers: [Frame] = [],
    on socket: Socket? = nil
  ) throws -> String {
    var frames = wire.encode(type, identities: [], parent: parent, content: content, buffers: buffers)
    if let subshell, var header = try JSON.parse(frames[2]).object {
      header["subshell_id"] = .string(subshell)
      frames[2] = JSON.object(header).serialized()
      frames[1] = signer.signature(of: frames[2..<6])
    }
    try #require((socket ?? shell).send(frames))
    return try #require(JSON.parse(frames[2])["msg_id"]?.string)
  }

  @discardableResult
  func execute(_ code: String, _ options: [String: JSON] = [:]) throws -> String {
    try send("execute_request", .object(options.merging(["code": .string(code)]) { $1 }))
  }

  /// The next message on a socket. The time is far above what one takes on a machine that is busy with other things.
  func next(on socket: Socket, seconds: Int = 60) throws -> Message {
    var entry = zmq_pollitem_t(socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
    guard zmq_poll(&entry, 1, seconds * 1000) > 0, let frames = socket.receive() else {
      throw Failure.timeout("nothing came within \(seconds) s")
    }
    return try wire.decode(frames)
  }

  /// Whether nothing comes on a socket for a while.
  func isSilent(_ socket: Socket, milliseconds: Int) -> Bool {
    var entry = zmq_pollitem_t(socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
    return zmq_poll(&entry, 1, milliseconds) == 0
  }

  /// The messages about a request on IOPub, up to its idle; those about others are kept for their turn.
  func outputs(of id: String) throws -> [Message] {
    while true {
      let own = received.filter { $0.parent["msg_id"]?.string == id }
      if own.last?.content["execution_state"] == "idle" {
        received.removeAll { $0.parent["msg_id"]?.string == id }
        return own
      }
      received.append(try next(on: iopub))
    }
  }

  /// What a request brings: its reply, and everything on IOPub.
  func exchange(
    _ type: String, _ content: JSON = [:], on socket: Socket? = nil
  ) throws -> (reply: Message, outputs: [Message]) {
    let id = try send(type, content, on: socket)
    let reply = try next(on: socket ?? shell)
    #expect(reply.parent["msg_id"]?.string == id)
    return (reply, try outputs(of: id))
  }

  func run(_ code: String, _ options: [String: JSON] = [:]) throws -> (reply: Message, outputs: [Message]) {
    try exchange("execute_request", .object(options.merging(["code": .string(code)]) { $1 }))
  }
}

/// Runs `body` with a client of a kernel in this process, and ends the kernel afterwards.
func withKernel(
  scheme: SignatureScheme = .sha256, transport: Connection.Transport = .tcp, address: String = "127.0.0.1",
  ports: [Connection.Channel: Int] = [:], curve: CurveKeys? = nil,
  _ body: (Client, Scripted, Server) throws -> Void
) throws {
  let interpreter = Scripted()
  var options = Server.Options()
  options.handlesSignals = false
  options.watchesParent = false
  let server = try Server(
    connection: Connection(
      transport: transport, address: address, ports: ports, key: "a key", scheme: scheme, curve: curve),
    backend: interpreter, logger: quiet(), options: options)
  let thread = try NativeThread(named: "server", stack: 1 << 20) { _ = try? server.run() }
  defer {
    server.stopper.stop()
    thread.join()
    #expect(interpreter.hasShutDown)
  }
  let client = try Client(server.connection)
  defer { client.close() }
  try body(client, interpreter, server)
}

extension [Message] {
  /// Each message in a word: its type, or the status it tells.
  var story: [String] { map { $0.content["execution_state"]?.string ?? $0.type } }

  func texts(of stream: String) -> String {
    filter { $0.content["name"]?.string == stream }.compactMap { $0.content["text"]?.string }.joined()
  }
}

/// A logger that says nothing.
func quiet() -> Logger {
  var logger = Logger(label: "tests")
  logger.logLevel = .critical
  return logger
}
