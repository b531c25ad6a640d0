import CZeroMQ
import Glibc

/// Where a kernel listens and how it signs: the content of a connection file.
public struct Connection: Sendable, Equatable {
  public enum Transport: String, Sendable {
    case tcp, ipc
  }

  public enum Channel: String, Sendable, CaseIterable {
    case shell, iopub, stdin, control
    case heartbeat = "hb"
  }

  public var transport: Transport
  /// The address to listen on; for `ipc` the start of a path.
  public var address: String
  /// A port for each channel; 0 lets the system choose one.
  public var ports: [Channel: Int]
  public var key: String
  public var scheme: SignatureScheme

  public init(
    transport: Transport = .tcp, address: String = "127.0.0.1", ports: [Channel: Int] = [:], key: String = "",
    scheme: SignatureScheme = .sha256
  ) {
    self.transport = transport
    self.address = address
    self.ports = ports
    self.key = key
    self.scheme = scheme
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

  /// Reads a connection file. The error is one line that names the file.
  public init(contentsOf path: String) throws(JupyterError) {
    let bytes: [UInt8]
    do {
      bytes = try Files.read(path, limit: 1 << 20)
    } catch {
      throw JupyterError("cannot read the connection file \(path): \(error.message)")
    }
    do {
      try self.init(json: JSON.parse(bytes))
    } catch let error as JSONError {
      throw JupyterError("the connection file \(path) is not JSON: \(error)")
    } catch let error as JupyterError {
      throw JupyterError("the connection file \(path) \(error.message)")
    } catch {
      throw JupyterError("the connection file \(path) cannot be used: \(error)")
    }
  }

  package init(json: JSON) throws(JupyterError) {
    guard json.object != nil else { throw JupyterError("holds no JSON object") }
    func text(_ name: String, default fallback: String) throws(JupyterError) -> String {
      switch json[name] {
      case nil, .null?: return fallback
      case .string(let value)?: return value
      case .some: throw JupyterError("has a \"\(name)\" that is no text")
      }
    }
    let transportName = try text("transport", default: "tcp")
    guard let transport = Transport(rawValue: transportName) else {
      throw JupyterError("asks for transport \"\(transportName)\"; this kernel knows tcp and ipc")
    }
    let schemeName = try text("signature_scheme", default: SignatureScheme.sha256.rawValue)
    guard let scheme = SignatureScheme(rawValue: schemeName) else {
      let known = SignatureScheme.allCases.map(\.rawValue).joined(separator: ", ")
      throw JupyterError("asks for signature scheme \"\(schemeName)\"; this kernel knows \(known)")
    }
    if let curve = json["curve_publickey"], curve != .null {
      throw JupyterError("asks for CURVE encryption, which this kernel does not offer")
    }
    var ports: [Channel: Int] = [:]
    for channel in Channel.allCases {
      let name = channel.rawValue + "_port"
      guard let value = json[name] else { throw JupyterError("has no \"\(name)\"") }
      guard let port = value.int, transport == .ipc || (1...65535).contains(port) else {
        throw JupyterError("has \(value) as \"\(name)\"; expected a number from 1 to 65535")
      }
      ports[channel] = port
    }
    self.init(
      transport: transport, address: try text("ip", default: transport == .tcp ? "127.0.0.1" : "kernel-ipc"),
      ports: ports, key: try text("key", default: ""), scheme: scheme)
  }

  /// The content of a connection file.
  public var json: JSON {
    var members: [String: JSON] = [
      "transport": .string(transport.rawValue), "ip": .string(address), "key": .string(key),
      "signature_scheme": .string(scheme.rawValue),
    ]
    for channel in Channel.allCases { members[channel.rawValue + "_port"] = .int(ports[channel] ?? 0) }
    return .object(members)
  }
}

extension Connection {
  /// Binds `socket` for a channel; a port of 0 becomes the one that the system chose.
  mutating func bind(_ socket: Socket, to channel: Channel) throws(JupyterError) {
    if address.contains(":") { socket.set(ZMQ_IPV6, 1) }
    let endpoint = endpoint(of: channel)
    switch socket.bind(endpoint) {
    case 0: break
    case EADDRINUSE:
      throw JupyterError(
        "cannot listen on \(endpoint) (\(channel.rawValue)): port \(ports[channel] ?? 0) is taken by another program"
      )
    case let code:
      throw JupyterError(
        "cannot listen on \(endpoint) (\(channel.rawValue)): \(String(cString: zmq_strerror(code)))")
    }
    if transport == .tcp, let port = socket.endpoint.split(separator: ":").last.flatMap({ Int($0) }) {
      ports[channel] = port
    }
  }
}
