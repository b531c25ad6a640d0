import Base
import Jupyter
import Testing

@Suite("The members of messages", .serialized)
struct MessageTests {
  @Test("one that is missing or of another type is named, with what it must be")
  func named() throws {
    let cases: [(type: String, content: JSON, problem: String)] = [
      ("execute_request", [:], #"execute_request has no "code", which must be text"#),
      ("execute_request", ["code": 3], #"execute_request: "code" must be text, not the number 3"#),
      (
        "execute_request", ["code": "1", "silent": "yes"],
        #"execute_request: "silent" must be true or false, not text"#
      ),
      (
        "execute_request", ["code": "1", "user_expressions": ["x"]],
        #"execute_request: "user_expressions" must be an object, not a list"#
      ),
      (
        "complete_request", ["code": "1", "cursor_pos": 0.5],
        #"complete_request: "cursor_pos" must be a whole number, not the number 0.5"#
      ),
      (
        "inspect_request", ["code": "1", "detail_level": []],
        #""detail_level" must be a whole number, not a list"#
      ),
      ("is_complete_request", ["code": [:]], #""code" must be text, not an object"#),
      ("history_request", ["n": "3"], #""n" must be a whole number, not text"#),
      ("comm_info_request", ["target_name": true], #""target_name" must be text, not true or false"#),
    ]
    try withKernel { client, interpreter, _ in
      for (type, content, problem) in cases {
        let (reply, outputs) = try client.exchange(type, content)
        #expect(reply.content["status"] == "error" && reply.content["ename"] == "InvalidRequest")
        #expect(reply.content["evalue"]?.string?.contains(problem) == true, "\(reply.content)")
        #expect(outputs.story == ["busy", "idle"])
      }
      let (shutdown, _) = try client.exchange("shutdown_request", ["restart": 1], on: client.control)
      #expect(shutdown.content["ename"] == "InvalidRequest")
      #expect(interpreter.executed.withLock { $0.isEmpty })
      // Null counts as missing.
      #expect(try client.run("print 1", ["silent": .null]).outputs.texts(of: "stdout") == "1\n")
    }
  }
}
