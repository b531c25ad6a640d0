import Base
import CZeroMQ
import Glibc
import Jupyter
import Synchronization
import Testing

@Suite("Encryption, and registration with a launcher", .serialized)
struct StartTests {
  @Test("with keys every channel is encrypted; who lacks them hears nothing")
  func curve() throws {
    let keys = try #require(CurveKeys.generate())
    try withKernel(curve: keys) { client, _, server in
      let (reply, outputs) = try client.run("print secret\nask name?", ["allow_stdin": false])
      #expect(reply.content["ename"] == "NoInput")
      #expect(outputs.texts(of: "stdout") == "secret\n")
      _ = try client.execute("ask name?", ["allow_stdin": true])
      try client.send(
        "input_reply", ["value": "x"], parent: client.next(on: client.stdin).header, on: client.stdin)
      #expect(try client.next(on: client.shell).content["status"] == "ok")
      #expect(try client.exchange("kernel_info_request", on: client.control).reply.content["status"] == "ok")
      client.heartbeat.send([[1, 2]])
      #expect(client.heartbeat.receive(waiting: true) == [[1, 2]])

      let context = try SocketContext()
      let eavesdropper = try Socket(ZMQ_SUB, in: context)
      eavesdropper.set(ZMQ_LINGER, 0)
      zmq_setsockopt(eavesdropper.pointer, ZMQ_SUBSCRIBE, "", 0)
      #expect(eavesdropper.connect(server.connection.endpoint(of: .iopub)) == 0)
      _ = try client.run("print secret")
      #expect(client.isSilent(eavesdropper, milliseconds: 200))
      eavesdropper.close()
      context.terminate()
    }
  }

  /// Starts a kernel with a registration file, answers as a launcher of one kind does, and returns a client.
  private func start(
    _ members: [String: JSON], _ kind: Int32, in directory: String,
    acknowledge: @Sendable (Wire, [Frame]) -> [Frame]?,
    body: (Connection, [Frame]) throws -> Void
  ) throws -> String? {
    let context = try SocketContext()
    let launcher = try Socket(kind, in: context)
    launcher.set(ZMQ_LINGER, 0)
    defer {
      launcher.close()
      context.terminate()
    }
    try #require(launcher.bind("tcp://127.0.0.1:*") == 0)
    let port = try #require(launcher.endpoint.split(separator: ":").last.flatMap { Int($0) })
    var file: [String: JSON] = [
      "transport": "tcp", "ip": "127.0.0.1", "registration_port": .int(port), "key": "k",
      "signature_scheme": "hmac-sha256",
    ]
    file.merge(members) { $1 }
    let path = "\(directory)/registration.json"
    try Files.write(JSON.object(file).serialized(), to: path)
    let failure = Mutex<String?>(nil)
    var options = Server.Options()
    options.handlesSignals = false
    options.watchesParent = false
    let thread = try NativeThread(named: "server", stack: 1 << 20) { [options] in
      do throws(InputError) {
        _ = try Server.serve(
          file: path, backend: Scripted(), logger: quiet(), options: options,
          environment: { $0 == "JUPYTER_RUNTIME_DIR" ? directory : nil })
      } catch {
        failure.withLock { $0 = error.message }
      }
    }
    let request = try #require(launcher.receive(waiting: true))
    if let reply = acknowledge(Wire(key: "k", scheme: .sha256), request) { launcher.send(reply) }
    var connection = Connection(key: "k")
    for frame in request {
      guard let ports = try? JSON.parse(frame).object, ports["shell_port"] != nil else { continue }
      for channel in Connection.Channel.allCases {
        let port = ports[channel.rawValue + "_port"]
        connection.ports[channel] = port?.int ?? port?.string.flatMap { Int($0) }
      }
    }
    try body(connection, request)
    thread.join()
    return failure.withLock { $0 }
  }

  private func shutDown(_ connection: Connection) throws {
    let client = try Client(connection)
    defer { client.close() }
    #expect(try client.run("print on").outputs.texts(of: "stdout") == "on\n")
    _ = try client.exchange("shutdown_request", on: client.control)
  }

  @Test("ports are chosen by the kernel and told in a signed frame")
  func signedPorts() throws {
    try withTemporaryDirectory { directory in
      let members: [String: JSON] = ["registration_ip": "127.0.0.1", "kernel_id": "seven"]
      let failure = try start(
        members, ZMQ_ROUTER, in: directory,
        acknowledge: { wire, request in [request[0]] + wire.sealed(Frame("ACK".utf8)) },
        body: { connection, request in
          #expect(request[1] == Frame("<IDS|MSG>".utf8))
          #expect(try JSON.parse(request[3])["kernel_id"] == "seven")
          let file = "\(directory)/kernel-seven.json"
          while !Files.exists(file) { usleep(1000) }
          var status = stat()
          stat(file, &status)
          #expect(status.st_mode & 0o777 == 0o600)
          #expect(try Connection(contentsOf: file).ports == connection.ports)
          try shutDown(connection)
        })
      #expect(failure == nil)
      #expect(!Files.exists("\(directory)/kernel-seven.json"))
    }
  }

  @Test("ports are chosen by the kernel and told in a message")
  func message() throws {
    try withTemporaryDirectory { directory in
      let failure = try start(
        [:], ZMQ_REP, in: directory,
        acknowledge: { wire, _ in
          wire.encode("handshake_reply", identities: [], parent: nil, content: ["status": "ok"])
        },
        body: { connection, request in
          #expect(try Wire(key: "k", scheme: .sha256).decode(request).type == "handshake_request")
          try shutDown(connection)
        })
      #expect(failure == nil)
    }
  }

  @Test("a launcher that refuses, or signs wrongly, ends the kernel with one line")
  func refused() throws {
    try withTemporaryDirectory { directory in
      let forged = try start(
        ["registration_ip": "127.0.0.1"], ZMQ_ROUTER, in: directory,
        acknowledge: { _, request in
          [request[0]] + Wire(key: "other", scheme: .sha256).sealed(Frame("ACK".utf8))
        }, body: { _, _ in })
      #expect(forged?.contains("signature") == true)
      let refused = try start(
        [:], ZMQ_REP, in: directory,
        acknowledge: { wire, _ in
          wire.encode("handshake_reply", identities: [], parent: nil, content: ["status": "error"])
        }, body: { _, _ in })
      #expect(refused?.contains("acknowledge") == true)
    }
  }
}
