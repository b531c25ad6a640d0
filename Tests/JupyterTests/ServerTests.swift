import Base
import CZeroMQ
import Glibc
import Jupyter
import Synchronization
import Testing

@Suite("A kernel and its client", .serialized)
struct ServerTests {
  @Test("a cell is busy, says what it runs, shows its outputs, replies, and is idle")
  func order() throws {
    try withKernel { client, _, _ in
      let (reply, outputs) = try client.run("print a\nwarn b\nprint c\nshow d\n42")
      #expect(
        outputs.story == [
          "busy", "execute_input", "stream", "stream", "stream", "display_data", "execute_result", "idle",
        ])
      #expect(outputs[1].content == ["code": "print a\nwarn b\nprint c\nshow d\n42", "execution_count": 1])
      #expect(outputs.compactMap { $0.content["text"]?.string } == ["a\n", "b\n", "c\n"])
      #expect(outputs[5].content == ["data": ["text/plain": "d"], "metadata": [:], "transient": [:]])
      #expect(
        outputs[6].content == ["data": ["text/plain": "42"], "metadata": [:], "execution_count": 1])
      #expect(reply.type == "execute_reply")
      #expect(
        reply.content == ["status": "ok", "execution_count": 1, "payload": [], "user_expressions": [:]])
      #expect(reply.metadata["started"]?.string?.hasSuffix("Z") == true)
      #expect(Set((outputs + [reply]).map(\.id)).count == outputs.count + 1)
    }
  }

  @Test("an error has one output and a reply with the same three parts")
  func error() throws {
    try withKernel { client, _, _ in
      let (reply, outputs) = try client.run("fail on purpose")
      #expect(outputs.story == ["busy", "execute_input", "error", "idle"])
      let parts: JSON = ["ename": "Failure", "evalue": "on purpose", "traceback": ["Failure: on purpose"]]
      #expect(outputs[2].content == parts)
      for name in ["ename", "evalue", "traceback"] { #expect(reply.content[name] == parts[name]) }
      #expect(reply.content["status"] == "error")
      #expect(reply.content["execution_count"] == 1)
      #expect(try client.run("1").reply.content["execution_count"] == 2)
    }
  }

  @Test("silent cells show nothing and do not count; unstored cells show but do not count")
  func counting() throws {
    try withKernel { client, _, _ in
      #expect(try client.run("1").reply.content["execution_count"] == 1)
      let silent = try client.run("print a\n42", ["silent": true])
      #expect(silent.outputs.story == ["busy", "idle"])
      #expect(silent.reply.content["execution_count"] == 1)
      #expect(try client.run("fail", ["silent": true]).outputs.story == ["busy", "idle"])
      let unstored = try client.run("print a", ["store_history": false])
      #expect(unstored.outputs.story == ["busy", "execute_input", "stream", "idle"])
      #expect(unstored.reply.content["execution_count"] == 1)
      #expect(try client.run("1").reply.content["execution_count"] == 2)
    }
  }

  @Test("after an error the cells that wait are aborted, other requests are not")
  func stopOnError() throws {
    try withKernel { client, interpreter, _ in
      let first = try client.execute("wait")
      let second = try client.execute("print no")
      let third = try client.execute("print no", ["stop_on_error": false])
      // Comes after them on the same socket, so that they are there when it is answered.
      let info = try client.send("kernel_info_request")
      #expect(try client.next(on: client.shell).parent["msg_id"]?.string == info)
      while !interpreter.hasStarted { usleep(500) }
      try client.send("interrupt_request", on: client.control)
      let replies = try (0..<3).map { _ in try client.next(on: client.shell) }
      #expect(replies.map { $0.parent["msg_id"]?.string } == [first, second, third])
      #expect(replies.map { $0.content["status"] } == ["error", "error", "error"])
      #expect(replies.map { $0.content["ename"] } == ["Interrupted", "Aborted", "Aborted"])
      for reply in replies { #expect(reply.content["traceback"]?.array != nil) }
      // A cell that did not run gets no number.
      #expect(replies.map { $0.content["execution_count"] } == [1, nil, nil])
      #expect(try client.outputs(of: second).story == ["busy", "idle"])
      #expect(try client.outputs(of: third).story == ["busy", "idle"])
      let (reply, outputs) = try client.run("print yes")
      #expect(reply.content["execution_count"] == 2)
      #expect(outputs.texts(of: "stdout") == "yes\n")
    }
  }

  @Test("a cell that fails at once aborts those that were sent with it, though they come after its end")
  func failAtOnce() throws {
    try withKernel { client, _, _ in
      let cells = try ["fail", "print no", "print no"].map { try client.execute($0) }
      let replies = try cells.map { _ in try client.next(on: client.shell) }
      #expect(replies.map { $0.parent["msg_id"]?.string } == cells)
      #expect(replies.dropFirst().map { $0.content["ename"] } == ["Aborted", "Aborted"])
    }
  }

  @Test("without stop_on_error the cells that wait run")
  func goOnAfterError() throws {
    try withKernel { client, _, _ in
      let first = try client.execute("fail", ["stop_on_error": false])
      let second = try client.execute("print yes")
      _ = try (0..<2).map { _ in try client.next(on: client.shell) }
      #expect(try client.outputs(of: first).story == ["busy", "execute_input", "error", "idle"])
      #expect(try client.outputs(of: second).texts(of: "stdout") == "yes\n")
    }
  }

  @Test("while a cell runs, control and questions on shell are answered at once, and an interrupt stops it")
  func interrupt() throws {
    try withKernel { client, _, _ in
      let cell = try client.execute("wait")
      let info = try client.exchange("kernel_info_request", on: client.control)
      #expect(info.outputs.story == ["busy", "idle"])
      #expect(info.reply.content["implementation"] == "tests")
      let completion = try client.exchange("complete_request", ["code": "s", "cursor_pos": 1])
      #expect(completion.reply.type == "complete_reply")
      #expect(completion.outputs.story == ["busy", "idle"])
      let interrupt = try client.exchange("interrupt_request", on: client.control)
      #expect(interrupt.reply.content == ["status": "ok"])
      let reply = try client.next(on: client.shell)
      #expect(reply.content["ename"] == "Interrupted")
      let story = try client.outputs(of: cell).story
      // Busy is told again after each question, for clients that look only at the last status.
      #expect(story.prefix(3) == ["busy", "execute_input", "busy"])
      #expect(story.filter { $0 != "busy" } == ["execute_input", "error", "idle"])
    }
  }

  @Test("an interrupt of an idle kernel does not reach the next cell; one before a cell begins does")
  func idleInterrupt() throws {
    try withKernel { client, _, _ in
      for _ in 0..<20 {
        _ = try client.exchange("interrupt_request", on: client.control)
        #expect(try client.run("print on").reply.content["status"] == "ok")
      }
      for _ in 0..<20 {
        let id = try client.execute("wait")
        // Its busy is told before the cell begins.
        while try client.next(on: client.iopub).parent["msg_id"]?.string != id {}
        try client.send("interrupt_request", on: client.control)
        #expect(try client.next(on: client.shell).content["ename"] == "Interrupted")
      }
    }
  }

  @Test("displays, updates, results, clearing, pages and the next input reach the client")
  func displays() throws {
    try withKernel { client, _, _ in
      let (_, outputs) = try client.run("track one\nupdate two\nclear wait\nclear\npicture")
      #expect(
        outputs.story == [
          "busy", "execute_input", "display_data", "update_display_data", "clear_output", "clear_output",
          "display_data", "idle",
        ])
      #expect(outputs[2].content["transient"] == ["display_id": "tracked"])
      #expect(outputs[3].content["transient"] == ["display_id": "tracked"])
      #expect(outputs[3].content["data"] == ["text/plain": "two"])
      #expect(outputs[4].content == ["wait": true])
      #expect(outputs[5].content == ["wait": false])
      #expect(outputs[6].content["data"]?["image/png"] == "AQID")
      #expect(
        outputs[6].content["metadata"] == ["image/png": ["width": 4, "height": 5, "alt": "a dot"]])
      #expect(
        try client.run("page help").reply.content["payload"]
          == [["source": "page", "data": ["text/plain": "help"], "start": 0]])
      #expect(
        try client.run("next more").reply.content["payload"]
          == [["source": "set_next_input", "text": "more", "replace": false]])
    }
  }

  @Test("small writes are joined, come before what follows them, and are cut off when there are too many")
  func streams() throws {
    try withKernel { client, _, _ in
      let (_, outputs) = try client.run("flood 3000\nshow end")
      let pieces = outputs.filter { $0.type == "stream" }
      #expect(outputs.texts(of: "stdout").utf8.count == 33_000)
      // How many depends on how long the writing takes.
      #expect(pieces.count < 300)
      #expect(outputs.story.suffix(2) == ["display_data", "idle"])

      let flood = try client.run("flood 300000\nwrite end").outputs
      #expect(flood.texts(of: "stdout").utf8.count == 2 << 20)
      #expect(flood.texts(of: "stderr").contains("cut off"))
      #expect(flood.filter { $0.type == "stream" }.count < 3000)
    }
  }

  @Test("text of a running cell comes while it runs")
  func streamDelay() throws {
    try withKernel { client, _, _ in
      let id = try client.execute("print soon\nwait")
      var message = try client.next(on: client.iopub)
      while message.type != "stream" { message = try client.next(on: client.iopub) }
      #expect(message.content["text"] == "soon\n")
      #expect(message.parent["msg_id"]?.string == id)
      try client.send("interrupt_request", on: client.control)
      _ = try client.next(on: client.shell)
    }
  }

  @Test("a cell that is over can write no more")
  func lateOutput() throws {
    try withKernel { client, _, _ in
      _ = try client.run("late")
      #expect(try client.run("haunt").outputs.story == ["busy", "execute_input", "idle"])
      #expect(client.isSilent(client.iopub, milliseconds: 120))
    }
  }

  @Test("user expressions are evaluated after the cell, each with its status")
  func userExpressions() throws {
    try withKernel { client, _, _ in
      let reply = try client.run("1", ["user_expressions": ["a": "x", "b": "bad", "c": 3]]).reply
      #expect(
        reply.content["user_expressions"] == [
          "a": ["status": "ok", "data": ["text/plain": "X"], "metadata": [:]],
          "b": ["status": "error", "ename": "Failure", "evalue": "bad", "traceback": []],
        ])
    }
  }

  @Test("kernel_info tells of the language and the protocol")
  func kernelInfo() throws {
    try withKernel { client, _, _ in
      let content = try client.exchange("kernel_info_request").reply.content
      #expect(content["status"] == "ok")
      #expect(content["protocol_version"] == "5.6")
      #expect(content["language_info"]?["file_extension"] == ".scripted")
      #expect(content["help_links"] == [["text": "Help", "url": "https://example.org"]])
      #expect(content["supported_features"] == ["kernel subshells"])
    }
  }

  @Test("completion, inspection and completeness speak the protocol")
  func questions() throws {
    try withKernel { client, _, _ in
      func ask(_ type: String, _ content: JSON) throws -> JSON {
        try client.exchange(type, content).reply.content
      }
      let completion = try ask("complete_request", ["code": "𝔘s", "cursor_pos": 2])
      #expect(completion["matches"] == ["show", "shout"])
      #expect(completion["cursor_start"] == 1)
      #expect(completion["cursor_end"] == 2)
      #expect(
        completion["metadata"]?["_jupyter_types_experimental"]?.array?.first
          == ["start": 1, "end": 2, "text": "show", "type": "function", "signature": "show TEXT"])
      #expect(try ask("complete_request", ["code": "𝔘s", "cursor_pos": 99])["cursor_end"] == 2)
      #expect(try ask("complete_request", ["code": "s", "cursor_pos": -5])["cursor_end"] == 0)
      #expect(
        try ask("inspect_request", ["code": "x", "cursor_pos": 1, "detail_level": 1])
          == ["status": "ok", "found": true, "data": ["text/plain": "x at 1, detail 1"], "metadata": [:]])
      #expect(
        try ask("inspect_request", ["code": "unknown", "cursor_pos": 1])
          == ["status": "ok", "found": false, "data": [:], "metadata": [:]])
      #expect(try ask("is_complete_request", ["code": "for {"]) == ["status": "incomplete", "indent": "  "])
      #expect(try ask("is_complete_request", ["code": "}"]) == ["status": "invalid"])
      #expect(try ask("is_complete_request", ["code": "?"]) == ["status": "unknown"])
      #expect(try ask("is_complete_request", ["code": "1"]) == ["status": "complete"])
      #expect(try ask("complete_request", ["cursor_pos": 1])["ename"] == "InvalidRequest")
    }
  }

  @Test("history, comms, connect and usage are answered; unknown requests too")
  func otherRequests() throws {
    try withKernel { client, _, server in
      #expect(
        try client.exchange("history_request", ["hist_access_type": "tail", "n": 5]).reply.content
          == ["status": "ok", "history": []])
      #expect(try client.exchange("comm_info_request").reply.content == ["status": "ok", "comms": [:]])
      let connect = try client.exchange("connect_request").reply.content
      #expect(connect["iopub_port"]?.int == server.connection.ports[.iopub])
      let comm = try client.outputs(
        of: client.send("comm_open", ["comm_id": "c", "target_name": "t", "data": [:]]))
      #expect(comm.story == ["busy", "comm_close", "idle"])
      #expect(comm[1].content["comm_id"] == "c")
      let usage = try client.exchange("usage_request", on: client.control).reply.content
      #expect(usage["pid"]?.int == Int(getpid()))
      #expect((usage["kernel_memory"]?.int ?? 0) > 1_000_000)
      #expect((usage["host_virtual_memory"]?["total"]?.int ?? 0) > 1 << 28)
      for socket in [client.shell, client.control] {
        let (reply, outputs) = try client.exchange("mystery_request", on: socket)
        #expect(reply.type == "mystery_reply")
        #expect(reply.content["ename"] == "UnknownRequest")
        #expect(outputs.story == ["busy", "idle"])
      }
      #expect(try client.outputs(of: client.send("nonsense")).story == ["busy", "idle"])
      #expect(
        try client.exchange("execute_request", ["silent": 3]).reply.content["ename"] == "InvalidRequest")
      #expect(try client.run("1").reply.content["execution_count"] == 1)
    }
  }

  @Test("the heartbeat sends back what it gets")
  func heartbeat() throws {
    try withKernel { client, _, _ in
      for text in ["ping", "", "\u{0}\u{FF}"] {
        client.heartbeat.send([Frame(text.utf8)])
        #expect(client.heartbeat.receive(waiting: true) == [Frame(text.utf8)])
      }
    }
  }

  @Test("malformed messages are dropped and the kernel lives", arguments: [1, 2, 3])
  func malformed(seed: UInt64) throws {
    try withKernel { client, _, _ in
      var generator = SplitMix(state: seed)
      let good = client.wire.encode("kernel_info_request", identities: [], parent: nil, content: [:])
      for round in 0..<200 {
        var frames = good
        switch round % 4 {
        case 0: frames.removeSubrange(Int.random(in: 0..<frames.count, using: &generator)...)
        case 1:
          let index = Int.random(in: 0..<2, using: &generator)
          frames[index].append(UInt8.random(in: 0...255, using: &generator))
        case 2:
          let index = Int.random(in: 2..<frames.count, using: &generator)
          frames[index][Int.random(in: 0..<frames[index].count, using: &generator)] ^= 0x55
        default:
          frames = (0..<Int.random(in: 1..<9, using: &generator)).map { _ in
            (0..<Int.random(in: 0..<20, using: &generator)).map { _ in
              UInt8.random(in: 0...255, using: &generator)
            }
          }
        }
        if frames.isEmpty { continue }
        client.shell.send(frames)
        client.control.send(frames)
      }
      let (reply, _) = try client.run("1")
      #expect(reply.content["status"] == "ok")
      let info = try client.exchange("kernel_info_request", on: client.control)
      #expect(info.outputs.story == ["busy", "idle"])
    }
  }

  @Test("other signatures, ipc, and a second client")
  func transports() throws {
    try withKernel(scheme: .sha512) { client, _, server in
      #expect(try client.run("1").reply.content["status"] == "ok")
      let second = try Client(server.connection)
      defer { second.close() }
      let (_, outputs) = try second.run("print two")
      #expect(outputs.texts(of: "stdout") == "two\n")
    }
    try withKernel(scheme: .md5) { client, _, _ in
      let (reply, _) = try client.run("1")
      #expect(reply.content["status"] == "ok")
    }
    try withTemporaryDirectory { directory in
      let ports = Dictionary(uniqueKeysWithValues: zip(Connection.Channel.allCases, 1...))
      try withKernel(transport: .ipc, address: "\(directory)/k", ports: ports) { client, _, server in
        #expect(server.connection.endpoint(of: .shell) == "ipc://\(directory)/k-1")
        let (reply, _) = try client.run("1")
        #expect(reply.content["status"] == "ok")
      }
    }
  }

  @Test("a shutdown request is answered, ends the running cell and aborts the others")
  func shutdown() throws {
    let ended = Mutex<Server.Ending?>(nil)
    var options = Server.Options()
    options.handlesSignals = false
    options.watchesParent = false
    let server = try Server(
      connection: Connection(key: "k"), backend: Scripted(), logger: quiet(), options: options)
    let thread = try NativeThread(named: "server", stack: 1 << 20) {
      let ending = try? server.run()
      ended.withLock { $0 = ending }
    }
    let client = try Client(server.connection)
    defer { client.close() }
    let first = try client.execute("wait")
    let second = try client.execute("print no")
    _ = try client.exchange("kernel_info_request")
    let reply = try client.exchange("shutdown_request", ["restart": true], on: client.control)
    #expect(reply.reply.content == ["status": "ok", "restart": true])
    #expect(reply.outputs.story == ["busy", "shutdown_reply", "idle"])
    let statuses = try (0..<2).map { _ in try client.next(on: client.shell) }
    #expect(Set(statuses.map { $0.parent["msg_id"]?.string }) == [first, second])
    #expect(statuses.allSatisfy { $0.content["status"] == "error" })
    thread.join()
    #expect(ended.withLock { $0 } == .shutdown(restart: true))
  }

  @Test("a cell that does not heed its interrupt cannot keep the kernel alive")
  func stuck() throws {
    let interpreter = Scripted()
    var options = Server.Options()
    options.handlesSignals = false
    options.watchesParent = false
    options.patience = 50
    let server = try Server(
      connection: Connection(key: "k"), backend: interpreter, logger: quiet(), options: options)
    let thread = try NativeThread(named: "server", stack: 1 << 20) { _ = try? server.run() }
    let client = try Client(server.connection)
    defer { client.close() }
    try client.execute("stuck")
    while !interpreter.hasStarted { usleep(500) }
    server.stopper.stop()
    // The cell runs on: what ends is the server.
    thread.join()
    #expect(interpreter.hasShutDown)
    interpreter.release()
  }

  @Test("cells have a deep stack")
  func deepStack() throws {
    try withKernel { client, _, _ in
      let (_, outputs) = try client.run("deep 60000")
      #expect(outputs.compactMap { $0.content["data"]?["text/plain"] } == ["60000"])
    }
  }

  @Test("a port that is taken is named")
  func takenPort() throws {
    try withKernel { _, _, server in
      let port = try #require(server.connection.ports[.control])
      let error = #expect(throws: InputError.self) {
        try Server(
          connection: Connection(ports: [.control: port]), backend: Scripted(), logger: quiet())
      }
      #expect(error?.message.contains("control") == true)
      #expect(error?.message.contains("port \(port) is taken") == true)
    }
  }
}
