import Synchronization

/// The comms that are open, whoever opened them.
final class Comms: Sendable {
  private let known = Mutex<[String: String]>([:])

  func open(_ id: String, target: String) { known.withLock { $0[id] = target } }

  /// Says whether it was open.
  @discardableResult
  func close(_ id: String) -> Bool { known.withLock { $0.removeValue(forKey: id) } != nil }

  func isOpen(_ id: String) -> Bool { known.withLock { $0[id] != nil } }

  /// The target of each.
  var targets: [String: String] { known.withLock { $0 } }
}
