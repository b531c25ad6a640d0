import Base
import Glibc
import Jupyter
import Synchronization
import Testing

@Suite("Messages that come again", .serialized)
struct ReplayTests {
  private let cell: JSON = ["code": "print once"]

  @Test("a message that comes again is dropped, on whatever channel and from whomever; the kernel answers on")
  func replay() throws {
    try withKernel { client, interpreter, server in
      let frames = client.wire.encode("execute_request", identities: [], parent: nil, content: cell)
      let other = try Client(server.connection)
      defer { other.close() }
      try #require(client.shell.send(frames))
      #expect(try client.next(on: client.shell).content["status"] == "ok")
      for socket in [client.shell, client.control, other.shell, other.control] {
        try #require(socket.send(frames))
      }
      for client in [client, other] {
        #expect(try client.exchange("kernel_info_request").reply.content["status"] == "ok")
        #expect(
          try client.exchange("kernel_info_request", on: client.control).reply.content["status"] == "ok")
        #expect(client.isSilent(client.shell, milliseconds: 50))
      }
      #expect(interpreter.executed.withLock { $0 } == ["print once"])
    }
  }

  @Test("equal names on different messages, as copied clients give them, are no repetition")
  func equalNames() throws {
    try withKernel { client, interpreter, server in
      let other = try Client(server.connection)
      defer { other.close() }
      for client in [client, other] {
        for code in ["1", "2"] {
          let frames = client.wire.encode(
            "execute_request", id: "session_1", identities: [], parent: nil, content: ["code": .string(code)])
          try #require(client.shell.send(frames))
          #expect(try client.next(on: client.shell).content["status"] == "ok")
        }
      }
      #expect(interpreter.executed.withLock { $0 } == ["1", "2", "1", "2"])
    }
  }

  @Test("of the last 32,768 messages each is known again, and no more than twice as many are kept")
  func bound() throws {
    let (sender, receiver) = (Wire(key: "k", scheme: .sha256), Wire(key: "k", scheme: .sha256))
    let messages = (0..<70_000).map { number in
      sender.encode("x", id: "\(number)", identities: [], parent: nil, content: [:])
    }
    for message in messages { _ = try receiver.decode(message) }
    for number in [69_999, 50_000, 70_000 - 32_768] {
      #expect(throws: WireError.repeated(id: "\(number)")) { try receiver.decode(messages[number]) }
    }
    #expect(try receiver.decode(messages[0]).id == "0")
  }

  @Test("without a key, where anybody can send anything, nothing is compared")
  func unsigned() throws {
    let wire = Wire(key: "", scheme: .sha256)
    let message = wire.encode("x", identities: [], parent: nil, content: [:])
    for _ in 0..<2 { #expect(try wire.decode(message).type == "x") }
  }
}
