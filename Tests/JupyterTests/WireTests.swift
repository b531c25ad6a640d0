import Base
import FoundationEssentials
import Jupyter
import Testing

@Suite("Messages on the wire")
struct WireTests {
  @Test("signatures are those of Python's hmac")
  func signatures() throws {
    let vectors = try #require(JSON.parse(Files.read(fixture("signatures.json"))).array)
    #expect(vectors.count == 12)
    for vector in vectors {
      let scheme = try #require(vector["scheme"]?.string.flatMap(SignatureScheme.init(rawValue:)))
      let frames = try #require(vector["frames"]?.array).map { frame in
        Frame(try #require(frame.string.flatMap { Data(base64Encoded: $0) }))
      }
      let signer = Signer(key: try #require(vector["key"]?.string), scheme: scheme)
      let signature = signer.signature(of: frames)
      #expect(String(decoding: signature, as: UTF8.self) == vector["signature"]?.string)
      #expect(signer.isValid(signature, of: frames))
      guard !signer.isOff else { continue }
      for place in signature.indices {
        var wrong = signature
        wrong[place] ^= 1
        #expect(!signer.isValid(wrong, of: frames))
      }
      #expect(!signer.isValid([], of: frames))
      #expect(!signer.isValid(signature + [0x30], of: frames))
      #expect(!signer.isValid(signature, of: frames.dropLast()))
    }
  }

  @Test("a message is read back as it was written")
  func roundTrip() throws {
    let wire = Wire(key: "k", scheme: .sha256)
    let frames = wire.encode(
      "x_request", identities: [[0, 1], []], parent: ["msg_id": "p"], metadata: ["m": 1],
      content: ["c": "é\n"],
      buffers: [[9], []])
    let message = try wire.decode(frames)
    #expect(message.type == "x_request")
    #expect(message.identities == [[0, 1], []])
    #expect(message.parent == ["msg_id": "p"])
    #expect(message.metadata == ["m": 1])
    #expect(message.content == ["c": "é\n"])
    #expect(message.buffers == [[9], []])
    #expect(message.header["version"] == "5.6")
    for name in ["msg_id", "session", "username", "date"] {
      #expect(message.header[name]?.string?.isEmpty == false)
    }
    #expect(try wire.decode(wire.encode("x", identities: [], parent: nil, content: [:])).parent == [:])
  }

  @Test("no two messages have the same identifier or signature")
  func unique() throws {
    let wire = Wire(key: "k", scheme: .sha256)
    let messages = (0..<500).map { _ in wire.encode("status", identities: [], parent: nil, content: [:]) }
    #expect(Set(messages.map { $0[1] }).count == 500)
    #expect(Set(try messages.map { try wire.decode($0).id }).count == 500)
  }

  @Test("buffers are not signed")
  func buffers() throws {
    let wire = Wire(key: "k", scheme: .sha256)
    let frames = wire.encode("x", identities: [], parent: nil, content: [:])
    #expect(try wire.decode(frames + [[1, 2, 3]]).buffers == [[1, 2, 3]])
  }

  @Test("what is malformed is told apart")
  func malformed() throws {
    let wire = Wire(key: "", scheme: .sha256)
    let delimiter = Frame("<IDS|MSG>".utf8)
    func frames(_ texts: String...) -> [Frame] { [delimiter, []] + texts.map { Frame($0.utf8) } }
    let header = #"{"msg_id":"1","msg_type":"x"}"#
    #expect(throws: WireError.noDelimiter) { try wire.decode([]) }
    #expect(throws: WireError.noDelimiter) { try wire.decode([[1], [2]]) }
    #expect(throws: WireError.tooFewFrames(0)) { try wire.decode([delimiter]) }
    #expect(throws: WireError.tooFewFrames(4)) { try wire.decode(frames(header, "{}", "{}")) }
    #expect(throws: WireError.badHeader) { try wire.decode(frames("{}", "{}", "{}", "{}")) }
    #expect(throws: WireError.badHeader) {
      try wire.decode(frames(#"{"msg_id":1,"msg_type":"x"}"#, "{}", "{}", "{}"))
    }
    for broken in [
      frames("[", "{}", "{}", "{}"), frames(header, "3", "{}", "{}"), frames(header, "{}", "{}", "[]"),
    ] {
      #expect(throws: WireError.self) { try wire.decode(broken) }
    }
    let signed = Wire(key: "k", scheme: .sha256)
    // A wrong signature is found before the JSON is looked at.
    #expect(throws: WireError.badSignature) { try signed.decode(frames("[", "{}", "{}", "{}")) }
  }

  @Test("dates are ISO 8601 in UTC")
  func dates() {
    #expect(Clock.iso8601(0) == "1970-01-01T00:00:00.000000Z")
    #expect(Clock.iso8601(1_709_251_199_000_001) == "2024-02-29T23:59:59.000001Z")
  }

  @Test("UUIDs are of version 4")
  func uuids() {
    let uuid = Clock.uuid()
    #expect(uuid.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    #expect(Array(uuid)[14] == "4")
    #expect(uuid != Clock.uuid())
  }
}
