import Glibc

/// A thread of the system. Sockets and long computations need threads of their own.
public struct NativeThread: Sendable {
  private let identifier: pthread_t

  private final class Body {
    let name: String
    let run: @Sendable () -> Void
    init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// Starts `run` on a new thread. Each thread is to be joined or detached once. Throws `InputError` where the system refuses it.
  /// - Parameter stack: bytes of its stack, where they are not to be what the system gives.
  public init(
    named name: String, stack: Int? = nil, run: @escaping @Sendable () -> Void
  ) throws(InputError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if let stack { pthread_attr_setstacksize(&attributes, stack) }
    let body = Unmanaged.passRetained(Body(name: name, run: run))
    var identifier = pthread_t()
    let status = pthread_create(
      &identifier, &attributes,
      { context in
        guard let context else { return nil }
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        NativeThread.takeName(body.name)
        body.run()
        return nil
      }, body.toOpaque())
    guard status == 0 else {
      body.release()
      throw InputError("cannot start the \(name) thread: \(systemError(status))")
    }
    self.identifier = identifier
  }

  /// Gives the calling thread a name for debuggers and `top`. Swift does not see the function for it.
  private static func takeName(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = write(file, name, name.utf8.count)
    close(file)
  }

  public func join() { pthread_join(identifier, nil) }
  public func detach() { pthread_detach(identifier) }
}
