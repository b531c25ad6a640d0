import Synchronization

/// Open comms of both sides.
final class Comms: Sendable {
  private let known = Mutex<[String: String]>([:])

  func open(_ id: String, target: String) { known.withLock { $0[id] = target } }

  /// Removes a comm; returns whether it was open.
  @discardableResult
  func close(_ id: String) -> Bool { known.withLock { $0.removeValue(forKey: id) } != nil }

  func isOpen(_ id: String) -> Bool { known.withLock { $0[id] != nil } }

  /// Targets by comm id.
  var targets: [String: String] { known.withLock { $0 } }
}
