import Base
import CZeroMQ
import Glibc

/// A part of a message on a socket.
package typealias Frame = [UInt8]

/// A libzmq context.
package final class SocketContext: @unchecked Sendable {
  // libzmq documents contexts as thread-safe; the pointer never changes.
  package let pointer: UnsafeMutableRawPointer

  package init() throws(InputError) {
    guard let pointer = zmq_ctx_new() else { throw InputError("cannot create a ZeroMQ context") }
    self.pointer = pointer
  }

  /// Makes all waiting calls on the context's sockets return.
  package func shutdown() { zmq_ctx_shutdown(pointer) }

  /// Waits until all sockets are closed and lingering messages are sent, then frees the context.
  package func terminate() {
    while zmq_ctx_term(pointer) != 0 && zmq_errno() == EINTR {}
  }
}

/// A libzmq socket.
package final class Socket: @unchecked Sendable {
  // Sendable: it belongs to one thread at a time, which every use of the pointer checks.
  private let owner = ThreadOwner()
  private let unowned: UnsafeMutableRawPointer
  package var pointer: UnsafeMutableRawPointer {
    owner.check()
    return unowned
  }

  package init(_ kind: Int32, in context: SocketContext) throws(InputError) {
    guard let pointer = zmq_socket(context.pointer, kind) else {
      throw InputError("cannot create a socket: \(Socket.reason())")
    }
    unowned = pointer
    set(ZMQ_LINGER, 1000)
  }

  static func reason() -> String { String(cString: zmq_strerror(zmq_errno())) }

  package func set(_ option: Int32, _ value: Int32) {
    var value = value
    zmq_setsockopt(pointer, option, &value, MemoryLayout<Int32>.size)
  }

  func set(_ option: Int32, _ value: Frame) { zmq_setsockopt(pointer, option, value, value.count) }

  /// Binds the socket; returns 0 or libzmq's error number.
  package func bind(_ endpoint: String) -> Int32 {
    zmq_bind(pointer, endpoint) == 0 ? 0 : zmq_errno()
  }

  package func connect(_ endpoint: String) -> Int32 {
    zmq_connect(pointer, endpoint) == 0 ? 0 : zmq_errno()
  }

  /// Endpoint that the socket is bound to, with the port that the system chose.
  package var endpoint: String {
    var bytes = [CChar](repeating: 0, count: 1024)
    var count = bytes.count
    guard zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, &bytes, &count) == 0 else { return "" }
    return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  package func close() { zmq_close(pointer) }

  /// Releases the socket to the thread that uses it next.
  func release() { owner.release() }

  /// The next message; nil if there is none or, when waiting, if the context was shut down.
  package func receive(waiting: Bool = false) -> [Frame]? {
    var frames: [Frame] = []
    var message = zmq_msg_t()
    return withUnsafeMutablePointer(to: &message) { message in
      zmq_msg_init(message)
      defer { zmq_msg_close(message) }
      repeat {
        // The later frames of a message are there once its first is.
        while zmq_msg_recv(message, pointer, waiting || !frames.isEmpty ? 0 : ZMQ_DONTWAIT) < 0 {
          if zmq_errno() != EINTR { return nil }
        }
        let bytes = UnsafeRawBufferPointer(start: zmq_msg_data(message), count: zmq_msg_size(message))
        frames.append(Frame(bytes))
      } while zmq_msg_more(message) != 0
      return frames
    }
  }

  /// The next subscription (1 and a topic) or its end (0 and a topic), and the file descriptor of the subscriber's
  /// connection, -1 if that is closed.
  func receiveSubscription() -> (Frame, descriptor: Int32)? {
    var message = zmq_msg_t()
    zmq_msg_init(&message)
    defer { zmq_msg_close(&message) }
    while zmq_msg_recv(&message, pointer, ZMQ_DONTWAIT) < 0 {
      if zmq_errno() != EINTR { return nil }
    }
    let frame = Frame(UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message)))
    return (frame, zmq_msg_get(&message, ZMQ_SRCFD))
  }

  /// Sends a message; returns whether libzmq accepted it.
  @discardableResult
  package func send(_ frames: [Frame]) -> Bool {
    for frame in frames.dropLast() {
      if !sendPart(frame) { return false }
    }
    return frames.last.map { sendPart($0, flags: 0) } ?? true
  }

  /// Sends a frame, by default one that others follow.
  @discardableResult
  func sendPart(_ frame: Frame, flags: Int32 = ZMQ_SNDMORE) -> Bool {
    frame.withUnsafeBytes { sendPart($0, flags: flags) }
  }

  @discardableResult
  func sendPart(_ frame: UnsafeRawBufferPointer, flags: Int32 = ZMQ_SNDMORE) -> Bool {
    while zmq_send(pointer, frame.baseAddress, frame.count, flags) < 0 {
      if zmq_errno() != EINTR { return false }
    }
    return true
  }
}

/// Waits until a socket has a message or a bell rings, for ever if `milliseconds` is -1. Returns false if the context was
/// shut down.
package func waitForAny(_ sockets: [Socket], _ bells: [Bell], milliseconds: Int) -> Bool {
  var entries = sockets.map {
    zmq_pollitem_t(socket: $0.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
  }
  entries += bells.map {
    zmq_pollitem_t(socket: nil, fd: $0.descriptor, events: Int16(ZMQ_POLLIN), revents: 0)
  }
  return zmq_poll(&entries, Int32(entries.count), milliseconds) >= 0 || zmq_errno() == EINTR
}
