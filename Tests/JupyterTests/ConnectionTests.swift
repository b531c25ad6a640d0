import Base
import Jupyter
import Testing

@Suite("Connection files")
struct ConnectionTests {
  private let ports: JSON = [
    "shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 5,
  ]

  private func file(_ changes: [String: JSON]) throws -> Connection {
    try withTemporaryDirectory { directory in
      let content = JSON.object((ports.object ?? [:]).merging(changes) { $1 }.filter { $0.value != .null })
      try Files.write(content.serialized(), to: "\(directory)/kernel.json")
      return try Connection(contentsOf: "\(directory)/kernel.json")
    }
  }

  @Test("Jupyter's file is read")
  func reading() throws {
    let connection = try file([
      "transport": "tcp", "ip": "127.0.0.1", "key": "secret", "signature_scheme": "hmac-sha512",
      "kernel_name": "contrast", "jupyter_session": "",
    ])
    #expect(connection.key == "secret")
    #expect(connection.scheme == .sha512)
    #expect(connection.endpoint(of: .heartbeat) == "tcp://127.0.0.1:5")
    #expect(try Connection(json: connection.json) == connection)
  }

  @Test("ipc has a path and a hyphen, IPv6 has brackets")
  func endpoints() throws {
    #expect(try file(["transport": "ipc", "ip": "/tmp/k"]).endpoint(of: .iopub) == "ipc:///tmp/k-2")
    #expect(try file(["ip": "::1"]).endpoint(of: .shell) == "tcp://[::1]:1")
  }

  @Test(
    "what is wrong is named",
    arguments: [
      (["shell_port": .null], "has no \"shell_port\""), (["hb_port": "x"], "\"x\" as \"hb_port\""),
      (["hb_port": 0], "0 as \"hb_port\""), (["hb_port": 65536], "65536 as \"hb_port\""),
      (["transport": "udp"], "udp"), (["signature_scheme": "hmac-crc"], "hmac-sha256, hmac-sha512, hmac-md5"),
      (["key": 3], "\"key\" that is not text"), (["curve_publickey": "abc"], "both"),
      (["curve_publickey": "abc", "curve_secretkey": "abc"], "Z85"),
      (["curve_publickey": 3, "curve_secretkey": 4], "both"),
    ] as [([String: JSON], String)])
  func wrong(changes: [String: JSON], words: String) throws {
    let error = #expect(throws: InputError.self) { try file(changes) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("/kernel.json") == true)
    #expect(error?.message.contains("\n") == false)
  }

  @Test("a missing file and one that is no JSON are named")
  func unreadable() throws {
    let missing = #expect(throws: InputError.self) { try Connection(contentsOf: "/nowhere/k.json") }
    #expect(missing?.message == "cannot read the connection file /nowhere/k.json: No such file or directory")
    #expect(throws: InputError.self) { try Connection(contentsOf: "/tmp") }
    try withTemporaryDirectory { directory in
      for text in ["", "{", "[1]", "{\"shell_port\": 1", "\u{0}\u{0}"] {
        try Files.write(Array(text.utf8), to: "\(directory)/k")
        let error = #expect(throws: InputError.self) { try Connection(contentsOf: "\(directory)/k") }
        #expect(error?.message.hasPrefix("the connection file \(directory)/k ") == true)
      }
    }
  }
}
