import Base
import Synchronization

/// The log of runs: a row for each training, probe and evaluation, in an SQLite file that several programs write to at once.
///
/// Tables: `runs`; `settings`, `results` and `readings` with rows for each of them. Other programs may read it while it is
/// written, with any library for SQLite.
package final class RunLog: Sendable {
  /// Number of the form of its tables; a file of a later one is refused.
  static let format = 1
  /// Mark that no other program's files have: "CtrR".
  static let application = 0x4374_7252
  /// Milliseconds to wait for other programs that write.
  private static let patience: Int32 = 60_000

  package let path: String
  private let database: Mutex<Database>

  /// Opens a log, or makes one.
  /// - Parameter makes: whether a file is made where there is none.
  package init(path: String, makes: Bool = true) throws(RunLogError) {
    self.path = path
    guard makes || FileStatus(path) != .missing else { throw RunLogError.missing(path) }
    let (opened, found): (Database, Int)
    do throws(Database.Failure) {
      opened = try Database(path: path, makes: makes, patience: RunLog.patience)
      found = try RunLog.prepare(opened)
    } catch {
      throw RunLogError(error, path)
    }
    guard found > 0 else { throw RunLogError.notALog(path) }
    guard found <= RunLog.format else { throw RunLogError.newer(path, format: found) }
    database = Mutex(opened)
  }

  /// Makes the tables of an empty file. Returns the format of the file; 0 of one that is another program's.
  private static func prepare(_ database: Database) throws(Database.Failure) -> Int {
    func number(_ pragma: String) throws(Database.Failure) -> Int {
      try database.rows("PRAGMA \(pragma)").first?.first?.int ?? 0
    }
    // Readers and one writer go on beside each other. Where a file system cannot share memory, it stays as it is.
    try? database.run("PRAGMA journal_mode = WAL")
    try database.run("PRAGMA synchronous = NORMAL")
    return try database.change { () throws(Database.Failure) -> Int in
      let application = try number("application_id")
      if application == RunLog.application { return try number("user_version") }
      guard application == 0, try database.rows("SELECT name FROM sqlite_master").isEmpty else { return 0 }
      try database.run(RunLog.tables)
      try database.run("PRAGMA application_id = \(RunLog.application)")
      try database.run("PRAGMA user_version = \(RunLog.format)")
      return RunLog.format
    }
  }

  private static let tables = """
    CREATE TABLE runs (run INTEGER PRIMARY KEY, started TEXT NOT NULL, command TEXT NOT NULL, subject TEXT NOT NULL, \
    data TEXT NOT NULL, fingerprint TEXT NOT NULL, seed TEXT NOT NULL, machine TEXT NOT NULL, version TEXT NOT NULL, \
    cell TEXT NOT NULL, seconds REAL, ending TEXT NOT NULL, message TEXT NOT NULL, host TEXT NOT NULL, boot TEXT NOT NULL, \
    process INTEGER NOT NULL, process_start INTEGER NOT NULL);
    CREATE TABLE settings (run INTEGER NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, \
    given INTEGER NOT NULL, PRIMARY KEY (run, place)) WITHOUT ROWID;
    CREATE TABLE results (run INTEGER NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, \
    PRIMARY KEY (run, place)) WITHOUT ROWID;
    CREATE TABLE readings (run INTEGER NOT NULL, epoch INTEGER NOT NULL, metric TEXT NOT NULL, value REAL NOT NULL, \
    PRIMARY KEY (run, metric, epoch)) WITHOUT ROWID;
    """

  // MARK: - Writing

  /// Adds a run that begins. Returns its number.
  package func begin(_ run: RunRecord) throws(RunLogError) -> Int {
    try write { database throws(Database.Failure) in
      let number = try database.rows("SELECT coalesce(max(run), -1) + 1 FROM runs").first?.first?.int ?? 0
      let process = ProcessIdentity.own
      try database.rows(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
          .int(number), .text(run.started), .text(run.command), .text(run.subject), .text(run.data),
          .text(run.fingerprint), .text(run.seed), .text(run.machine), .text(run.version), .text(run.cell),
          .none, .text(run.ending.rawValue), .text(run.message), .text(process.host), .text(process.boot),
          .int(process.number), .int(process.start),
        ])
      for (place, setting) in run.settings.enumerated() {
        try database.rows(
          "INSERT INTO settings VALUES (?, ?, ?, ?, ?)",
          [
            .int(number), .int(place), .text(setting.name), .text(setting.value),
            .int(setting.isGiven ? 1 : 0),
          ])
      }
      return number
    }
  }

  /// Adds readings of a run; numbers that are none are left out, and a later reading of the same epoch takes the place of the first.
  package func add(_ readings: [RunRecord.Reading], to run: Int) throws(RunLogError) {
    let finite = readings.filter(\.value.isFinite)
    guard !finite.isEmpty else { return }
    try write { database throws(Database.Failure) in
      for reading in finite {
        try database.rows(
          "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?)",
          [.int(run), .int(reading.epoch), .text(reading.metric), .number(reading.value)])
      }
    }
  }

  /// Notes the end of a run, with its results.
  package func end(
    _ run: Int, as ending: RunRecord.Ending, message: String = "", seconds: Double,
    results: [RunRecord.Result] = []
  ) throws(RunLogError) {
    try write { database throws(Database.Failure) in
      try database.rows(
        "UPDATE runs SET ending = ?, message = ?, seconds = ? WHERE run = ?",
        [.text(ending.rawValue), .text(message), .number(seconds), .int(run)])
      for (place, result) in results.enumerated() where result.value.isFinite {
        try database.rows(
          "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)",
          [.int(run), .int(place), .text(result.name), .number(result.value)])
      }
    }
  }

  // MARK: - Reading

  package var count: Int {
    get throws(RunLogError) {
      try read { database throws(Database.Failure) in
        try database.rows("SELECT count(*) FROM runs").first?.first?.int ?? 0
      }
    }
  }

  /// All runs in the order in which they began, with the last reading of each metric.
  package func runs() throws(RunLogError) -> [RunRecord] {
    try read { database throws(Database.Failure) in
      try RunLog.runs(
        in: database, readings: "SELECT run, max(epoch), metric, value FROM readings GROUP BY run, metric")
    }
  }

  /// One run with all readings; nil where there is none of that number.
  package func run(_ number: Int) throws(RunLogError) -> RunRecord? {
    try read { database throws(Database.Failure) in
      try RunLog.runs(
        in: database, where: "WHERE run = \(number)",
        readings:
          "SELECT run, epoch, metric, value FROM readings WHERE run = \(number) ORDER BY epoch, metric"
      ).first
    }
  }

  private static func runs(
    in database: Database, where condition: String = "", readings: String
  ) throws(Database.Failure) -> [RunRecord] {
    var places: [Int: Int] = [:]
    var runs: [RunRecord] = []
    // One moment for all tables.
    try database.run("BEGIN")
    defer { try? database.run("COMMIT") }
    for row in try database.rows("SELECT * FROM runs \(condition) ORDER BY run") {
      guard let run = RunRecord(row), let number = run.number else { continue }
      places[number] = runs.count
      runs.append(run)
    }
    func forEach(
      _ statement: String, _ body: (_ row: [Database.Field], _ run: inout RunRecord) -> Void
    ) throws(Database.Failure) {
      for row in try database.rows(statement) {
        if let number = row[0].int, let place = places[number] { body(row, &runs[place]) }
      }
    }
    try forEach("SELECT run, name, value, given FROM settings \(condition) ORDER BY run, place") { row, run in
      run.settings.append(.init(row[1].text ?? "", row[2].text ?? "", isGiven: row[3].int == 1))
    }
    try forEach("SELECT run, name, value FROM results \(condition) ORDER BY run, place") { row, run in
      if let value = row[2].number { run.results.append(.init(row[1].text ?? "", value)) }
    }
    try forEach(readings) { row, run in
      guard let epoch = row[1].int, let value = row[3].number else { return }
      run.readings.append(.init(epoch: epoch, metric: row[2].text ?? "", value: value))
    }
    return runs
  }

  // MARK: - The file

  private func write<Result>(
    _ body: (Database) throws(Database.Failure) -> Result
  ) throws(RunLogError) -> Result {
    try read { database throws(Database.Failure) in
      try database.change { () throws(Database.Failure) in try body(database) }
    }
  }

  private func read<Result>(
    _ body: (Database) throws(Database.Failure) -> Result
  ) throws(RunLogError) -> Result {
    do throws(Database.Failure) {
      return try database.withLock { database throws(Database.Failure) in
        // The result holds nothing of the database.
        nonisolated(unsafe) let result = try body(database)
        return result
      }
    } catch {
      throw RunLogError(error, path)
    }
  }
}

extension RunRecord {
  /// A row of the table `runs`; nil where it is damaged.
  fileprivate init?(_ row: [Database.Field]) {
    guard row.count >= 17, let number = row[0].int else { return nil }
    func text(_ place: Int) -> String { row[place].text ?? "" }
    self.init(
      command: text(2), subject: text(3), data: text(4), fingerprint: text(5), settings: [], seed: text(6),
      machine: text(7), version: text(8), cell: text(9))
    (self.number, started, seconds) = (number, text(1), row[10].number)
    message = text(12)
    ending = Ending(rawValue: text(11)) ?? .failed
    let process = ProcessIdentity(
      host: text(13), boot: text(14), number: row[15].int ?? 0, start: row[16].int ?? 0)
    if ending == .running, process.isRunning == false { ending = .killed }
  }
}

extension RunLogError {
  fileprivate init(_ failure: Database.Failure, _ path: String) {
    self =
      if failure.isForeign {
        .notSQLite(path)
      } else if failure.isCorrupt {
        .corrupt(path)
      } else if failure.isBusy {
        .locked(path)
      } else {
        .unusable(path, reason: failure.description)
      }
  }
}
