/// Reason why a file cannot be a log of runs.
package enum RunLogError: Error, Equatable {
  /// Not a file of SQLite's.
  case notSQLite(String)
  /// A file of SQLite's that another program keeps.
  case notALog(String)
  /// Written by a later version of this program.
  case newer(String, format: Int)
  /// Damaged.
  case corrupt(String)
  /// Others write for longer than anybody should wait.
  case locked(String)
  case missing(String)
  case unusable(String, reason: String)
}
