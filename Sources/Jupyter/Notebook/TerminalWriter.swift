import Synchronization

/// Writes the plain text of outputs as they come. On a terminal an update overwrites its display while nothing stands
/// below it; elsewhere only the last state is written.
public final class TerminalWriter: Sendable {
  private struct State {
    var isAtLineStart = true
    /// The last display, with its number of lines.
    var last: (id: String, lines: Int)?
    /// Updates not yet written.
    var held: [(id: String, text: String)] = []
  }

  private let state = Mutex(State())
  private let isTerminal: Bool
  private let write: @Sendable (String) -> Void

  /// `write` is called in the order of the outputs, one call at a time; with `isTerminal` the text may hold ANSI
  /// sequences that move the cursor.
  public init(isTerminal: Bool, write: @escaping @Sendable (String) -> Void) {
    self.isTerminal = isTerminal
    self.write = write
  }

  /// Writes text of a stream as it is.
  public func stream(_ text: String) {
    state.withLock { state in
      prepare(&state, newLine: false)
      write(text)
      state.isAtLineStart = text.utf8.last == UInt8(ascii: "\n")
    }
  }

  /// Writes a text on lines of its own; `update` can replace one that has an `id`.
  public func block(_ text: String, id: String?) {
    state.withLock { state in
      prepare(&state, newLine: true)
      put(text, id: id, &state)
    }
  }

  public func update(_ text: String, id: String) {
    state.withLock { state in
      if isTerminal, let last = state.last, last.id == id {
        write("\u{1B}[\(last.lines)A\u{1B}[J")
        put(text, id: id, &state)
      } else {
        state.held.removeAll { $0.id == id }
        state.held.append((id, text))
      }
    }
  }

  /// Writes held updates and ends an open line.
  public func settle() { state.withLock { prepare(&$0, newLine: true) } }

  private func prepare(_ state: inout State, newLine: Bool) {
    if (newLine || !state.held.isEmpty) && !state.isAtLineStart {
      write("\n")
      state.isAtLineStart = true
    }
    for (id, text) in state.held { put(text, id: id, &state) }
    state.held = []
    state.last = nil
  }

  private func put(_ text: String, id: String?, _ state: inout State) {
    let shown = isTerminal ? text : text.withoutColours
    let text = shown.utf8.last == UInt8(ascii: "\n") ? String(shown.dropLast()) : shown
    write(text + "\n")
    let lines = text.utf8.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    state.last = id.map { ($0, lines) }
    state.isAtLineStart = true
  }
}

extension String {
  /// The text without the ANSI sequences that colour it.
  fileprivate var withoutColours: String {
    replacing(/\u{1B}\[[0-9;]*m/, with: "")
  }
}
