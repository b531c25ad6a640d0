import Jupyter
import Testing

@Suite("Debugging over the protocol")
struct DebugTests {
  /// Numbers of JupyterLab's own function (packages/debugger/src/hash.ts, run by Node) with the seed that the kernel tells it.
  @Test(
    "cells are found by the hash that JupyterLab computes",
    arguments: [
      ("", 275_646_681), ("x", 2_121_525_046), ("ab", 316_155_434), ("abc", 479_470_107),
      ("total = 0", 3_266_558_260), ("τ = 0.5 # größer\nplot loss model", 3_843_454_718), ("😀", 131_881_617),
      (String(repeating: "x", count: 1000), 3_226_513_694),
    ] as [(String, UInt32)])
  func hash(text: String, expected: UInt32) {
    #expect(murmur2(text, seed: 0x9747_b28c) == expected)
  }

  @Test("a language without a debugger says so, and is asked for none")
  func none() throws {
    try withKernel { client, _, _ in
      let info = try client.exchange("kernel_info_request").reply.content
      #expect(info["debugger"] == false)
      let reply = try client.exchange(
        "debug_request", ["command": "debugInfo", "seq": 7], on: client.control
      ).reply.content
      #expect(reply["success"] == false)
      #expect(reply["request_seq"] == 7)
      #expect(reply["message"] == "this kernel has no debugger")
    }
  }
}
