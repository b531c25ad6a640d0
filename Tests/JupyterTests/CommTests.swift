import Base
import CZeroMQ
import Glibc
import Jupyter
import Testing

@Suite("Comms", .serialized)
struct CommTests {
  private func message(_ id: String, _ data: JSON) -> JSON { ["comm_id": .string(id), "data": data] }

  private func update(_ state: JSON) -> JSON { ["method": "update", "state": state] }

  @Test("a cell opens, uses and closes a comm")
  func fromCell() throws {
    try withKernel { client, _, _ in
      let outputs = try client.run("open widget\nsend hello").outputs
      #expect(outputs.story == ["busy", "execute_input", "comm_open", "comm_msg", "idle"])
      let id = try #require(outputs[2].content["comm_id"]?.string)
      #expect(outputs[2].content == ["comm_id": .string(id), "target_name": "widget", "data": ["n": 1]])
      #expect(outputs[2].metadata == ["version": "2"])
      #expect(outputs[3].content == message(id, ["text": "hello"]))

      func comms(_ content: JSON) throws -> JSON? {
        try client.exchange("comm_info_request", content).reply.content["comms"]
      }
      #expect(try comms([:]) == [id: ["target_name": "widget"]])
      #expect(try comms(["target_name": "widget"]) == [id: ["target_name": "widget"]])
      #expect(try comms(["target_name": "other"]) == [:])

      let closing = try client.run("close bye\nsend lost\nclose again").outputs
      #expect(closing.story == ["busy", "execute_input", "comm_close", "idle"])
      #expect(closing[2].content == message(id, ["text": "bye"]))
      #expect(try comms([:]) == [:])
      #expect(try client.run("open widget", ["silent": true]).outputs.story == ["busy", "idle"])
      #expect(try comms([:]) == [:])
    }
  }

  @Test("a client opens a comm; what its messages show is theirs")
  func fromClient() throws {
    try withKernel { client, interpreter, _ in
      let opening = try client.send(
        "comm_open", ["comm_id": "c", "target_name": "echo", "data": ["a": 1]], buffers: [[1, 2]])
      #expect(try client.outputs(of: opening).story == ["busy", "idle"])
      let running = try client.send("comm_msg", message("c", ["code": "print x\nshow y\nsend z"]))
      let outputs = try client.outputs(of: running)
      #expect(outputs.story == ["busy", "stream", "display_data", "comm_msg", "idle"])
      #expect(outputs[3].content == message("c", ["text": "z"]))
      let failing = try client.outputs(of: client.send("comm_msg", message("c", ["code": "fail it"])))
      #expect(failing.story == ["busy", "error", "idle"])
      let closing = try client.send("comm_close", message("c", [:]))
      #expect(try client.outputs(of: closing).story == ["busy", "idle"])
      #expect(
        interpreter.messages.withLock { $0 }.map(\.kind) == [
          .open(target: "echo"), .message, .message, .close,
        ])
      #expect(interpreter.messages.withLock { $0[0].buffers } == [[1, 2]])
      #expect(interpreter.messages.withLock { $0[0].data } == ["a": 1])
    }
  }

  @Test("what is not known is closed, what is malformed passed over")
  func unknown() throws {
    try withKernel { client, interpreter, _ in
      let target = try client.outputs(
        of: client.send("comm_open", ["comm_id": "c", "target_name": "t", "data": [:]]))
      #expect(target.story == ["busy", "comm_close", "idle"])
      #expect(target[1].content == message("c", [:]))
      let id = try client.outputs(of: client.send("comm_msg", message("nobody", [:])))
      #expect(id.story == ["busy", "comm_close", "idle"])
      let close = try client.outputs(of: client.send("comm_close", message("nobody", [:])))
      #expect(close.story == ["busy", "idle"])
      for type in ["comm_open", "comm_msg", "comm_close"] {
        #expect(try client.outputs(of: client.send(type, ["comm_id": 3])).story == ["busy", "idle"])
      }
      #expect(interpreter.messages.withLock { $0.isEmpty })
    }
  }

  @Test("a client is told once that a comm is closed, however many of its messages are on their way")
  func closedOnce() throws {
    try withKernel { client, _, server in
      let other = try Client(server.connection)
      defer { other.close() }
      for client in [client, other] {
        let opening = try client.send("comm_open", ["comm_id": "c", "target_name": "none", "data": [:]])
        #expect(try client.outputs(of: opening).story == ["busy", "comm_close", "idle"])
        for _ in 0..<3 {
          let late = try client.send("comm_msg", message("c", update(["value": 1])))
          #expect(try client.outputs(of: late).story == ["busy", "idle"])
        }
      }
    }
  }

  @Test(
    "messages wait for the cell and keep their order; of updates only the last is run, with all that they set"
  )
  func order() throws {
    try withKernel { client, interpreter, _ in
      for id in ["c", "d"] {
        try client.send("comm_open", ["comm_id": .string(id), "target_name": "echo", "data": [:]])
      }
      let cell = try client.execute("wait")
      while !interpreter.hasStarted { usleep(500) }
      var ids: [String] = []
      for value in 0..<50 {
        let state: JSON = value == 0 ? ["value": 0, "first": true] : ["value": .int(value)]
        ids.append(try client.send("comm_msg", message("c", update(state))))
        ids.append(try client.send("comm_msg", message("d", update(["value": .int(-value)]))))
      }
      let next = try client.execute("print between")
      ids.append(try client.send("comm_msg", message("c", update(["value": 100]))))
      ids.append(try client.send("comm_msg", message("c", ["method": "custom"])))
      ids.append(try client.send("comm_msg", message("c", update(["value": 101])), buffers: [[7]]))
      ids.append(try client.send("comm_msg", message("c", update(["value": 102]))))
      _ = try client.exchange("kernel_info_request")
      #expect(interpreter.messages.withLock { $0.count } == 2)
      try client.send("interrupt_request", on: client.control)
      let replies = try (0..<2).map { _ in try client.next(on: client.shell).parent["msg_id"]?.string }
      #expect(replies == [cell, next])
      for id in ids { #expect(try client.outputs(of: id).story == ["busy", "idle"]) }
      #expect(
        interpreter.messages.withLock { $0.dropFirst(2).map(\.data) } == [
          update(["value": 49, "first": true]), update(["value": -49]), update(["value": 100]),
          ["method": "custom"], update(["value": 101]), update(["value": 102]),
        ])
    }
  }

  @Test("a message that takes long is interrupted")
  func interrupt() throws {
    try withKernel { client, interpreter, _ in
      try client.send("comm_open", ["comm_id": "c", "target_name": "echo", "data": [:]])
      let id = try client.send("comm_msg", message("c", ["code": "wait"]))
      while !interpreter.hasStarted { usleep(500) }
      let cell = try client.execute("print next")
      try client.send("interrupt_request", on: client.control)
      #expect(try client.outputs(of: id).story.filter { $0 != "busy" } == ["error", "idle"])
      // A message that fails aborts no cells.
      #expect(try client.next(on: client.shell).content["status"] == "ok")
      #expect(try client.outputs(of: cell).texts(of: "stdout") == "next\n")
    }
  }
}
