import Base
import FrontEnd
import Language
import Records

/// The runs of a log as they were when they were asked for. A table, in which one run by its position is more than a row.
struct RunsValue: Displayable, TableLike {
  static let typeName = "runs"
  let log: RunLog
  let runs: [RunRecord]
  let frozen: TableValue

  init(_ log: RunLog) throws {
    self.log = log
    runs = try log.runs()
    frozen = RunsValue.table(runs)
  }

  var summary: String { "runs: \(Format.counted(runs.count, "run")) in \(log.path)" }
  var memberNames: [String] { frozen.memberNames }
  func member(_ name: String) -> (any Value)? { frozen.member(name) }
  var keys: [String] { frozen.keys }
  var elements: [any Value]? { runs.compactMap { try? RunValue($0, log) } }

  func element(at index: IndexValue) throws -> any Value {
    guard case .position = index else { return try frozen.element(at: index) }
    return try RunValue(runs[try index.position(in: runs.count, of: "run")], log)
  }

  func rich(_ session: Session) throws -> Rich {
    runs.isEmpty
      ? Rich(text: "\(log.path) has no runs yet: what is trained and judged from now on is written there")
      : try frozen.rich(session)
  }

  /// A row for each run. Of the settings, those that a cell of any run wrote; of the readings the last.
  private static func table(_ runs: [RunRecord]) -> TableValue {
    var given: [String] = []
    var found: [String] = []
    for run in runs {
      for setting in run.settings where setting.isGiven && !given.contains(setting.name) {
        given.append(setting.name)
      }
      for name in run.outcome.map(\.name) where !found.contains(name) { found.append(name) }
    }
    // The data have a column of their own.
    given.removeAll { [Train.command.word(\.$on), Knn.command.word(\.$among)].contains($0) }
    let rows = runs.map { run -> [TableValue.Cell] in
      func setting(_ name: String) -> TableValue.Cell {
        run.settings.first { $0.name == name }.map { cell($0.value) } ?? .missing
      }
      func outcome(_ name: String) -> TableValue.Cell {
        run.outcome.first { $0.name == name }.map { .number($0.value) } ?? .missing
      }
      return [
        .number(Double(run.number ?? 0)), .text(run.shownStart), .text(run.command), .text(run.subject),
        .text(run.data),
      ] + given.map(setting) + found.map(outcome) + [
        run.seconds.map { .number($0) } ?? .missing, .text(run.ending.rawValue),
      ]
    }
    return TableValue(
      columns: ["run", "started", "command", "of", "data"] + given + found + ["seconds", "ended"], rows: rows)
  }

  private static func cell(_ text: String) -> TableValue.Cell {
    text.isEmpty ? .missing : Double(text).map { .number($0) } ?? .text(text)
  }
}

extension RunRecord {
  /// The last readings, then results.
  var outcome: [Result] {
    var last: [Result] = []
    for reading in readings {
      if let place = last.firstIndex(where: { $0.name == reading.metric }) {
        last[place] = Result(reading.metric, reading.value)
      } else {
        last.append(Result(reading.metric, reading.value))
      }
    }
    return last.sorted {
      ($0.name == Metric.loss.name ? 0 : 1, $0.name) < ($1.name == Metric.loss.name ? 0 : 1, $1.name)
    }
      + results
  }

  /// "2026-03-01 09:30:12", in UTC.
  var shownStart: String { String(started.prefix(19)).replacing("T", with: " ") }
}
