import Base
import Language
import Records

/// The log that is written from here on.
struct Record {
  var path: FilePath?

  static let command: Command<Record> = Command(
    name: "record", summary: "Write every training, probe and evaluation of the session to a log of runs.",
    details: """
      From here on each `train`, `classifier`, `evaluate` and `knn` is a row of the file: when it ran, all settings, the data with their \
      fingerprint, seed, machine, version and cell, how long it took, the loss and every monitor epoch by epoch, and how it ended: finished, interrupted, \
      diverged, failed, or killed with its kernel. `runs` shows them. A file that is there is continued; several kernels and `contrast run` write to one at \
      once. `record none` stops it, and `record` alone says where runs go.

      The file is an SQLite database, which Python's sqlite3 and many other programs read, with the tables runs, settings, results and readings.
      """,
    group: "Runs", defaults: Record(),
    arguments: [Argument("path", \.path, "The log, as text: \"runs.sqlite\"", endings: ["sqlite"])],
    examples: [
      Example(
        code: """
          record "runs.sqlite"
          for size in [16, 32] { train (simclr (cnn width=4 size=16)) on=few epochs=2 batch=size watch=[knn] }
          sort runs by=knn descending=true
          record none
          """,
        setup: "few = load shapes train=64 test=10 size=16")
    ], wordMayBeName: true
  ) { options, context in
    let session = context.session
    if let path = options.path {
      guard session.team == nil else {
        throw Problem(
          "processes that train together cannot write a log of runs yet",
          advice: "leave the line out, or start contrast without mpirun")
      }
      let log = try RunLog(path: path.path)
      session.log = log
      context.host.write(
        "runs are written to \(path.path), which has \(Format.counted(try log.count, "run"))\n")
    } else if context.isGiven(command.word(\.path)) {
      session.log = nil
      context.host.write("runs are no longer written\n")
    } else {
      return Text(session.log.map { "runs are written to \($0.path)" } ?? "no log is written")
    }
    return nil
  }
}

struct ListRuns {
  var path: FilePath?

  static let command: Command<ListRuns> = Command(
    name: "runs", summary: "The runs of a log: a table, of which each row is a run.",
    details: """
      Without a path, those of the log that `record` writes. The table has the settings that cells gave, the last loss and measurements, accuracies, the time \
      and how the run ended, and goes wherever a table does: `sort runs by=knn`, `filter runs command="train"`, `plot scatter runs x=batch y=knn`. \
      `runs[3]` is one run: its `cell`, `settings`, `history` and, where the training had keep=, its `model`. Runs are numbered from 0 in the order in which they began. \
      What runs in another kernel is there too, as far as it has come; a run is killed where its process is gone and has not said how it ended.
      """,
    gives: "runs", group: "Runs", defaults: ListRuns(),
    arguments: [
      Argument("path", \.path, "The log; default: that of `record`", endings: ["sqlite"])
    ],
    examples: [
      Example(
        code: "runs\nruns[0].history",
        setup: """
          few = load shapes train=64 test=10 size=16
          record "runs.sqlite"
          model = simclr (cnn width=4 size=16)
          train model on=few epochs=2 batch=32 watch=[knn]
          """)
    ],
    showsValue: true, wordMayBeName: true
  ) { options, context in
    if let path = options.path { return try RunsValue(try RunLog(path: path.path, makes: false)) }
    guard let log = context.session.log else {
      throw Problem(
        "no log of runs is written",
        advice: "Write \(Record.command.name) \"runs.sqlite\" before the trainings, or name a log.")
    }
    return try RunsValue(log)
  }
}

struct CompareRuns {
  @Required var first: RunValue
  @Required var second: RunValue

  static let command = Command(
    name: "compare", summary: "What differs between two runs: settings, what was trained on, and results.",
    details: """
      A table with a row for whatever is not the same. `plot history runs[0] runs[1]` draws their curves.
      """,
    gives: "table", group: "Runs", defaults: CompareRuns(),
    arguments: [
      Argument("first", \.$first, "A run"), Argument("second", \.$second, "Another run"),
    ],
    examples: [
      Example(
        code: "compare runs[0] runs[1]",
        setup: """
          few = load shapes train=64 test=10 size=16
          record "runs.sqlite"
          train (simclr (cnn width=4 size=16)) on=few epochs=1 batch=32
          train (simclr (cnn width=4 size=16)) on=few epochs=1 batch=16
          """)
    ],
    showsValue: true, wordMayBeName: true
  ) { options, _ in
    let runs = [options.first.run, options.second.run]
    var rows: [[TableValue.Cell]] = []
    func add(_ name: String, _ values: [String?]) {
      guard values[0] != values[1] else { return }
      rows.append(
        [.text(name)]
          + values.map { $0.map { text in Double(text).map { .number($0) } ?? .text(text) } ?? .missing })
    }
    add("command", runs.map(\.command))
    add("of", runs.map(\.subject))
    add("data", runs.map(\.data))
    add("fingerprint", runs.map(\.fingerprint))
    add("seed", runs.map(\.seed))
    var names: [String] = []
    for name in runs.flatMap({ $0.settings.map(\.name) }) where !names.contains(name) { names.append(name) }
    for name in names where name != "seed" && name != Train.command.word(\.$on) {
      add(name, runs.map { run in run.settings.first { $0.name == name }?.value })
    }
    var outcomes: [String] = []
    for name in runs.flatMap({ $0.outcome.map(\.name) }) where !outcomes.contains(name) {
      outcomes.append(name)
    }
    for name in outcomes {
      add(name, runs.map { run in run.outcome.first { $0.name == name }.map { written($0.value) } })
    }
    add("epochs run", runs.map { run in String(Set(run.readings.map(\.epoch)).subtracting([0]).count) })
    add("seconds", runs.map { $0.seconds.map { written($0) } })
    add("ended", runs.map(\.ending.rawValue))
    add("machine", runs.map(\.machine))
    add("version", runs.map(\.version))
    return TableValue(
      columns: ["what", "run \(runs[0].number ?? 0)", "run \(runs[1].number ?? 0)"], rows: rows)
  }
}
