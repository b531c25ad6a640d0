import Base
import Records

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

  typealias Failure = Database.Failure

  private let database: Database

  /// Opens the file, or makes it and its folder, readable by its owner only.
  init(path: String) throws(Failure) {
    database = try Database(path: path, patience: 200)
    try database.run("PRAGMA cache_size = -128")
    try database.run(
      """
      CREATE TABLE IF NOT EXISTS sessions (session INTEGER PRIMARY KEY AUTOINCREMENT, start TIMESTAMP, end TIMESTAMP, \
      num_cmds INTEGER, remark TEXT);
      CREATE TABLE IF NOT EXISTS history (session INTEGER, line INTEGER, source TEXT, source_raw TEXT, \
      PRIMARY KEY (session, line));
      CREATE TABLE IF NOT EXISTS output_history (session INTEGER, line INTEGER, output TEXT, \
      PRIMARY KEY (session, line));
      """)
  }

  // MARK: - Writing

  /// Runs `body` as one transaction.
  func change(_ body: () throws(Failure) -> Void) throws(Failure) { try database.change(body) }

  func beginSession() throws(Failure) -> Int {
    try database.rows("INSERT INTO sessions (start) VALUES (?)", [.text(Clock.iso8601())])
    return database.lastInserted
  }

  func endSession(_ session: Int) throws(Failure) {
    try database.rows(
      """
      UPDATE sessions SET end = ?, num_cmds = (SELECT count(*) FROM history WHERE session = sessions.session) \
      WHERE session = ?
      """, [.text(Clock.iso8601()), .int(session)])
  }

  func write(_ entry: HistoryEntry) throws(Failure) {
    try database.rows(
      "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?)",
      [.int(entry.session), .int(entry.line), .text(entry.source), .text(entry.source)])
    guard let output = entry.output else { return }
    try database.rows(
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

  /// The rows of a statement whose columns are session, line, source and output.
  private func rows(_ text: String, _ arguments: [Database.Field]) throws(Failure) -> [HistoryEntry] {
    try database.rows(text, arguments).map { row in
      HistoryEntry(
        session: row[0].int ?? 0, line: row[1].int ?? 0, source: row[2].text ?? "", output: row[3].text)
    }
  }

  /// Whether `text` matches a glob pattern, by the rules of SQLite's GLOB.
  static func matches(_ text: String, _ pattern: String) -> Bool { Database.matches(text, pattern) }
}
