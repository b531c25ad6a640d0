import Base
import CZeroMQ
import Glibc

/// Addresses, ports and signing key of a kernel: the content of a connection file.
public struct Connection: Sendable, Equatable {
  public enum Transport: String, Sendable {
    case tcp, ipc
  }

  public enum Channel: String, Sendable, CaseIterable {
    case shell, iopub, stdin, control
    case heartbeat = "hb"
  }

  public var transport: Transport
  /// Address to listen on; for `ipc` the start of a path.
  public var address: String
  /// Port of each channel; 0 lets the system choose one.
  public var ports: [Channel: Int]
  public var key: String
  public var scheme: SignatureScheme
  /// Keys that encrypt the sockets; nil for none.
  public var curve: CurveKeys?

  public init(
    transport: Transport = .tcp, address: String = "127.0.0.1", ports: [Channel: Int] = [:], key: String = "",
    scheme: SignatureScheme = .sha256, curve: CurveKeys? = nil
  ) {
    self.transport = transport
    self.address = address
    self.ports = ports
    self.key = key
    self.scheme = scheme
    self.curve = curve
  }

  /// `tcp://127.0.0.1:5001`, or `ipc:///run/kernel-1` with a hyphen.
  public func endpoint(of channel: Channel) -> String {
    let port = ports[channel] ?? 0
    switch transport {
    case .ipc: return "ipc://\(address)-\(port)"
    case .tcp where address.contains(":") && !address.hasPrefix("["): return "tcp://[\(address)]:\(port)"
    case .tcp: return "tcp://\(address):\(port)"
    }
  }

  /// Reads a connection file.
  public init(contentsOf path: String) throws(InputError) {
    let json = try Connection.read(path)
    self = try Connection.named(path) { () throws(ConnectionFault) in try Connection(json: json) }
  }

  /// Content of a connection or registration file.
  static func read(_ path: String) throws(InputError) -> JSON {
    let bytes: [UInt8]
    do {
      bytes = try Files.read(path, limit: 1 << 20)
    } catch {
      throw InputError("cannot read the connection file \(path): \(error.message)")
    }
    do {
      return try JSON.parse(bytes)
    } catch {
      throw InputError("the connection file \(path) is not JSON: \(error)")
    }
  }

  /// Adds the file's path to errors of its content.
  static func named<Content>(
    _ path: String, _ body: () throws(ConnectionFault) -> Content
  ) throws(InputError) -> Content {
    do {
      return try body()
    } catch {
      throw InputError("the connection file \(path) \(error.words)")
    }
  }

  package init(json: JSON, needsPorts: Bool = true) throws(ConnectionFault) {
    guard json.object != nil else { throw .noObject }
    func text(_ name: String, default fallback: String) throws(ConnectionFault) -> String {
      switch json[name] {
      case nil, .null?: return fallback
      case .string(let value)?: return value
      case .some: throw .noText(name)
      }
    }
    let transportName = try text("transport", default: "tcp")
    guard let transport = Transport(rawValue: transportName) else { throw .transport(transportName) }
    let schemeName = try text("signature_scheme", default: SignatureScheme.sha256.rawValue)
    guard let scheme = SignatureScheme(rawValue: schemeName) else { throw .scheme(schemeName) }
    var ports: [Channel: Int] = [:]
    for channel in Channel.allCases where needsPorts {
      let name = channel.rawValue + "_port"
      guard let value = json[name] else { throw .noPort(name) }
      guard let port = value.int, transport == .ipc || (1...65535).contains(port) else {
        throw .port(name, value)
      }
      ports[channel] = port
    }
    self.init(
      transport: transport, address: try text("ip", default: transport == .tcp ? "127.0.0.1" : "kernel-ipc"),
      ports: ports, key: try text("key", default: ""), scheme: scheme, curve: try CurveKeys(json: json))
  }

  /// Ports by channel, as in files and messages.
  var portMembers: [String: JSON] {
    Dictionary(
      uniqueKeysWithValues: Channel.allCases.map { ($0.rawValue + "_port", JSON.int(ports[$0] ?? 0)) })
  }

  /// The content of a connection file.
  public var json: JSON {
    var members: [String: JSON] = [
      "transport": .string(transport.rawValue), "ip": .string(address), "key": .string(key),
      "signature_scheme": .string(scheme.rawValue),
    ]
    members.merge(portMembers) { $1 }
    if let curve {
      members[CurveKeys.names.public] = .string(curve.publicKey)
      members[CurveKeys.names.secret] = .string(curve.secretKey)
    }
    return .object(members)
  }
}

extension Connection {
  /// Binds `socket` for a channel; port 0 is replaced by the port that the system chose.
  mutating func bind(_ socket: Socket, to channel: Channel) throws(InputError) {
    if address.contains(":") { socket.set(ZMQ_IPV6, 1) }
    if let curve { socket.serve(curve) }
    let endpoint = endpoint(of: channel)
    switch socket.bind(endpoint) {
    case 0: break
    case EADDRINUSE:
      throw InputError(
        "cannot listen on \(endpoint) (\(channel.rawValue)): port \(ports[channel] ?? 0) is taken by another program"
      )
    case let code:
      throw InputError(
        "cannot listen on \(endpoint) (\(channel.rawValue)): \(String(cString: zmq_strerror(code)))")
    }
    if transport == .tcp, let port = socket.endpoint.split(separator: ":").last.flatMap({ Int($0) }) {
      ports[channel] = port
    }
  }
}
