import Base
import Glibc
import Jupyter
import Synchronization
import Testing

/// Clients that look only at the last status, as JupyterLab's indicator and jupyter_server do.
@Suite("The last status", .serialized)
struct StatusTests {
  /// The last status that is told while nothing new happens.
  private func lastStatus(_ client: Client) throws -> String? {
    var last: String?
    while !client.isSilent(client.iopub, milliseconds: 200) {
      last = try client.next(on: client.iopub).content["execution_state"]?.string ?? last
    }
    return last
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
      try client.send(request.type, request.content, on: channel == "shell" ? client.shell : client.control)
      #expect(try lastStatus(client) == "busy")
      try client.send("interrupt_request", on: client.control)
      while try client.next(on: client.shell).parent["msg_id"]?.string != cell {}
      #expect(try lastStatus(client) == "idle")
    }
  }

  @Test(
    "is busy while a cell runs, though messages over comms and cells of subshells end, fail or are refused beside it"
  )
  func beside() throws {
    try withKernel { client, interpreter, _ in
      let reply = try client.exchange("create_subshell_request", on: client.control).reply.content
      try client.execute("wait")
      while !interpreter.hasStarted { usleep(500) }
      client.subshell = reply["subshell_id"]?.string
      let actions: [(String, JSON)] = [
        ("execute_request", ["code": "1"]), ("execute_request", ["code": "fail"]), ("execute_request", [:]),
        ("comm_open", ["comm_id": "c", "target_name": "none"]), ("comm_msg", ["comm_id": "d"]),
        ("comm_close", ["comm_id": "e"]), ("comm_msg", [:]),
      ]
      for (type, content) in actions {
        try client.send(type, content)
        #expect(try lastStatus(client) == "busy", "after \(type) \(content)")
      }
      // The second is aborted by the failure of the first.
      for code in ["fail", "1"] { try client.execute(code) }
      #expect(try lastStatus(client) == "busy", "after an aborted cell")
      try client.send("interrupt_request", on: client.control)
      #expect(try lastStatus(client) == "idle")
    }
  }
}
