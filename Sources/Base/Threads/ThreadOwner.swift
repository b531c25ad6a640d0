import Glibc
import Synchronization

/// The thread that something belongs to which one thread at a time may use: the first that uses it, until it is released. A use
/// by another thread ends the program rather than spoil what it holds.
public struct ThreadOwner: ~Copyable, Sendable {
  /// Owning thread; 0 if there is none.
  private let thread = Atomic<pthread_t>(0)

  public init() {}

  /// Ends the program if another thread is the owner; called at every use.
  public func check() {
    let caller = pthread_self()
    let (isTaken, owner) = thread.compareExchange(expected: 0, desired: caller, ordering: .acquiring)
    precondition(isTaken || owner == caller, "used by a thread that it does not belong to")
  }

  /// Releases the object, which only its owner may do, to the thread that uses it next.
  public func release() {
    check()
    thread.store(0, ordering: .releasing)
  }
}
