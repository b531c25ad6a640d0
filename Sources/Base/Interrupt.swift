import Synchronization

/// A request to stop, set from any thread and looked at between small pieces of work.
public final class Interrupt: Sendable {
  /// Number of looks left before the interrupt counts as requested: 0 if it is, `never` if none is pending.
  private let looks = Atomic(Interrupt.never)
  private static let never = Int.max

  public init() {}

  public var isRequested: Bool {
    let left = looks.load(ordering: .relaxed)
    return left == Interrupt.never ? false : left <= 0 || countDown()
  }

  public func request() { looks.store(0, ordering: .relaxed) }
  public func clear() { looks.store(Interrupt.never, ordering: .relaxed) }

  /// Requests itself at check `count` + 1, for tests that stop a computation at each of its checks in turn.
  package func request(afterLooks count: Int) { looks.store(count, ordering: .relaxed) }

  /// Number of checks left before it counts as requested, for such tests; 0 once it does, and if none is pending.
  package var looksLeft: Int {
    let left = looks.load(ordering: .relaxed)
    return left == Interrupt.never ? 0 : max(0, left)
  }

  private func countDown() -> Bool { looks.wrappingSubtract(1, ordering: .relaxed).oldValue <= 0 }
}

/// Thrown where a computation stops because its interrupt was requested.
public struct Interrupted: Error, CustomStringConvertible {
  public init() {}
  public var description: String { "Interrupted" }
}
