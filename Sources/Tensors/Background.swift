import Glibc

/// A value that a thread of its own computes while the caller goes on.
///
/// The thread ends with its work; whoever drops the value unread waits for it, so that none is left behind.
public final class Background<Value: Sendable> {
  private let result = Result()
  private let thread: Thread

  private final class Result: @unchecked Sendable {
    // Sendable: written by the thread before it ends, read by others only after they have joined it.
    var outcome: Swift.Result<Value, any Error>?
  }

  public init(_ body: @escaping @Sendable () throws -> Value) {
    let result = result
    thread = Thread { result.outcome = Swift.Result { try body() } }
  }

  /// The value, once it is there. Throws what its computation threw.
  public func wait() throws -> Value {
    thread.join()
    return try result.outcome!.get()
  }
}

/// A thread that runs one function and is joined once.
private final class Thread {
  private var handle = pthread_t()
  private var isJoined = false

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  init(_ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(run))
    let status = pthread_create(
      &handle, nil,
      { raw in
        Unmanaged<Body>.fromOpaque(raw!).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    precondition(status == 0, "the system refused a thread")
  }

  deinit { join() }

  func join() {
    guard !isJoined else { return }
    isJoined = true
    pthread_join(handle, nil)
  }
}
