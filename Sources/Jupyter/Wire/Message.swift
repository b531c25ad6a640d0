import Base
import Synchronization

/// A received message: sender, content, and the headers that an answer needs.
package struct Message: Sendable {
  /// Routing frames that an answer starts with.
  package var identities: [Frame]
  package var type: String
  package var id: String
  /// Header, which every message about this one carries as its parent.
  package var header: JSON
  /// Header of the request that it belongs to; empty for a request.
  package var parent: JSON
  package var metadata: JSON
  package var content: JSON
  package var buffers: [Frame]
}

/// Reason why a message was dropped.
package enum WireError: Error, Equatable, CustomStringConvertible {
  case noDelimiter
  case tooFewFrames(Int)
  case badSignature
  case badJSON(part: String, reason: String)
  case badHeader
  case repeated(id: String)

  package var description: String {
    switch self {
    case .noDelimiter: "it has no <IDS|MSG> delimiter"
    case .tooFewFrames(let count): "frames after the delimiter: \(count); expected at least 5"
    case .badSignature: "its signature is wrong"
    case .badJSON(let part, let reason): "its \(part) is malformed: \(reason)"
    case .badHeader: "its header lacks msg_id or msg_type"
    case .repeated(let id): "\(id) came before, with the same signature"
    }
  }
}

/// Turns messages into frames and back.
package final class Wire: Sendable {
  package static let protocolVersion = "5.6"
  private static let delimiter = Frame("<IDS|MSG>".utf8)

  private let signer: Signer
  private let session = Clock.uuid()
  private let count = Atomic<Int>(0)
  /// Half of each decoded signature; as many as jupyter_client keeps.
  private let seen = Mutex(Recent<UInt128>(count: 1 << 15))

  package init(key: String, scheme: SignatureScheme) {
    signer = Signer(key: key, scheme: scheme)
  }

  /// Decodes a message, whose signature is checked before anything is parsed. A repeated message is refused, since whoever
  /// recorded it could replay it without knowing the key. Repetition is detected by the signature, not by `msg_id`, since
  /// copied clients give the same ids to different messages.
  package func decode(_ frames: [Frame]) throws(WireError) -> Message {
    guard let delimiter = frames.firstIndex(of: Wire.delimiter) else { throw .noDelimiter }
    let rest = frames[(delimiter + 1)...]
    guard rest.count >= 5 else { throw .tooFewFrames(rest.count) }
    let parts = Array(rest.dropFirst().prefix(4))
    guard signer.isValid(frames[delimiter + 1], of: parts) else { throw .badSignature }
    let header = try object(parts[0], "header")
    let parent = try object(parts[1], "parent header")
    guard let type = header["msg_type"]?.string, let id = header["msg_id"]?.string else { throw .badHeader }
    guard isNew(frames[delimiter + 1]) else { throw .repeated(id: id) }
    return Message(
      identities: Array(frames[..<delimiter]), type: type, id: id, header: header,
      parent: parent, metadata: try object(parts[2], "metadata"), content: try object(parts[3], "content"),
      buffers: Array(rest.dropFirst(5)))
  }

  private func isNew(_ signature: Frame) -> Bool {
    if signer.isOff { return true }
    let half = signature.prefix(32).reduce(UInt128(0)) { $0 << 4 | UInt128($1 & 15 + ($1 >> 6) * 9) }
    return seen.withLock { $0.insert(half) }
  }

  private func object(_ frame: Frame, _ part: String) throws(WireError) -> JSON {
    let value: JSON
    do {
      value = try JSON.parse(frame)
    } catch {
      throw .badJSON(part: part, reason: error.description)
    }
    guard value.object != nil else { throw .badJSON(part: part, reason: "expected an object") }
    return value
  }

  /// A single frame with its signature, for the registration with a launcher.
  package func sealed(_ frame: Frame) -> [Frame] { [Wire.delimiter, signer.signature(of: [frame]), frame] }

  package func isSealed(_ frames: [Frame]) -> Bool {
    let parts = frames.drop { $0 != Wire.delimiter }.dropFirst()
    guard parts.count == 2, let signature = parts.first else { return false }
    return signer.isValid(signature, of: parts.dropFirst())
  }

  /// A unique message id.
  package func newIdentifier() -> String {
    "\(session)_\(count.wrappingAdd(1, ordering: .relaxed).newValue)"
  }

  /// Frames of a new message, with a new `id` by default. `parent` is the header of the request that it belongs to,
  /// `identities` the frames before the delimiter: routing frames, or the topic on IOPub.
  package func encode(
    _ type: String, id: String? = nil, identities: [Frame], parent: JSON?, metadata: JSON = [:],
    content: JSON, buffers: [Frame] = []
  ) -> [Frame] {
    let header: JSON = [
      "msg_id": .string(id ?? newIdentifier()), "session": .string(session), "username": "kernel",
      "date": .string(Clock.iso8601()), "msg_type": .string(type), "version": .string(Wire.protocolVersion),
    ]
    let parts = [header, parent ?? [:], metadata, content].map { $0.serialized() }
    return identities + [Wire.delimiter, signer.signature(of: parts)] + parts + buffers
  }
}
