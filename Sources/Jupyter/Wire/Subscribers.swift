import CZeroMQ
import Glibc
import Logging

/// A message for IOPub, encoded: it waits for those who have not read what came before it.
struct Parcel {
  /// What it would cost to lose it, least first.
  enum Worth: Int, CaseIterable {
    /// What a display shows until a later update replaces it.
    case update
    case output
    /// Without the last one a client takes the kernel for busy.
    case status
  }

  let topic: Frame
  /// All after the topic.
  let frames: PackedFrames
  var worth = Worth.output
  /// Of an update: the display that it is about.
  var display: String?

  /// In bytes, with about what libzmq and we need to keep it.
  var size: Int { frames.size + (frames.count + 1) * 128 }
}

/// A subscription of a client, and what waits for it.
private final class Subscriber {
  /// What the topics of its messages begin with; empty for all.
  let subscription: Frame
  /// Its name among topics, which no other has. It begins with the subscription: the client's socket looks for that again.
  let address: Frame
  /// Of the client's connection.
  let descriptor: Int32
  let load: Load
  /// By what they are worth; each with its place in the order in which all came.
  private var waiting = Parcel.Worth.allCases.map { _ in Fifo<(order: Int, parcel: Parcel)>() }
  private var nextOrder = 0
  private var size = 0
  /// How many messages it has lost since it read all.
  private var lost = 0

  init(_ subscription: Frame, number: Int, descriptor: Int32, bell: Bell) {
    self.subscription = subscription
    address = subscription + Frame("#\(number) ".utf8)
    self.descriptor = descriptor
    load = Load(bell: bell)
  }

  var isWaiting: Bool { waiting.contains { !$0.isEmpty } }

  /// Adds what cannot be sent now. An update takes the place of an earlier one of its display; beyond the limit the oldest of
  /// what is worth least is lost. Says whether that has begun.
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

  /// Forgets what waits. Returns how many messages were lost before.
  func clear() -> Int {
    defer { (waiting, size, lost) = (Parcel.Worth.allCases.map { _ in Fifo() }, 0, 0) }
    return lost
  }
}

/// Those who listen on IOPub. One that does not read holds up no other, and takes a bounded amount of memory.
///
/// libzmq itself can only count the messages of a subscriber, and drops the latest. So each gets an address of its own
/// (`ZMQ_XPUB_MANUAL`: the socket compares topics with that, and not with what the client asked for), libzmq says when
/// a message is on its way (`Load`), and what it shall not take yet waits here.
///
/// Used by the thread that writes IOPub only.
final class Subscribers {
  /// Bytes that libzmq holds for one subscriber.
  static let mostSent = 4 << 20
  /// Bytes that wait for one subscriber besides.
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

  /// Takes up who has come and who has left. Each who has come is sent what `welcome` makes of its subscription.
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

  /// Gives a message to all who want it, to each once. `parcel` is made if there is one.
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

  /// Sends what waits, as far as it can be sent now; with `all` whatever it is.
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

  /// Says whether the subscriber is still there.
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
