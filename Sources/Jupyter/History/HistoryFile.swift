import Base
import CSQLite
import Glibc

/// A cell in history.
package struct HistoryEntry: Sendable, Equatable {
  /// Session number, one for each shell of each kernel.
  package var session: Int
  /// Number of the cell.
  package var line: Int
  package var source: String
  /// Text of its value, if it had one.
  package var output: String?

  package init(session: Int, line: Int, source: String, output: String? = nil) {
    self.session = session
    self.line = line
    self.source = source
    self.output = output
  }
}

/// A client's query of history.
package enum HistoryQuery: Sendable, Equatable {
  /// The last `count` entries.
  case tail(count: Int)
  /// Lines `start..<stop` of a session.
  case range(session: Int, start: Int, stop: Int?)
  /// The last `count` entries whose source matches a glob pattern; with `unique`, only the latest of equal sources.
  case search(pattern: String, count: Int?, unique: Bool)
}

/// History of all kernels of a user, in an SQLite file with IPython's tables.
///
/// Used under a lock; each call is short, and fails instead of waiting for another program that writes.
final class HistoryFile: @unchecked Sendable {
  // Sendable: `History` calls it under its lock only.

  struct Failure: Error, CustomStringConvertible {
    let code: Int32
    let description: String
    /// Whether another program is writing, so that a later attempt may succeed.
    var isBusy: Bool { code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED }
  }

  private let database: OpaquePointer

  /// Opens the file, or makes it and its folder, readable by its owner only.
  init(path: String) throws(Failure) {
    try? makeFolders(parentFolder(of: path))
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor >= 0 { Glibc.close(descriptor) }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let opened else {
      let why = String(cString: sqlite3_errstr(code))
      sqlite3_close(opened)
      throw Failure(code: code, description: why)
    }
    database = opened
    sqlite3_busy_timeout(database, 200)
    try run("PRAGMA cache_size = -128")
    try run(
      """
      CREATE TABLE IF NOT EXISTS sessions (session INTEGER PRIMARY KEY AUTOINCREMENT, start TIMESTAMP, end TIMESTAMP, \
      num_cmds INTEGER, remark TEXT);
      CREATE TABLE IF NOT EXISTS history (session INTEGER, line INTEGER, source TEXT, source_raw TEXT, \
      PRIMARY KEY (session, line));
      CREATE TABLE IF NOT EXISTS output_history (session INTEGER, line INTEGER, output TEXT, \
      PRIMARY KEY (session, line));
      """)
  }

  deinit { sqlite3_close(database) }

  // MARK: - Writing

  /// Runs `body` as one transaction.
  func change(_ body: () throws(Failure) -> Void) throws(Failure) {
    try run("BEGIN IMMEDIATE")
    do throws(Failure) {
      try body()
      try run("COMMIT")
    } catch {
      try? run("ROLLBACK")
      throw error
    }
  }

  func beginSession() throws(Failure) -> Int {
    try execute("INSERT INTO sessions (start) VALUES (?)", [.text(Clock.iso8601())])
    return Int(sqlite3_last_insert_rowid(database))
  }

  func endSession(_ session: Int) throws(Failure) {
    try execute(
      """
      UPDATE sessions SET end = ?, num_cmds = (SELECT count(*) FROM history WHERE session = sessions.session) \
      WHERE session = ?
      """, [.text(Clock.iso8601()), .int(session)])
  }

  func write(_ entry: HistoryEntry) throws(Failure) {
    try execute(
      "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)",
      [.int(entry.session), .int(entry.line), .text(entry.source), .text(entry.source)])
    guard let output = entry.output else { return }
    try execute(
      "INSERT OR REPLACE INTO output_history VALUES (?, ?, ?)",
      [.int(entry.session), .int(entry.line), .text(output)])
  }

  // MARK: - Reading

  /// Number of the latest session; 0 if there is none.
  func lastSession() throws(Failure) -> Int {
    try rows("SELECT max(session), 0, '', NULL FROM sessions", []).first?.session ?? 0
  }

  /// Matching entries in the order in which they ran.
  func entries(_ query: HistoryQuery) throws(Failure) -> [HistoryEntry] {
    let columns = "session, line, source, output"
    let joined = "history LEFT JOIN output_history USING (session, line)"
    let latestFirst = "ORDER BY session DESC, line DESC LIMIT ?"
    switch query {
    case .tail(let count):
      return try rows("SELECT \(columns) FROM \(joined) \(latestFirst)", [.int(count)]).reversed()
    case .range(let session, let start, let stop):
      return try rows(
        "SELECT \(columns) FROM \(joined) WHERE session = ? AND line >= ? AND line < ? ORDER BY line",
        [.int(session), .int(start), .int(stop ?? .max)])
    case .search(let pattern, let count, let unique):
      // Where rows are grouped, max() has SQLite take the other columns from the row that has it.
      let found =
        unique
        ? "(SELECT \(columns), max(session * 1000000 + line) FROM \(joined) WHERE source GLOB ? GROUP BY source)"
        : "\(joined) WHERE source GLOB ?"
      return try rows(
        "SELECT \(columns) FROM \(found) \(latestFirst)", [.text(pattern), .int(count ?? -1)]
      ).reversed()
    }
  }

  // MARK: - SQLite

  private enum Argument {
    case int(Int)
    case text(String)
  }

  private func run(_ statements: String) throws(Failure) {
    let code = sqlite3_exec(database, statements, nil, nil, nil)
    guard code == SQLITE_OK else { throw failure(code) }
  }

  private func execute(_ statement: String, _ arguments: [Argument]) throws(Failure) {
    _ = try rows(statement, arguments)
  }

  /// The rows of a statement whose columns are session, line, source and output.
  private func rows(_ text: String, _ arguments: [Argument]) throws(Failure) -> [HistoryEntry] {
    var prepared: OpaquePointer?
    guard sqlite3_prepare_v2(database, text, -1, &prepared, nil) == SQLITE_OK else {
      throw failure(sqlite3_errcode(database))
    }
    defer { sqlite3_finalize(prepared) }
    for (index, argument) in arguments.enumerated() {
      switch argument {
      case .int(let value): sqlite3_bind_int64(prepared, Int32(index + 1), Int64(value))
      case .text(let value):
        contrast_sqlite_bind_text(prepared, Int32(index + 1), value, Int32(value.utf8.count))
      }
    }
    var rows: [HistoryEntry] = []
    while true {
      let code = sqlite3_step(prepared)
      if code == SQLITE_DONE { return rows }
      guard code == SQLITE_ROW else { throw failure(code) }
      rows.append(
        HistoryEntry(
          session: Int(sqlite3_column_int64(prepared, 0)), line: Int(sqlite3_column_int64(prepared, 1)),
          source: column(prepared, 2) ?? "", output: column(prepared, 3)))
    }
  }

  private func column(_ statement: OpaquePointer?, _ place: Int32) -> String? {
    guard let text = sqlite3_column_text(statement, place) else { return nil }
    let count = Int(sqlite3_column_bytes(statement, place))
    return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
  }

  private func failure(_ code: Int32) -> Failure {
    Failure(code: code, description: String(cString: sqlite3_errmsg(database)))
  }

  /// Whether `text` matches a glob pattern, by the rules of SQLite's GLOB.
  static func matches(_ text: String, _ pattern: String) -> Bool { sqlite3_strglob(pattern, text) == 0 }
}
