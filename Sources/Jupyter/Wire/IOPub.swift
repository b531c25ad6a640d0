import Base
import CZeroMQ
import FrontEnd
import Glibc
import Logging
import Synchronization

/// Messages on IOPub: any thread posts, one thread writes them in the order of posting.
///
/// Stream text is held briefly, so that many small writes become one message. It goes out before anything posted later.
final class IOPub: Sendable {
  /// Milliseconds that stream text waits for more.
  static let streamDelay = 50
  /// Bytes from which stream text does not wait.
  static let streamSize = 1 << 16

  private enum Item: Sendable {
    case message(Broadcast, parent: JSON?)
    case flush(Bell)
    case stop
  }

  /// Stream text held for more.
  private struct HeldText {
    let stream: TextStream
    let parent: JSON
    /// Time at which it goes out, in milliseconds of the monotonic clock.
    var due: Int
    var text: String

    var item: Item { .message(.stream(stream, text), parent: parent) }
  }

  private struct Queue {
    var items: [Item] = []
    /// Stream text held after all items.
    var held: HeldText?
    var isStopped = false
  }

  private let queue = Mutex(Queue())
  private let bell: Bell
  private let socket: Socket
  private let wire: Wire
  private let logger: Logger

  /// `socket` is an XPUB socket in manual mode, already bound; it belongs to the writer from `start` on.
  init(socket: Socket, wire: Wire, logger: Logger) throws(InputError) {
    self.socket = socket
    self.wire = wire
    self.logger = logger
    bell = try Bell()
  }

  func start() throws(InputError) -> NativeThread {
    try NativeThread(named: "iopub", stack: 1 << 20) { self.run() }
  }

  // MARK: Posting

  /// Posts a message; `parent` is the header of its request.
  func post(_ broadcast: Broadcast, parent: JSON?) { append(.message(broadcast, parent: parent)) }

  func write(_ text: String, to stream: TextStream, parent: JSON) {
    let mustRing = queue.withLock { queue in
      if queue.isStopped { return false }
      if let held = queue.held, held.stream != stream || held.parent != parent {
        queue.items.append(held.item)
        queue.held = nil
      }
      let isFirst = queue.held == nil
      if isFirst {
        let due = Clock.monotonicMilliseconds() + IOPub.streamDelay
        queue.held = HeldText(stream: stream, parent: parent, due: due, text: "")
      }
      queue.held?.text += text
      let isFull = (queue.held?.text.utf8.count ?? 0) >= IOPub.streamSize
      if isFull, let held = queue.held {
        queue.items.append(held.item)
        queue.held = nil
      }
      return isFirst || isFull
    }
    if mustRing { bell.ring() }
  }

  /// Waits until everything posted so far is given to the socket, for at most 5 s.
  func flush() {
    // Without a descriptor for the bell the order between the channels is looser, and nothing else.
    guard let done = try? Bell() else { return }
    if append(.flush(done)) { done.wait(milliseconds: 5000) }
  }

  /// Sends all posted messages, then ends the writer, which closes the socket.
  func stop() {
    append(.stop)
    queue.withLock { $0.isStopped = true }
  }

  @discardableResult
  private func append(_ item: Item) -> Bool {
    let isTaken = queue.withLock { queue in
      if queue.isStopped { return false }
      if let held = queue.held {
        queue.items.append(held.item)
        queue.held = nil
      }
      queue.items.append(item)
      return true
    }
    if isTaken { bell.ring() }
    return isTaken
  }

  // MARK: The writer

  private func run() {
    let subscribers = Subscribers(socket: socket, bell: bell, logger: logger)
    var isRunning = true
    while isRunning {
      let (items, wait) = take()
      for item in items {
        switch item {
        case .message(let broadcast, let parent):
          subscribers.send(broadcast.topic) { parcel(broadcast, parent: parent) }
        case .flush(let done): done.ring()
        case .stop: isRunning = false
        }
      }
      guard isRunning, items.isEmpty else { continue }
      guard waitForAny([socket], [bell], milliseconds: wait) else { break }
      bell.answer()
      subscribers.update { parcel(.welcome(to: $0), parent: nil) }
      subscribers.sendWaiting()
    }
    subscribers.sendWaiting(all: true)
    socket.close()
  }

  /// Items that may go out now, and milliseconds to wait for more (-1: until the bell rings).
  private func take() -> ([Item], wait: Int) {
    queue.withLock { queue in
      var items = queue.items
      queue.items = []
      guard let held = queue.held else { return (items, -1) }
      let left = held.due - Clock.monotonicMilliseconds()
      if left <= 0 {
        items.append(held.item)
        queue.held = nil
      }
      return (items, left)
    }
  }

  private func parcel(_ broadcast: Broadcast, parent: JSON?) -> Parcel {
    let frames = wire.encode(
      broadcast.type, identities: [], parent: parent, metadata: broadcast.metadata, content: broadcast.content
    )
    var parcel = Parcel(topic: broadcast.topic, frames: PackedFrames(frames))
    switch broadcast {
    case .status: parcel.worth = .status
    case .update(_, let id):
      parcel.worth = .update
      parcel.display = id
    default: break
    }
    return parcel
  }
}
