import Base
import CZeroMQ
import Glibc
import Jupyter
import Testing

@Suite("Subshells", .serialized)
struct SubshellTests {
  private func create(_ client: Client) throws -> String {
    let reply = try client.exchange("create_subshell_request", on: client.control).reply.content
    #expect(reply["status"] == "ok")
    return try #require(reply["subshell_id"]?.string)
  }

  private func list(_ client: Client) throws -> JSON {
    try client.exchange("list_subshell_request", on: client.control).reply.content
  }

  @Test("subshells are made, listed and deleted")
  func life() throws {
    try withKernel { client, interpreter, _ in
      #expect(try list(client) == ["status": "ok", "subshell_id": []])
      let ids = [try create(client), try create(client)]
      #expect(try list(client)["subshell_id"] == .array(ids.map(JSON.string)))
      for expected: JSON in ["ok", "error"] {
        let content: JSON = ["subshell_id": .string(ids[0])]
        #expect(
          try client.exchange("delete_subshell_request", content, on: client.control).reply.content["status"]
            == expected)
      }
      #expect(try list(client)["subshell_id"] == [.string(ids[1])])
      #expect(interpreter.subshells.withLock { $0.map(\.hasShutDown) } == [true, false])
    }
  }

  @Test("a subshell runs cells, with a count of its own, while a cell of the main shell runs")
  func beside() throws {
    try withKernel { client, interpreter, _ in
      let id = try create(client)
      let long = try client.execute("wait")
      while !interpreter.hasStarted { usleep(500) }
      client.subshell = id
      for count in 1...2 {
        let (reply, outputs) = try client.run("print here\n42", ["user_expressions": ["a": "x"]])
        #expect(reply.content["execution_count"] == .int(count))
        #expect(reply.content["user_expressions"]?["a"]?["data"]?["text/plain"] == "X")
        #expect(reply.parent["subshell_id"] == .string(id))
        #expect(outputs.story == ["busy", "execute_input", "stream", "execute_result", "idle"])
      }
      #expect(try client.exchange("complete_request", ["code": "s"]).reply.content["status"] == "ok")
      client.subshell = nil
      #expect(interpreter.executed.withLock { $0 } == ["wait"])
      try client.send("interrupt_request", on: client.control)
      #expect(try client.next(on: client.shell).content["ename"] == "Interrupted")
      // Its busy comes again after each idle beside it, for clients that look only at the last status.
      let story = try client.outputs(of: long).story
      #expect(story.prefix(3) == ["busy", "execute_input", "busy"])
      #expect(story.filter { $0 != "busy" } == ["execute_input", "error", "idle"] && story.last == "idle")
    }
  }

  @Test("an error in a subshell aborts what waits there, not in the main shell")
  func errors() throws {
    try withKernel { client, interpreter, _ in
      client.subshell = try create(client)
      let failing = try client.execute("wait")
      let aborted = try client.execute("print no")
      while interpreter.subshells.withLock({ !$0[0].hasStarted }) { usleep(500) }
      client.subshell = nil
      #expect(try client.run("print yes").reply.content["status"] == "ok")
      try client.send("interrupt_request", on: client.control)
      let replies = try (0..<2).map { _ in try client.next(on: client.shell) }
      #expect(replies.map { $0.parent["msg_id"]?.string } == [failing, aborted])
      #expect(replies.map { $0.content["ename"] } == ["Interrupted", "Aborted"])
    }
  }

  @Test("deleting a subshell ends what it runs; an unknown one is an error for every request")
  func deleted() throws {
    try withKernel { client, interpreter, _ in
      let id = try create(client)
      client.subshell = id
      let running = try client.execute("wait")
      let waiting = try client.execute("print no")
      while interpreter.subshells.withLock({ !$0[0].hasStarted }) { usleep(500) }
      client.subshell = nil
      try client.send("delete_subshell_request", ["subshell_id": .string(id)], on: client.control)
      #expect(try client.next(on: client.control).content["status"] == "ok")
      let replies = try (0..<2).map { _ in try client.next(on: client.shell) }
      #expect(Set(replies.map { $0.parent["msg_id"]?.string }) == [running, waiting])
      #expect(replies.allSatisfy { $0.content["status"] == "error" })
      client.subshell = id
      for type in ["execute_request", "complete_request", "kernel_info_request"] {
        let (reply, outputs) = try client.exchange(type, ["code": "1"])
        #expect(reply.content["ename"] == "UnknownSubshell")
        #expect(outputs.story == ["busy", "idle"])
      }
      #expect(try client.outputs(of: client.send("comm_msg", ["comm_id": "c"])).story == ["busy", "idle"])
    }
  }

  @Test("a question of a subshell's cell finds its answer")
  func question() throws {
    try withKernel { client, _, _ in
      let id = try create(client)
      let main = try client.execute("ask main?", ["allow_stdin": true])
      let first = try client.next(on: client.stdin)
      client.subshell = id
      let beside = try client.execute("ask beside?", ["allow_stdin": true])
      let second = try client.next(on: client.stdin)
      #expect(second.parent["subshell_id"] == .string(id))
      try client.send("input_reply", ["value": "b"], parent: second.header, on: client.stdin)
      #expect(try client.next(on: client.shell).parent["msg_id"]?.string == beside)
      client.subshell = nil
      try client.send("input_reply", ["value": "m"], parent: first.header, on: client.stdin)
      #expect(try client.next(on: client.shell).parent["msg_id"]?.string == main)
      #expect(try client.outputs(of: beside).texts(of: "stdout") == "answered b\n")
      #expect(try client.outputs(of: main).texts(of: "stdout") == "answered m\n")
    }
  }
}
