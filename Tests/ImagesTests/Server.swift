import Glibc
import Synchronization
import Testing

/// A web server on this machine that gives one file, knows ranges, and can fall silent or hang up in the middle.
final class Server: @unchecked Sendable {
  // Sendable: all but the counters and the thread, which belongs to the test, is set before the thread starts.
  let port: Int
  private let socket: Int32
  private let content: [UInt8]
  private let silentAfter: Int?
  private let breaksAfter: Int?
  private let knowsRanges: Bool
  private let served = Mutex<[String]>([])
  private var thread: pthread_t?

  /// Where the network is reached through a proxy, this machine is not. Once: other threads read the environment.
  private static let passBy: Void = { _ = setenv("no_proxy", "127.0.0.1", 1) }()

  /// The first line and the range of every request so far.
  var requests: [String] { served.withLock { $0 } }
  var address: String { "http://127.0.0.1:\(port)/file" }

  init(_ content: [UInt8], silentAfter: Int? = nil, breaksAfter: Int? = nil, knowsRanges: Bool = true) throws
  {
    Server.passBy
    self.content = content
    self.silentAfter = silentAfter
    self.breaksAfter = breaksAfter
    self.knowsRanges = knowsRanges
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = socket
    let status = withUnsafeMutablePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) | listen(listener, 8) | getsockname(listener, $0, &length)
      }
    }
    try #require(status == 0)
    port = Int(UInt16(bigEndian: place.sin_port))
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { raw in
        Unmanaged<Server>.fromOpaque(raw!).takeRetainedValue().serve()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    self.thread = thread
  }

  /// Waits for the thread: the number of a socket that it still accepts on may be the next server's.
  func stop() {
    shutdown(socket, Int32(SHUT_RDWR))
    if let thread { pthread_join(thread, nil) }
    thread = nil
    close(socket)
  }

  private func serve() {
    while case let client = accept(socket, nil, nil), client >= 0 {
      var block = [UInt8](repeating: 0, count: 8192)
      let got = recv(client, &block, block.count, 0)
      let lines = String(decoding: block[..<max(0, got)], as: UTF8.self).split(separator: "\r\n")
      let range = lines.first { $0.hasPrefix("Range: bytes=") }
      served.withLock { $0.append("\(lines.first ?? "") \(range ?? "")") }
      let start = knowsRanges ? range.flatMap { Int($0.dropFirst(13).prefix { $0.isNumber }) } ?? 0 : 0
      let head =
        start > 0
        ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes \(start)-\(content.count - 1)/\(content.count)\r\n"
        : "HTTP/1.1 200 OK\r\n"
      var reply = Array((head + "Content-Length: \(content.count - start)\r\nConnection: close\r\n\r\n").utf8)
      let most = max(start, silentAfter ?? start + (breaksAfter ?? content.count))
      reply += content[start..<min(content.count, most)]
      send(client, reply, reply.count, Int32(MSG_NOSIGNAL))
      if silentAfter == nil { close(client) }
    }
  }
}
