import Base
import CZeroMQ
import Glibc
import Synchronization

/// Event that wakes a thread in `poll`: any thread rings, the owner waits for `descriptor` to be readable.
package final class Bell: Sendable {
  package let descriptor: Int32

  package init() throws(InputError) {
    descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    guard descriptor >= 0 else {
      throw InputError("cannot create an event descriptor: \(systemError())")
    }
  }

  deinit { close(descriptor) }

  package func ring() { Bell.ring(descriptor) }

  /// Safe within a signal handler.
  static func ring(_ descriptor: Int32) {
    var one: UInt64 = 1
    _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
  }

  /// Whether the bell rang since the last call.
  @discardableResult
  package func answer() -> Bool {
    var count: UInt64 = 0
    return read(descriptor, &count, MemoryLayout<UInt64>.size) > 0
  }

  /// Waits until the bell rings, for at most `milliseconds` (-1: for ever); returns whether it did.
  @discardableResult
  package func wait(milliseconds: Int = -1) -> Bool {
    let end = milliseconds < 0 ? Int.max : Clock.monotonicMilliseconds() + milliseconds
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let left = milliseconds < 0 ? -1 : Int32(clamping: max(0, end - Clock.monotonicMilliseconds()))
      let count = poll(&entry, 1, left)
      if count > 0 { return answer() }
      if count == 0 || errno != EINTR { return false }
    }
  }
}

/// Queue of values for one thread: any thread posts, the owner polls the bell and takes them in order.
final class Mailbox<Item: Sendable>: Sendable {
  let bell: Bell
  private let items = Mutex<[Item]>([])

  init() throws(InputError) { bell = try Bell() }

  func post(_ item: Item) {
    items.withLock { $0.append(item) }
    bell.ring()
  }

  func take() -> [Item] {
    bell.answer()
    return items.withLock { items in
      defer { items = [] }
      return items
    }
  }
}
