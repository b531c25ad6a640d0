import Base
import CZeroMQ
import Glibc
import Jupyter
import Logging
import Synchronization
import Testing

@Suite("Those who listen on IOPub", .serialized)
struct SubscriberTests {
  /// What a logger said.
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  private struct Recorder: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { lines.all.withLock { $0.append("\(event.message)") } }
  }

  /// A client that only listens.
  private struct Listener {
    let socket: Socket
    let wire: Wire

    func next() throws -> Message {
      var entry = zmq_pollitem_t(socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
      try #require(zmq_poll(&entry, 1, 60_000) > 0)
      return try wire.decode(#require(socket.receive()))
    }

    func isSilent(milliseconds: Int) -> Bool {
      var entry = zmq_pollitem_t(socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
      return zmq_poll(&entry, 1, milliseconds) == 0
    }

    /// So many messages, of which nothing may follow the last.
    func last(_ count: Int) throws -> [Message] {
      let messages = try (0..<count).map { _ in try next() }
      #expect(isSilent(milliseconds: 100))
      return messages
    }
  }

  /// One that does not read takes only what it is asked for.
  private func listener(_ server: Server, to topic: String, in context: SocketContext, reads: Bool = true)
    throws
    -> Listener
  {
    let socket = try Socket(ZMQ_SUB, in: context)
    socket.set(ZMQ_LINGER, 0)
    if !reads {
      socket.set(ZMQ_RCVHWM, 1)
      socket.set(ZMQ_RCVBUF, 1 << 12)
    }
    zmq_setsockopt(socket.pointer, ZMQ_SUBSCRIBE, topic, topic.utf8.count)
    try #require(socket.connect(server.connection.endpoint(of: .iopub)) == 0)
    return Listener(socket: socket, wire: Wire(key: "a key", scheme: .sha256))
  }

  @Test("each gets what it subscribed to, once, under a topic that begins so, and its own welcome alone")
  func topics() throws {
    try withKernel { client, _, server in
      let context = try SocketContext()
      let listeners = try ["", "stream", "stream.stderr", "status"].map {
        try listener(server, to: $0, in: context)
      }
      // Asks for parts twice over.
      zmq_setsockopt(listeners[3].socket.pointer, ZMQ_SUBSCRIBE, "st", 2)
      var welcomes = try listeners.map { try $0.next() }
      welcomes.append(try listeners[3].next())
      #expect(welcomes.allSatisfy { $0.type == "iopub_welcome" })
      #expect(
        Set(welcomes.map { $0.content["subscription"]?.string }) == [
          "", "stream", "stream.stderr", "status", "st",
        ])
      _ = try client.run("print out\nwarn err")
      let types = try zip(listeners, [5, 2, 1, 4]).map { try $0.last($1).story }
      #expect(types[0] == ["busy", "execute_input", "stream", "stream", "idle"])
      #expect(types[1] == ["stream", "stream"])
      #expect(types[2] == ["stream"])
      #expect(types[3] == ["busy", "stream", "stream", "idle"])
      for listener in listeners { listener.socket.close() }
      context.terminate()
    }
  }

  @Test("who no longer wants a topic is sent it no longer")
  func leaving() throws {
    try withKernel { client, _, server in
      let context = try SocketContext()
      // This kind of socket hears whatever is sent to it, also what it did not ask for.
      let listener = Listener(
        socket: try Socket(ZMQ_XSUB, in: context), wire: Wire(key: "a key", scheme: .sha256))
      listener.socket.set(ZMQ_LINGER, 0)
      try #require(listener.socket.connect(server.connection.endpoint(of: .iopub)) == 0)
      listener.socket.send([[1] + Frame("stream".utf8)])
      #expect(try listener.next().type == "iopub_welcome")
      _ = try client.run("print once")
      #expect(try listener.last(1).story == ["stream"])
      listener.socket.send([[0] + Frame("stream".utf8)])
      // Nothing says when the kernel has heard of it.
      var isHeard = false
      for _ in 0..<100 where !isHeard {
        _ = try client.run("print more")
        isHeard = listener.isSilent(milliseconds: 100)
        if !isHeard { _ = try listener.next() }
      }
      #expect(isHeard)
      listener.socket.close()
      context.terminate()
    }
  }

  /// Serves, and runs `body` with what is logged.
  private func withLog(_ body: (Client, Server, Lines) throws -> Void) throws {
    let lines = Lines()
    var options = Server.Options()
    options.handlesSignals = false
    options.watchesParent = false
    let server = try Server(
      connection: Connection(key: "a key", scheme: .sha256), backend: Scripted(),
      logger: Logger(label: "tests") { _ in Recorder(lines: lines) }, options: options)
    let thread = try NativeThread(named: "server", stack: 1 << 20) { _ = try? server.run() }
    defer {
      server.stopper.stop()
      thread.join()
    }
    let client = try Client(server.connection)
    defer { client.close() }
    try body(client, server, lines)
  }

  @Test(
    "one that stops reading costs others nothing and 40 MiB at most; what it missed least is lost, and the log says so"
  )
  func stalled() throws {
    try withLog { client, server, lines in
      let context = try SocketContext()
      let stalled = try listener(server, to: "", in: context, reads: false)
      #expect(try stalled.next().type == "iopub_welcome")
      _ = try client.run("track start")
      for number in 0..<60 {
        let (reply, outputs) = try client.run("big \(number)")
        #expect(reply.content["status"] == "ok")
        #expect(outputs.story.contains("display_data") && outputs.story.contains("update_display_data"))
      }
      // 120 MB went by; what that costs the process is measured in test_subscribers.py, where it is alone.
      #expect(lines.all.withLock { $0.filter { $0.contains("does not read its messages") }.count } == 1)
      var messages: [Message] = []
      while messages.filter({ $0.content["execution_state"] == "idle" }).count < 61 {
        messages.append(try stalled.next())
      }
      #expect(stalled.isSilent(milliseconds: 100))
      let size = { (message: Message) in message.content["data"]?["text/plain"]?.string?.utf8.count ?? 0 }
      #expect(messages.map(size).reduce(0, +) < 42 << 20)
      // Of the display only the last update waited, all statuses are there, and the order is kept.
      #expect(messages.last { $0.type == "update_display_data" }.map(size) ?? 0 > 1 << 20)
      #expect(messages.filter { $0.type == "update_display_data" }.count < 6)
      #expect(messages.filter { $0.content["execution_state"] == "busy" }.count == 61)
      #expect(messages.filter { $0.type == "display_data" }.count < 50)
      #expect(Array(messages.story.suffix(1)) == ["idle"])
      _ = try client.run("1")
      #expect(try stalled.last(4).story == ["busy", "execute_input", "execute_result", "idle"])
      #expect(lines.all.withLock { $0.last?.contains("reads its messages again; it has lost") } == true)
      stalled.socket.close()
      context.terminate()
    }
  }
}
