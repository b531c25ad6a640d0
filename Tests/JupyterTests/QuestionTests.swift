import Base
import CZeroMQ
import Glibc
import Jupyter
import Testing

@Suite("Questions to the person who runs a cell", .serialized)
struct QuestionTests {
  private let open: [String: JSON] = ["allow_stdin": true]

  private func answer(_ client: Client, _ text: String, to question: Message?) throws {
    try client.send("input_reply", ["value": .string(text)], parent: question?.header, on: client.stdin)
  }

  @Test("a question reaches who sent the cell, and its answer the cell")
  func ask() throws {
    try withKernel { client, _, _ in
      let id = try client.execute("print before\nask name?", open)
      let question = try client.next(on: client.stdin)
      #expect(question.type == "input_request")
      #expect(question.parent["msg_id"]?.string == id)
      #expect(question.content == ["prompt": "name?", "password": false])
      // What was written before is there before the question is answered.
      var message = try client.next(on: client.iopub)
      while message.type != "stream" { message = try client.next(on: client.iopub) }
      #expect(message.content["text"] == "before\n")
      try answer(client, "Ada é\n", to: question)
      #expect(try client.next(on: client.shell).content["status"] == "ok")
      #expect(try client.outputs(of: id).texts(of: "stdout") == "answered Ada é\n\n")

      // Jupyter's own client names no parent.
      let second = try client.execute("secret word?", open)
      #expect(try client.next(on: client.stdin).content == ["prompt": "word?", "password": true])
      try answer(client, "x", to: nil)
      _ = try client.next(on: client.shell)
      #expect(try client.outputs(of: second).texts(of: "stdout") == "answered x\n")
    }
  }

  @Test("where nobody answers a question fails at once")
  func refused() throws {
    try withKernel { client, _, _ in
      for options in [["allow_stdin": false], [:]] as [[String: JSON]] {
        let (reply, outputs) = try client.run("ask name?", options)
        #expect(reply.content["ename"] == "NoInput")
        #expect(outputs.story == ["busy", "execute_input", "error", "idle"])
      }
      #expect(client.isSilent(client.stdin, milliseconds: 50))
    }
  }

  @Test("the wait for an answer is interrupted, and what comes late or from elsewhere is dropped")
  func interrupted() throws {
    try withKernel { client, _, server in
      let other = try Client(server.connection)
      defer { other.close() }
      _ = try client.execute("ask first?", open)
      let first = try client.next(on: client.stdin)
      try answer(other, "foreign", to: first)
      try client.send("mystery", on: client.stdin)
      try client.send("input_reply", ["value": 3], parent: first.header, on: client.stdin)
      #expect(client.isSilent(client.shell, milliseconds: 100))
      try client.send("interrupt_request", on: client.control)
      #expect(try client.next(on: client.shell).content["ename"] == "Interrupted")

      let id = try client.execute("ask second?", open)
      let second = try client.next(on: client.stdin)
      try answer(client, "late", to: first)
      try answer(client, "right", to: second)
      try answer(client, "once more", to: second)
      _ = try client.next(on: client.shell)
      #expect(try client.outputs(of: id).texts(of: "stdout") == "answered right\n")
      #expect(try client.run("1").reply.content["status"] == "ok")
    }
  }

  @Test("a client without the channel is told so")
  func unreachable() throws {
    try withKernel { _, _, server in
      let client = try Client(server.connection, answers: false)
      defer { client.close() }
      let (reply, _) = try client.run("ask name?", open)
      #expect(reply.content["ename"] == "NoInput")
      #expect(reply.content["evalue"]?.string?.contains("stdin") == true)
    }
  }

  @Test("a kernel that is asked to end does not wait for an answer")
  func shutdown() throws {
    try withKernel { client, _, _ in
      _ = try client.execute("ask name?", open)
      _ = try client.next(on: client.stdin)
      try client.send("shutdown_request", ["restart": false], on: client.control)
      #expect(try client.next(on: client.shell).content["ename"] == "Interrupted")
    }
  }
}
