import CZeroMQ
import Glibc
import Logging

/// An encoded message for IOPub, which waits for slow subscribers.
struct Parcel {
  /// Cost of losing the message, least first.
  enum Worth: Int, CaseIterable {
    /// The state of a display until a later update replaces it.
    case update
    case output
    /// A status; without the last one a client shows the kernel as busy.
    case status
  }

  let topic: Frame
  /// All frames after the topic.
  let frames: PackedFrames
  var worth = Worth.output
  /// Id of the display that an update replaces.
  var display: String?

  /// Size in bytes, with the approximate overhead of libzmq and this queue.
  var size: Int { frames.size + (frames.count + 1) * 128 }
}

/// A subscription of a client, with its waiting messages.
private final class Subscriber {
  /// Beginning of the topics that it receives; empty for all.
  let subscription: Frame
  /// Unique topic of this subscriber. It begins with the subscription, since the client's socket compares that again.
  let address: Frame
  /// File descriptor of the client's connection.
  let descriptor: Int32
  let load: Load
  /// Waiting messages by worth, each with its place in the order of arrival.
  private var waiting = Parcel.Worth.allCases.map { _ in Fifo<(order: Int, parcel: Parcel)>() }
  private var nextOrder = 0
  private var size = 0
  /// Number of messages lost since it last read all.
  private var lost = 0

  init(_ subscription: Frame, number: Int, descriptor: Int32, bell: Bell) {
    self.subscription = subscription
    address = subscription + Frame("#\(number) ".utf8)
    self.descriptor = descriptor
    load = Load(bell: bell)
  }

  var isWaiting: Bool { waiting.contains { !$0.isEmpty } }

  /// Adds a message that cannot be sent now. An update replaces an earlier one of its display; beyond the limit the oldest
  /// message of the least worth is dropped. Returns whether this is the first loss.
  func keep(_ parcel: Parcel) -> Bool {
    let isFirst = lost == 0
    if let display = parcel.display {
      let earlier = waiting[Parcel.Worth.update.rawValue].takeLast { $0.parcel.display == display }
      size -= earlier?.parcel.size ?? 0
    }
    waiting[parcel.worth.rawValue].append((nextOrder, parcel))
    nextOrder += 1
    size += parcel.size
    while size > Subscribers.mostWaiting, let least = waiting.firstIndex(where: { !$0.isEmpty }),
      take(from: least) != nil
    {
      lost += 1
    }
    return isFirst && lost > 0
  }

  func takeFirst() -> Parcel? {
    let places = waiting.indices.filter { !waiting[$0].isEmpty }
    let place = places.min { waiting[$0].first?.order ?? 0 < waiting[$1].first?.order ?? 0 }
    return place.flatMap { take(from: $0) }
  }

  private func take(from place: Int) -> Parcel? {
    let parcel = waiting[place].takeFirst()?.parcel
    size -= parcel?.size ?? 0
    return parcel
  }

  /// Removes all waiting messages; returns the number lost before.
  func clear() -> Int {
    defer { (waiting, size, lost) = (Parcel.Worth.allCases.map { _ in Fifo() }, 0, 0) }
    return lost
  }
}

/// Subscribers of IOPub. One that does not read delays no other and uses a bounded amount of memory.
///
/// libzmq only counts the messages of a subscriber, and drops the latest. So each gets a topic of its own
/// (`ZMQ_XPUB_MANUAL`: the socket matches that instead of the client's subscription), libzmq reports when a message is on
/// its way (`Load`), and messages beyond its limit wait here.
///
/// Used by the thread that writes IOPub only.
final class Subscribers {
  /// Maximum bytes that libzmq holds for one subscriber.
  static let mostSent = 4 << 20
  /// Maximum bytes that wait here for one subscriber.
  static let mostWaiting = 32 << 20

  private let socket: Socket
  private let bell: Bell
  private let logger: Logger
  private var all: [Subscriber] = []
  private var count = 0

  /// `socket` is an XPUB socket in manual mode; `bell` rings when `sendWaiting` has something to do.
  init(socket: Socket, bell: Bell, logger: Logger) {
    self.socket = socket
    self.bell = bell
    self.logger = logger
  }

  /// Adds new subscribers, who get the message that `welcome` makes of their subscription, and removes those who left.
  func update(welcome: (Frame) -> Parcel) {
    while let (frame, descriptor) = socket.receiveSubscription() {
      let subscription = Frame(frame.dropFirst())
      // Also one that left before, if the descriptor is another's now. Who left without a word is found when it is written to.
      if descriptor >= 0 {
        remove { $0.descriptor == descriptor && $0.subscription == subscription }
      }
      guard frame.first == 1 else { continue }
      count += 1
      let subscriber = Subscriber(subscription, number: count, descriptor: descriptor, bell: bell)
      // Belongs to the client whose message was received last.
      socket.set(ZMQ_SUBSCRIBE, subscriber.address)
      all.append(subscriber)
      send(welcome(subscription), to: subscriber)
    }
  }

  /// Sends a message to each matching subscriber once. `parcel` is called only if there is one.
  func send(_ topic: Frame, _ parcel: () -> Parcel) {
    let takers = all.filter { topic.starts(with: $0.subscription) }
    if takers.isEmpty { return }
    let parcel = parcel()
    var served: Set<Int32> = []
    for taker in takers where !served.contains(taker.descriptor) {
      let isThere = send(parcel, to: taker)
      if isThere && taker.descriptor >= 0 { served.insert(taker.descriptor) }
    }
  }

  /// Sends waiting messages as far as there is room; with `all` regardless of it.
  func sendWaiting(all isAll: Bool = false) {
    for subscriber in all where subscriber.isWaiting {
      while isAll || subscriber.load.hasRoom, let next = subscriber.takeFirst() {
        guard transmit(next, to: subscriber) else { break }
      }
      guard !subscriber.isWaiting else { continue }
      let lost = subscriber.clear()
      if lost > 0 { logger.warning("a client reads its messages again; it has lost \(lost)") }
    }
  }

  /// Sends or queues a message; returns whether the subscriber is still connected.
  @discardableResult
  private func send(_ parcel: Parcel, to subscriber: Subscriber) -> Bool {
    if !subscriber.isWaiting && subscriber.load.hasRoom { return transmit(parcel, to: subscriber) }
    if subscriber.keep(parcel) {
      logger.warning(
        """
        a client does not read its messages: beyond \(Subscribers.mostWaiting >> 20) MiB they are dropped, \
        the oldest updates of displays first
        """)
    }
    // It may have made room meanwhile, and rung before anything waited.
    if subscriber.load.hasRoom { bell.ring() }
    return true
  }

  private func transmit(_ parcel: Parcel, to subscriber: Subscriber) -> Bool {
    socket.send(subscriber.address + parcel.topic, parcel.frames, size: parcel.size, load: subscriber.load)
    if !subscriber.load.isOrphaned { return true }
    remove { $0 === subscriber }
    return false
  }

  private func remove(_ isGone: (Subscriber) -> Bool) {
    all.removeAll { subscriber in
      guard isGone(subscriber) else { return false }
      socket.set(ZMQ_UNSUBSCRIBE, subscriber.address)
      _ = subscriber.clear()
      return true
    }
  }
}
