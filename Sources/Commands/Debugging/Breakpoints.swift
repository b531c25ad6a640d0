import FrontEnd
import Language
import Synchronization

/// Wishes of a debugger, in common to all sessions that share. Guards itself.
final class Breakpoints: Sendable {
  private struct State {
    var isAttached = false
    var haltsAtErrors = false
    var pauses = false
    var lines: [DebugSource: [Int]] = [:]
    /// Counts the changes, so that a running cell looks up its breakpoints once for each.
    var version = 0
  }
  private let state = Mutex(State())

  var isAttached: Bool { state.withLock { $0.isAttached } }
  var haltsAtErrors: Bool { state.withLock { $0.isAttached && $0.haltsAtErrors } }
  var version: Int { state.withLock { $0.version } }

  func attach() { state.withLock { $0.isAttached = true } }

  func detach() {
    state.withLock { $0 = State(version: $0.version + 1) }
  }

  func haltAtErrors(_ halts: Bool) { state.withLock { $0.haltsAtErrors = halts } }

  func pause() { state.withLock { $0.pauses = $0.isAttached } }

  /// Whether a pause was asked for, which is granted by this.
  func takePause() -> Bool {
    state.withLock { state in
      defer { state.pauses = false }
      return state.pauses
    }
  }

  func set(_ lines: [Int], in source: DebugSource) {
    state.withLock { state in
      state.lines[source] = lines.isEmpty ? nil : lines
      state.version += 1
    }
  }

  func lines(in source: DebugSource) -> [Int] { state.withLock { $0.lines[source] ?? [] } }
}
