import Base
import Logging
import Synchronization

/// History of the cells run by this kernel and earlier ones.
///
/// A thread of its own writes the file, so that no cell waits for a disk. The file is opened with the first cell or
/// request. If it cannot be used, history lasts as long as the kernel.
package final class History: Sendable {
  /// Milliseconds within which entries are written together.
  private static let delay = 300
  /// Times that the end of a kernel waits for another program that writes.
  private static let lastTries = 10
  /// Maximum number of entries kept without a file.
  private static let limit = 1000
  /// Maximum bytes kept of an output.
  static let outputLimit = 1 << 14

  private enum Place {
    case unopened(String)
    case file(HistoryFile)
    case memory
  }

  private struct State {
    var place: Place
    /// Session numbers by shell, once assigned.
    var sessions: [Int: Int] = [:]
    /// Entries not (yet) in the file, with their shell.
    var entries: [(shell: Int, entry: HistoryEntry)] = []
    var writer: NativeThread?
    var hasComplained = false
  }

  private let state: Mutex<State>
  private let logger: Logger
  private let bell: Bell
  private let end: Bell

  package init(file: String?, logger: Logger) throws(InputError) {
    state = Mutex(State(place: file.map { .unopened($0) } ?? .memory))
    self.logger = logger
    bell = try Bell()
    end = try Bell()
  }

  // MARK: - Writing

  /// Adds a cell that begins.
  package func add(_ source: String, line: Int, shell: Int) {
    state.withLock { state in
      state.entries.append((shell, HistoryEntry(session: 0, line: line, source: source)))
      if case .memory = state.place {
        if state.entries.count > History.limit { state.entries.removeFirst(History.limit / 10) }
      } else if state.writer == nil {
        state.writer = try? NativeThread(named: "history", stack: 1 << 19) { self.run() }
      }
    }
    bell.ring()
  }

  /// Adds the text of a cell's value.
  package func add(output: String, of source: String, line: Int, shell: Int) {
    let output = String(decoding: output.utf8.prefix(History.outputLimit), as: UTF8.self)
    state.withLock { state in
      if let index = state.entries.lastIndex(where: { $0.shell == shell && $0.entry.line == line }) {
        state.entries[index].entry.output = output
      } else if case .file = state.place {
        let entry = HistoryEntry(session: 0, line: line, source: source, output: output)
        state.entries.append((shell, entry))
      }
    }
    bell.ring()
  }

  /// Writes the remaining entries and closes the file. Nothing may be added afterwards.
  package func close() {
    end.ring()
    bell.ring()
    let writer = state.withLock { $0.writer }
    writer?.join()
    state.withLock { state in
      for _ in 0..<History.lastTries where !state.entries.isEmpty { save(&state) }
      if case .memory = state.place {
      } else if !state.entries.isEmpty {
        logger.warning(
          "the last \(counted(state.entries.count, "cell")) of this kernel are not in the history: other kernels kept its file busy"
        )
      }
      if case .file(let file) = state.place {
        for session in state.sessions.values { try? file.endSession(session) }
      }
      state.place = .memory
    }
  }

  private func run() {
    while true {
      bell.wait()
      let isEnding = end.wait(milliseconds: History.delay)
      state.withLock { save(&$0) }
      if isEnding { return }
    }
  }

  /// Moves entries to the file; those that cannot be written now stay.
  private func save(_ state: inout State) {
    guard !state.entries.isEmpty, let file = open(&state) else { return }
    var sessions = state.sessions
    do throws(HistoryFile.Failure) {
      try file.change { () throws(HistoryFile.Failure) in
        for (shell, entry) in state.entries {
          var entry = entry
          if sessions[shell] == nil { sessions[shell] = try file.beginSession() }
          entry.session = sessions[shell] ?? 0
          try file.write(entry)
        }
      }
      state.sessions = sessions
      state.entries = []
    } catch {
      fail(&state, error)
    }
  }

  private func open(_ state: inout State) -> HistoryFile? {
    switch state.place {
    case .file(let file): return file
    case .memory: return nil
    case .unopened(let path):
      do throws(HistoryFile.Failure) {
        let file = try HistoryFile(path: path)
        state.place = .file(file)
        return file
      } catch {
        fail(&state, error)
        return nil
      }
    }
  }

  private func fail(_ state: inout State, _ failure: HistoryFile.Failure) {
    // Another kernel writes: the entries wait for the next turn.
    if failure.isBusy { return bell.ring() }
    state.place = .memory
    if !state.hasComplained {
      logger.warning("history is kept in memory only: its file cannot be written (\(failure))")
    }
    state.hasComplained = true
  }

  // MARK: - Reading

  /// Entries that match `query`, in the order in which they ran. A session of 0 or less in a range counts back from that
  /// of `shell`.
  package func entries(_ query: HistoryQuery, shell: Int) -> [HistoryEntry] {
    state.withLock { state in
      save(&state)
      let file = open(&state)
      let last = (try? file?.lastSession()) ?? 0
      // Numbers for the shells of this kernel that have none in the file.
      func session(of shell: Int) -> Int { state.sessions[shell] ?? last + 1 + shell }
      var query = query
      if case .range(let number, let start, let stop) = query, number <= 0 {
        query = .range(session: session(of: shell) + number, start: start, stop: stop)
      }
      let saved = (try? file?.entries(query)) ?? []
      let kept = state.entries.map { shell, entry in
        var entry = entry
        entry.session = session(of: shell)
        return entry
      }
      return History.joined(saved, History.matching(kept, query), query)
    }
  }

  private static func matching(_ entries: [HistoryEntry], _ query: HistoryQuery) -> [HistoryEntry] {
    switch query {
    case .tail: entries
    case .range(let session, let start, let stop):
      entries.filter { $0.session == session && $0.line >= start && $0.line < stop ?? .max }
    case .search(let pattern, _, _): entries.filter { HistoryFile.matches($0.source, pattern) }
    }
  }

  private static func joined(
    _ earlier: [HistoryEntry], _ later: [HistoryEntry], _ query: HistoryQuery
  ) -> [HistoryEntry] {
    var all = earlier + later
    if case .search(_, _, unique: true) = query {
      var seen: Set<String> = []
      all = all.reversed().filter { seen.insert($0.source).inserted }.reversed()
    }
    switch query {
    case .tail(let count), .search(_, .some(let count), _): return all.suffix(max(0, count))
    case .range, .search: return all
    }
  }
}

extension Server {
  /// Path of the user's history file: `CONTRAST_HISTORY` (`off` for none), else in the user's data folder.
  public static func historyFile(
    environment: (String) -> String? = KernelSpec.processEnvironment
  ) -> String? {
    if let file = environment("CONTRAST_HISTORY") { return file == "off" ? nil : file }
    let data = environment("XDG_DATA_HOME") ?? environment("HOME").map { "\($0)/.local/share" }
    return data.map { "\($0)/contrast/history.sqlite" }
  }
}
