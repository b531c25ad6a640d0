import Base

/// A training, a probe or an evaluation, as the log has it.
package struct RunRecord: Sendable, Equatable {
  /// State of a run, or the manner of its end.
  package enum Ending: String, Sendable, CaseIterable {
    case running, finished, interrupted, diverged, failed
    /// The process is gone, and did not say how the run ended.
    case killed
  }

  /// The value of a metric after an epoch.
  package struct Reading: Sendable, Equatable {
    package let epoch: Int
    package let metric: String
    package let value: Double

    package init(epoch: Int, metric: String, value: Double) {
      (self.epoch, self.metric, self.value) = (epoch, metric, value)
    }
  }

  /// Number in its log, from 0; nil before it is written.
  package var number: Int?
  /// In ISO 8601 and UTC.
  package var started: String
  /// Name of the command.
  package var command: String
  /// The model, classifier or rows that it is about.
  package var subject: String
  package var data: String
  /// Fingerprint of the images and their labels, as hexadecimal digits; empty where there are none.
  package var fingerprint: String
  /// All options by name, as one writes them.
  package var settings: [Setting]
  package var seed: String
  package var machine: String
  package var version: String
  /// Source of the cell.
  package var cell: String
  package var seconds: Double?
  package var ending: Ending
  /// Reason of a failure.
  package var message: String
  /// Results: accuracies, the last loss of a classifier.
  package var results: [Result]
  /// Epoch by epoch where `RunLog.readings` gave them; of a list of runs the last of each metric.
  package var readings: [Reading]

  package struct Setting: Sendable, Equatable {
    package let name: String
    package let value: String
    /// Whether it was written in the cell and is no default.
    package let isGiven: Bool

    package init(_ name: String, _ value: String, isGiven: Bool) {
      (self.name, self.value, self.isGiven) = (name, value, isGiven)
    }
  }

  package struct Result: Sendable, Equatable {
    package let name: String
    package let value: Double

    package init(_ name: String, _ value: Double) { (self.name, self.value) = (name, value) }
  }

  package init(
    command: String, subject: String, data: String, fingerprint: String = "", settings: [Setting],
    seed: String, machine: String, version: String, cell: String
  ) {
    number = nil
    seconds = nil
    started = Clock.iso8601()
    (self.command, self.subject, self.data, self.fingerprint) = (command, subject, data, fingerprint)
    (self.settings, self.seed, self.machine) = (settings, seed, machine)
    (self.version, self.cell) = (version, cell)
    (ending, message, results, readings) = (.running, "", [], [])
  }
}
