import Synchronization

/// A value that a thread of its own computes while the caller goes on.
///
/// The thread ends with its work; whoever drops the value unread waits for it, so that none is left behind. Where the system
/// refuses a thread the caller does the work.
public final class Background<Value: Sendable> {
  private let result = Result()
  private var thread: NativeThread?

  private final class Result: @unchecked Sendable {
    // Sendable: written by the thread before it ends, read by others only after they have joined it.
    var outcome: Swift.Result<Value, any Error>?
    let isThere = Atomic(false)
  }

  public init(_ body: @escaping @Sendable () throws -> Value) {
    let result = result
    let work: @Sendable () -> Void = {
      result.outcome = Swift.Result { try body() }
      result.isThere.store(true, ordering: .releasing)
    }
    thread = try? NativeThread(named: "background", run: work)
    if thread == nil { work() }
  }

  deinit { thread?.join() }

  /// Whether `wait` would return at once.
  public var isThere: Bool { result.isThere.load(ordering: .acquiring) }

  /// The value, once it is there. Throws what its computation threw.
  public func wait() throws -> Value {
    thread?.join()
    thread = nil
    return try result.outcome!.get()
  }
}
