import Base
import Glibc
import Jupyter
import Synchronization
import Testing

/// Clients that look only at the last status, as JupyterLab's indicator and jupyter_server do.
@Suite("The last status", .serialized)
struct StatusTests {
  /// The status that is told after a request's idle, and the request that it is about.
  private func statusAfter(_ request: String, _ client: Client) throws -> (String?, of: String?) {
    var isOver = false
    while true {
      let message = try client.next(on: client.iopub)
      guard let state = message.content["execution_state"]?.string else { continue }
      let parent = message.parent["msg_id"]?.string
      if isOver { return (state, parent) }
      isOver = state == "idle" && parent == request
    }
  }

  /// Passes over what comes up to a request's idle. Says whether nothing follows it.
  private func ends(with request: String, _ client: Client) throws -> Bool {
    while true {
      let message = try client.next(on: client.iopub)
      guard message.content["execution_state"] == "idle", message.parent["msg_id"]?.string == request else {
        continue
      }
      return client.isSilent(client.iopub, milliseconds: 100)
    }
  }

  @Test(
    "is busy while a cell runs, whatever is asked meanwhile",
    arguments: [
      ("kernel_info_request", [:]), ("create_subshell_request", [:]), ("list_subshell_request", [:]),
      ("delete_subshell_request", ["subshell_id": "none"]), ("usage_request", [:]),
      ("debug_request", [:]), ("mystery_request", [:]), ("nonsense", [:]),
    ] as [(String, JSON)], ["shell", "control"])
  func whileRunning(request: (type: String, content: JSON), channel: String) throws {
    try withKernel { client, interpreter, _ in
      let cell = try client.execute("wait")
      while !interpreter.hasStarted { usleep(500) }
      let id = try client.send(
        request.type, request.content, on: channel == "shell" ? client.shell : client.control)
      #expect(try statusAfter(id, client) == ("busy", of: cell))
      try client.send("interrupt_request", on: client.control)
      #expect(try ends(with: cell, client))
    }
  }

  @Test(
    "is busy while a cell runs, though messages over comms and cells of subshells end, fail or are refused beside it"
  )
  func beside() throws {
    try withKernel { client, interpreter, _ in
      let reply = try client.exchange("create_subshell_request", on: client.control).reply.content
      let cell = try client.execute("wait")
      while !interpreter.hasStarted { usleep(500) }
      client.subshell = reply["subshell_id"]?.string
      let actions: [(String, JSON)] = [
        ("execute_request", ["code": "1"]), ("execute_request", ["code": "fail"]), ("execute_request", [:]),
        ("comm_open", ["comm_id": "c", "target_name": "none"]), ("comm_msg", ["comm_id": "d"]),
        ("comm_close", ["comm_id": "e"]), ("comm_msg", [:]),
      ]
      for (type, content) in actions {
        let id = try client.send(type, content)
        #expect(try statusAfter(id, client) == ("busy", of: cell), "after \(type) \(content)")
      }
      // The second is aborted by the failure of the first.
      let aborted = try ["fail", "1"].map { try client.execute($0) }[1]
      #expect(try statusAfter(aborted, client) == ("busy", of: cell), "after an aborted cell")
      try client.send("interrupt_request", on: client.control)
      #expect(try ends(with: cell, client))
    }
  }
}
