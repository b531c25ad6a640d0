import Base
import CSQLite
import Glibc

/// A file of SQLite's, for one thread at a time: who shares it guards it.
package final class Database {
  package struct Failure: Error, CustomStringConvertible {
    package let code: Int32
    package let description: String
    /// Whether another program is writing, so that a later attempt may succeed.
    package var isBusy: Bool { code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED }
    /// Whether the file holds something else.
    package var isForeign: Bool { code & 0xFF == SQLITE_NOTADB }
    package var isCorrupt: Bool { code & 0xFF == SQLITE_CORRUPT }
    package var isFull: Bool { code & 0xFF == SQLITE_FULL }
    package var isReadOnly: Bool { code & 0xFF == SQLITE_READONLY || code & 0xFF == SQLITE_PERM }
  }

  /// Content of a column, or value for a question mark.
  package enum Field: Sendable, Equatable {
    case int(Int)
    case number(Double)
    case text(String)
    case none

    package var int: Int? { if case .int(let value) = self { value } else { nil } }
    package var text: String? { if case .text(let value) = self { value } else { nil } }
    /// SQLite keeps numbers that are whole as such.
    package var number: Double? {
      switch self {
      case .int(let value): Double(value)
      case .number(let value): value
      default: nil
      }
    }
  }

  private let handle: OpaquePointer

  /// Opens a file. One that is made is its owner's to read alone.
  /// - Parameters:
  ///   - makes: whether a file and its folder are made where there are none.
  ///   - patience: milliseconds to wait for another program that writes.
  package init(path: String, makes: Bool = true, patience: Int32) throws(Failure) {
    if makes {
      try? makeFolders(parentFolder(of: path))
      let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
      if descriptor >= 0 { Glibc.close(descriptor) }
    }
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    guard code == SQLITE_OK, let opened else {
      let why = String(cString: sqlite3_errstr(code))
      sqlite3_close(opened)
      throw Failure(code: code, description: why)
    }
    handle = opened
    sqlite3_busy_timeout(handle, patience)
  }

  deinit { sqlite3_close(handle) }

  /// Runs statements that give no rows.
  package func run(_ statements: String) throws(Failure) {
    let code = sqlite3_exec(handle, statements, nil, nil, nil)
    guard code == SQLITE_OK else { throw failure(code) }
  }

  /// Runs `body` as one transaction, which is whole or not begun.
  package func change<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    try run("BEGIN IMMEDIATE")
    do throws(Failure) {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      try? run("ROLLBACK")
      throw error
    }
  }

  /// The rows of a statement, each of its columns in their order; `arguments` stand in the places of its question marks.
  @discardableResult
  package func rows(_ statement: String, _ arguments: [Field] = []) throws(Failure) -> [[Field]] {
    var prepared: OpaquePointer?
    guard sqlite3_prepare_v2(handle, statement, -1, &prepared, nil) == SQLITE_OK else {
      throw failure(sqlite3_errcode(handle))
    }
    defer { sqlite3_finalize(prepared) }
    for (index, argument) in arguments.enumerated() {
      let place = Int32(index + 1)
      switch argument {
      case .int(let value): sqlite3_bind_int64(prepared, place, Int64(value))
      case .number(let value): sqlite3_bind_double(prepared, place, value)
      case .text(let value): contrast_sqlite_bind_text(prepared, place, value, Int32(value.utf8.count))
      case .none: sqlite3_bind_null(prepared, place)
      }
    }
    var rows: [[Field]] = []
    while true {
      let code = sqlite3_step(prepared)
      if code == SQLITE_DONE { return rows }
      guard code == SQLITE_ROW else { throw failure(code) }
      rows.append((0..<sqlite3_column_count(prepared)).map { Database.field(prepared, $0) })
    }
  }

  package var lastInserted: Int { Int(sqlite3_last_insert_rowid(handle)) }

  /// Whether `text` matches a glob pattern, by the rules of SQLite's GLOB.
  package static func matches(_ text: String, _ pattern: String) -> Bool {
    sqlite3_strglob(pattern, text) == 0
  }

  private static func field(_ statement: OpaquePointer?, _ place: Int32) -> Field {
    switch sqlite3_column_type(statement, place) {
    case SQLITE_INTEGER: return .int(Int(sqlite3_column_int64(statement, place)))
    case SQLITE_FLOAT: return .number(sqlite3_column_double(statement, place))
    case SQLITE_NULL: return .none
    default:
      guard let text = sqlite3_column_text(statement, place) else { return .none }
      let count = Int(sqlite3_column_bytes(statement, place))
      return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
    }
  }

  private func failure(_ code: Int32) -> Failure {
    Failure(code: code, description: String(cString: sqlite3_errmsg(handle)))
  }
}
