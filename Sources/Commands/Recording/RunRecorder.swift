import Base
import Images
import Language
import Learning
import Records
import Tensors

/// Notes a training, a probe or an evaluation in the log while it runs. Belongs to the thread of its cell.
final class RunRecorder {
  private let log: RunLog
  private let number: Int
  private let start = ContinuousClock.now
  private let model: ContrastiveModel?
  /// Epochs and measurements that the log has already; those before the training are not its own.
  private var (epochs, measurements): (Int, Int)
  /// Error of the log, once it could not be written.
  private var failure: RunLogError?

  /// The commands that are noted.
  private static let commands: Set<String> = [
    Train.command.name, TrainClassifier.command.name, Evaluate.command.name, Knn.command.name,
  ]

  static func notes(_ command: any AnyCommand) -> Bool { commands.contains(command.name) }

  /// Begins the row of a run. Throws `RunLogError`: what cannot be noted is said before the work.
  init(_ log: RunLog, _ command: any AnyCommand, _ given: [GivenValue], in session: Session) throws {
    self.log = log
    func value(_ name: String) -> GivenValue? {
      given.first { command.parameters[$0.parameter].name == name }
    }
    let positional = given.filter { command.parameters[$0.parameter].isPositional }
    model = command.name == Train.command.name ? (positional.first?.value as? ModelValue)?.model : nil
    (epochs, measurements) = (model?.history.epochs.count ?? 0, model?.history.measurements.count ?? 0)
    let data = value(Train.command.word(\.$on)) ?? value(Knn.command.word(\.$among))
    let images = (data?.value as? ImagesValue)?.set ?? (data?.value as? EmbeddingValue)?.images
    let subject = positional.first.map { ($0.label.map { "\($0): " } ?? "") + $0.value.summary } ?? ""
    let settings = command.parameters.enumerated().filter { !$1.isPositional }.map {
      place, parameter -> RunRecord.Setting in
      if let given = given.first(where: { $0.parameter == place }) {
        return .init(parameter.name, RunRecorder.text(of: given), isGiven: true)
      }
      return .init(parameter.name, command.defaultText(at: place) ?? "", isGiven: false)
    }
    let seed = value("seed").map { RunRecorder.text(of: $0) } ?? String(session.seed)
    let processor = SystemFile.value("model name", in: "/proc/cpuinfo") ?? "unknown processor"
    number = try log.begin(
      RunRecord(
        command: command.name, subject: subject, data: data.map { $0.label ?? $0.value.summary } ?? "",
        fingerprint: images.map { RunRecorder.hexadecimal($0.fingerprint) } ?? "", settings: settings,
        seed: seed, machine: "\(processor), \(counted(Workers.shared.count, "core"))",
        version: Version.current, cell: session.cell.code))
  }

  private static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// A plain value as one writes it; of images, models and their kind the name in the cell.
  private static func text(of given: GivenValue) -> String {
    if given.value is any Displayable { return given.label ?? given.value.summary }
    return (given.value as? any OptionValue)?.written.nonEmpty ?? given.value.summary
  }

  /// Notes the epochs that have become whole since the last look.
  func look() {
    guard let model, failure == nil else { return }
    let history = model.history
    guard history.epochs.count > epochs || history.measurements.count > measurements else { return }
    var readings: [RunRecord.Reading] = []
    for epoch in history.epochs.dropFirst(epochs) {
      readings.append(.init(epoch: epoch.number, metric: Metric.loss.name, value: epoch.loss))
      readings += zip(history.metrics, epoch.metrics).map {
        .init(epoch: epoch.number, metric: $0.name, value: $1)
      }
    }
    for measurement in history.measurements.dropFirst(measurements) {
      readings += measurement.readings.map {
        .init(epoch: measurement.epoch, metric: $0.metric.name, value: $0.value)
      }
    }
    (epochs, measurements) = (history.epochs.count, history.measurements.count)
    attempt { () throws(RunLogError) in try log.add(readings, to: number) }
  }

  /// Notes what came of the run. Returns a line about a log that could not be written.
  func end(_ outcome: Result<(any Value)?, any Error>, explained: (any Error) -> Problem) -> String? {
    look()
    var (ending, message, results) = (RunRecord.Ending.finished, "", [RunRecord.Result]())
    switch outcome {
    case .success(let value):
      switch value {
      case let scores as ScoresValue:
        results.append(.init("accuracy", scores.accuracy))
        if let spread = scores.measurement?.spread { results.append(.init("spread", spread)) }
      case let value as ClassifierValue:
        if let loss = value.classifier.losses.last { results.append(.init("loss", Double(loss))) }
      default: break
      }
    case .failure(let error):
      let problem = explained(error)
      message = problem.message
      ending = error is Diverged ? .diverged : problem.kind == .interrupted ? .interrupted : .failed
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    attempt { () throws(RunLogError) in
      try log.end(number, as: ending, message: message, seconds: seconds, results: results)
    }
    return failure.map { "Run \(number) is not wholly in the log. \($0.words.message)\n" }
  }

  /// A log that fails while work goes on costs the rest of the row, and not the work.
  private func attempt(_ body: () throws(RunLogError) -> Void) {
    guard failure == nil else { return }
    do throws(RunLogError) { try body() } catch { failure = error }
  }
}

extension String {
  fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}

extension Session {
  /// Runs a command, and notes it in the log where one is written.
  public func run(_ command: any AnyCommand, given: [GivenValue], in context: Context) throws -> (any Value)?
  {
    guard let log, cell.recorder == nil, RunRecorder.notes(command) else {
      return try command.run(given, in: context)
    }
    let recorder = try RunRecorder(log, command, given, in: self)
    cell.recorder = recorder
    defer { cell.recorder = nil }
    let outcome: Result<(any Value)?, any Error>
    do { outcome = .success(try command.run(given, in: context)) } catch { outcome = .failure(error) }
    let line = recorder.end(outcome) { problem(from: $0, of: command, given: given) }
    if let line { write(line) }
    return try outcome.get()
  }
}
