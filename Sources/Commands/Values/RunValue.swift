import Base
import FrontEnd
import Language
import Learning
import Networks
import Records

/// One run of a log, with what it was done with and what it came to, epoch by epoch.
struct RunValue: Displayable {
  static let typeName = "run"
  let run: RunRecord
  private let log: RunLog

  /// Reads the readings of all epochs.
  init(_ run: RunRecord, _ log: RunLog) throws {
    self.log = log
    self.run = try run.number.flatMap { try log.run($0) } ?? run
  }

  var title: String { "run \(run.number ?? 0)" }

  var summary: String {
    "\(title): \(run.command) \(run.subject), "
      + run.outcome.map { "\($0.name) \(Format.number($0.value)), " }.joined() + run.ending.rawValue
  }

  private var metrics: [String] {
    var names: [String] = []
    for reading in run.readings where !names.contains(reading.metric) { names.append(reading.metric) }
    return names
  }

  private static let facts = [
    "run", "started", "command", "of", "data", "fingerprint", "seed", "machine", "version", "cell", "seconds",
    "ended", "message",
  ]

  var memberNames: [String] {
    RunValue.facts + ["settings", "model", "history"] + metrics
      + run.results.map(\.name).filter { !metrics.contains($0) }
  }

  var memberNotes: [(name: String, text: String)] {
    [
      ("settings", "all options with their values"), ("model", "the model that the training kept in a file"),
      ("history", "readings of all epochs"), ("fingerprint", "of the pixels and labels of the data"),
    ]
  }

  func member(_ name: String) -> (any Value)? {
    switch name {
    case "run": Number(Double(run.number ?? 0))
    case "started": Text(run.shownStart)
    case "command": Text(run.command)
    case "of": Text(run.subject)
    case "data": Text(run.data)
    case "fingerprint": Text(run.fingerprint)
    case "seed": Text(run.seed)
    case "machine": Text(run.machine)
    case "version": Text(run.version)
    case "cell": Text(run.cell)
    case "seconds": run.seconds.map { Number($0) } ?? Missing()
    case "ended": Text(run.ending.rawValue)
    case "message": Text(run.message)
    case "settings": settings
    case "model": (try? kept()).map(ModelValue.init)
    case "history": (try? trainingHistory())
    default:
      if metrics.contains(name) {
        List(run.readings.filter { $0.metric == name }.map { Number($0.value) })
      } else {
        run.results.first { $0.name == name }.map { Number($0.value) }
      }
    }
  }

  func problem(ofMember name: String) -> Problem? {
    switch name {
    case "model": failure { try kept() }
    case "history": failure { try trainingHistory() }
    default: nil
    }
  }

  private func failure<Result>(_ body: () throws -> Result) -> Problem? {
    do {
      _ = try body()
      return nil
    } catch let problem as Problem {
      return problem
    } catch let error as any Worded {
      return Problem(error.words.message, advice: error.words.advice)
    } catch {
      return Problem("\(error)")
    }
  }

  private var settings: RowValue {
    RowValue(
      columns: run.settings.map(\.name),
      cells: run.settings.map { setting in
        setting.value.isEmpty ? .missing : Double(setting.value).map { .number($0) } ?? .text(setting.value)
      })
  }

  /// The model in the file that the training kept.
  private func kept() throws -> ContrastiveModel {
    guard let path = run.settings.first(where: { $0.name == "keep" && $0.isGiven })?.value else {
      throw Problem(
        "\(title) kept no model",
        advice:
          "A training keeps its model where it is told to: \(Train.command.given(\.keep, FilePath("night.safetensors")))."
      )
    }
    return try ContrastiveModel.open(try Weights.read(path.trimmingQuotes))
  }

  /// The readings as a history, for plots and comparisons.
  func trainingHistory() throws -> HistoryValue {
    guard !run.readings.isEmpty else {
      throw Problem("\(title) has no readings of epochs", advice: "Trainings have, once an epoch is whole.")
    }
    let loss = run.readings.filter { $0.metric == Metric.loss.name }
    let epochs = loss.map {
      History.Epoch(number: $0.epoch, loss: $0.value, seconds: 0, imagesPerSecond: 0)
    }
    let others = run.readings.filter { $0.metric != Metric.loss.name }
    let numbers = Set(others.map(\.epoch)).sorted()
    return HistoryValue(
      History(
        steps: [], epochs: epochs, metrics: [],
        measurements: numbers.map { number in
          History.Measurement(
            epoch: number,
            readings: others.filter { $0.epoch == number }.map { Reading(.named($0.metric), $0.value) },
            seconds: 0)
        }, batch: 0, chance: nil, floor: nil, lossKind: nil))
  }

  /// Readings as TensorBoard has them, and results at the last epoch. Times between begin and end are spread evenly.
  var scalars: [EventFile.Scalar] {
    let start = Clock.seconds(iso8601: run.started) ?? 0
    let last = run.readings.map(\.epoch).max() ?? 0
    func time(_ epoch: Int) -> Double {
      start + (run.seconds ?? Double(last)) * Double(epoch) / Double(max(1, last))
    }
    return run.readings.map {
      EventFile.Scalar(time: time($0.epoch), step: $0.epoch, tag: $0.metric, value: Float($0.value))
    }
      + run.results.map {
        EventFile.Scalar(time: time(last), step: last, tag: $0.name, value: Float($0.value))
      }
  }

  func rich(_ session: Session) throws -> Rich {
    let given = run.settings.filter(\.isGiven).map { ($0.name, $0.value) }
    var facts = [
      ("command", run.command), ("of", run.subject), ("data", run.data), ("started", run.shownStart + " UTC"),
      ("ended", run.ending.rawValue + (run.message.isEmpty ? "" : ": \(run.message)")),
    ]
    if let seconds = run.seconds { facts.append(("took", Format.time(seconds))) }
    facts += given + run.outcome.map { ($0.name, Format.number($0.value)) }
    facts += [("seed", run.seed), ("machine", run.machine), ("version", run.version)]
    return Rich(text: TextTable.card(title: title, facts), html: HTML.card(title: title, facts))
  }
}

extension RunValue: OptionValue {}

extension String {
  /// The text between quotes, where it stands between any.
  fileprivate var trimmingQuotes: String {
    count > 1 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
  }
}
