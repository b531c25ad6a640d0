import CZeroMQ
import Glibc
import Synchronization

/// Bytes given to libzmq for one subscriber that are not yet on their way.
final class Load: Sendable {
  /// Current load in bytes.
  private let amount = Atomic(0)
  private let wasFreedAtOnce = Atomic(false)
  /// Whether the bell rings when there is room.
  private let isAwaited = Atomic(false)
  private let sender = pthread_self()
  private let bell: Bell

  /// Called by the sending thread. `bell` rings when there is room again.
  init(bell: Bell) { self.bell = bell }

  /// Whether libzmq may get more; if not, the bell will ring.
  var hasRoom: Bool {
    if amount.load(ordering: .sequentiallyConsistent) < Subscribers.mostSent { return true }
    isAwaited.store(true, ordering: .sequentiallyConsistent)
    return amount.load(ordering: .sequentiallyConsistent) < Subscribers.mostSent
  }

  /// Whether the subscriber is gone: libzmq then frees a message within the call that sends it, not later on its own thread.
  var isOrphaned: Bool { wasFreedAtOnce.load(ordering: .relaxed) }

  fileprivate func add(_ size: Int) { amount.add(size, ordering: .sequentiallyConsistent) }

  fileprivate func remove(_ size: Int) {
    if pthread_equal(pthread_self(), sender) != 0 { wasFreedAtOnce.store(true, ordering: .relaxed) }
    let left = amount.subtract(size, ordering: .sequentiallyConsistent).newValue
    guard left <= Subscribers.mostSent / 2 else { return }
    if isAwaited.exchange(false, ordering: .sequentiallyConsistent) { bell.ring() }
  }
}

/// Bytes removed from a load when libzmq frees the last frame of a message.
private final class Ticket {
  let load: Load
  let size: Int
  /// Frames whose memory the message uses.
  let frames: PackedFrames

  init(_ load: Load, _ size: Int, _ frames: PackedFrames) {
    self.load = load
    self.size = size
    self.frames = frames
  }
}

extension Socket {
  /// Sends a message that adds `size` bytes to `load` until libzmq frees it. The last of `frames` is not copied.
  func send(_ topic: Frame, _ frames: PackedFrames, size: Int, load: Load) {
    load.add(size)
    sendPart(topic)
    for index in 0..<(frames.count - 1) { sendPart(UnsafeRawBufferPointer(frames[index])) }
    let last = frames[frames.count - 1]
    var message = zmq_msg_t()
    zmq_msg_init_data(
      &message, last.baseAddress, last.count,
      { _, ticket in
        guard let ticket else { return }
        let taken = Unmanaged<Ticket>.fromOpaque(ticket).takeRetainedValue()
        taken.load.remove(taken.size)
      }, Unmanaged.passRetained(Ticket(load, size, frames)).toOpaque())
    while zmq_msg_send(&message, pointer, 0) < 0 {
      if zmq_errno() == EINTR { continue }
      zmq_msg_close(&message)
      return
    }
  }
}
