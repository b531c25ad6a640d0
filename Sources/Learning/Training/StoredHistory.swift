import Base
import Networks

/// A history as a model's file holds it: what grows with training as columns of numbers beside the weights, the rest in
/// the model's card.
///
/// A file may hold anything: each number is checked against what it means before it is believed.
package struct StoredHistory: Codable, Sendable {
  private let batch: Int
  private let chance: Double?
  private let floor: Double?
  private let lossKind: String?
  private var chances: [History.Level]?
  /// Names of the measurements of each step besides the loss; files without them have `top1`.
  private var metrics: [String]?
  /// Names of the monitors' measurements, in order of first appearance.
  private var measured: [String]?
  private var frames: StoredFrames?
  // In files of format 1 all stood in the card:
  private var steps: [FormatOne.Step]?
  private var epochs: [FormatOne.Epoch]?
  private var watched: [FormatOne.Measurement]?

  init(_ history: History) {
    (batch, chance, floor, lossKind, chances) = history.described
    metrics = history.metrics.map(\.name)
    measured = history.measured.map(\.name)
    frames = history.frames?.stored.map(StoredFrames.init)
  }

  // MARK: - Columns

  /// Prefixes of column names: for steps, epochs, the times of measurements, and the measurements by name.
  private static let step = "history.step."
  private static let epoch = "history.epoch."
  private static let measurement = "history.measurement."
  private static let measured = "history.measured."
  private static let chance = "history.chance."

  /// The columns that grow with training, by name; empty ones are left out. Unknown values are NaN.
  package static func columns(of history: History) -> [Weights.Column] {
    func column<Row>(_ name: String, _ rows: [Row], _ value: (Row) -> Double?) -> Weights.Column {
      Weights.Column(name, rows.map { value($0) ?? .nan })
    }
    var columns: [Weights.Column] = []
    if case let rows = history.steps, !rows.isEmpty {
      columns += [column(step + "loss", rows) { $0.loss }, column(step + "rate", rows) { $0.rate }]
      for (place, metric) in history.metrics.enumerated() {
        columns.append(column(step + metric.name, rows) { $0.metrics[place] })
      }
    }
    if case let rows = history.epochs, !rows.isEmpty {
      columns += [
        column(epoch + "number", rows) { Double($0.number) }, column(epoch + "loss", rows) { $0.loss },
        column(epoch + "seconds", rows) { $0.seconds },
        column(epoch + "images_per_second", rows) { $0.imagesPerSecond },
        column(epoch + "waited", rows) { $0.waited }, column(epoch + "rate", rows) { $0.rate },
        column(epoch + "steps", rows) { $0.stepsSoFar.map(Double.init) },
      ]
      for (place, metric) in history.metrics.enumerated() {
        columns.append(column(epoch + metric.name, rows) { $0.metrics[place] })
      }
    }
    if case let rows = history.measurements, !rows.isEmpty {
      columns += [
        column(measurement + "epoch", rows) { Double($0.epoch) },
        column(measurement + "seconds", rows) { $0.seconds },
      ]
      for metric in history.measured {
        columns.append(column(measured + metric.name, rows) { $0[metric] })
        columns.append(
          column(chance + metric.name, rows) { row in row.readings.first { $0.metric == metric }?.chance })
      }
    }
    if let frames = history.frames?.stored { columns += StoredFrames.columns(of: frames) }
    return columns
  }

  /// Rows of some columns that are read together.
  private struct Rows {
    let file: WeightFile
    let prefix: String
    let count: Int

    /// - Parameter first: a column that is there if there are any rows.
    init(_ file: WeightFile, _ prefix: String, first: String) {
      (self.file, self.prefix) = (file, prefix)
      count = file.column(prefix + first)?.count ?? 0
    }

    func column(_ name: String, in prefix: String? = nil) throws -> [Double] {
      guard count > 0 else { return [] }
      let name = (prefix ?? self.prefix) + name
      guard let values = file.column(name), values.count == count else {
        throw ModelFileError.history(file.path, .column(name, count: count))
      }
      return values
    }

    func whole(_ name: String) throws -> [Int] {
      try column(name).map { value in
        guard let number = Int(exactly: value) else {
          throw ModelFileError.history(file.path, .noCount(prefix + name, value))
        }
        return number
      }
    }
  }

  // MARK: - Reading

  /// Throws `ModelFileError` where the numbers cannot be those of a training.
  package func history(from file: WeightFile) throws -> History {
    let metrics = (metrics ?? ["top1"]).map(Metric.named)
    let frames = try self.frames.map { stored in
      guard let frames = stored.frames(in: file) else {
        throw ModelFileError.history(file.path, .frames)
      }
      return frames
    }
    let history = History(
      steps: try steps?.map(\.step) ?? self.steps(in: file, metrics),
      epochs: try epochs?.map(\.epoch) ?? self.epochs(in: file, metrics), metrics: metrics,
      measurements: try watched?.map(\.measurement) ?? (steps == nil ? measurements(in: file) : []),
      batch: batch, chance: chance, floor: floor, lossKind: lossKind, chances: chances,
      frames: frames)
    if let fault = StoredHistory.fault(in: history) { throw ModelFileError.history(file.path, fault) }
    return history
  }

  private func steps(in file: WeightFile, _ metrics: [Metric]) throws -> [History.Step] {
    let rows = Rows(file, StoredHistory.step, first: "loss")
    let (loss, rate) = (try rows.column("loss"), try rows.column("rate"))
    let values = try metrics.map { try rows.column($0.name) }
    return (0..<rows.count).map { row in
      History.Step(loss: loss[row], rate: rate[row], metrics: values.map { $0[row] })
    }
  }

  private func epochs(in file: WeightFile, _ metrics: [Metric]) throws -> [History.Epoch] {
    let rows = Rows(file, StoredHistory.epoch, first: "number")
    let (number, loss) = (try rows.whole("number"), try rows.column("loss"))
    let values = try metrics.map { try rows.column($0.name) }
    let (seconds, speed) = (try rows.column("seconds"), try rows.column("images_per_second"))
    let (waited, rate) = (try rows.column("waited"), try rows.column("rate"))
    let steps = try rows.column("steps")
    return try (0..<rows.count).map { row in
      let count = StoredHistory.known(steps[row])
      guard count == nil || Int(exactly: count!) != nil else {
        throw ModelFileError.history(file.path, .stepNumber(count!))
      }
      return History.Epoch(
        number: number[row], loss: loss[row], metrics: values.map { $0[row] }, seconds: seconds[row],
        imagesPerSecond: speed[row], waited: StoredHistory.known(waited[row]),
        rate: StoredHistory.known(rate[row]), stepsSoFar: count.flatMap { Int(exactly: $0) })
    }
  }

  private func measurements(in file: WeightFile) throws -> [History.Measurement] {
    let rows = Rows(file, StoredHistory.measurement, first: "epoch")
    let (epoch, seconds) = (try rows.whole("epoch"), try rows.column("seconds"))
    let names = measured ?? []
    let values = try names.map { try rows.column($0, in: StoredHistory.measured) }
    let chances = try names.map { try rows.column($0, in: StoredHistory.chance) }
    return (0..<rows.count).map { row in
      History.Measurement(
        epoch: epoch[row],
        readings: names.indices.compactMap { place in
          StoredHistory.known(values[place][row]).map {
            Reading(.named(names[place]), $0, chance: StoredHistory.known(chances[place][row]))
          }
        }, seconds: seconds[row])
    }
  }

  private static func known(_ value: Double) -> Double? { value.isNaN ? nil : value }

  // MARK: - Checks

  /// Bound above all counts of a training, and far below the largest whole number.
  private static let most = 1 << 50

  /// Description of what is wrong with the values; nil if nothing is.
  private static func fault(in history: History) -> HistoryFault? {
    let (batch, chance, floor, _, chances) = history.described
    guard (0...most).contains(batch) else { return .batch(batch) }
    guard isLoss(chance ?? 0), isLoss(floor ?? 0) else { return .chance }
    var first = -1
    for level in chances ?? [] {
      guard level.firstStep > first, level.firstStep <= history.steps.count, isLoss(level.value) else {
        return .chanceLevel(level.value, fromStep: level.firstStep)
      }
      first = level.firstStep
    }
    let metrics = history.metrics
    for step in history.steps
    where !isLoss(step.loss) || !areValues(step.metrics, of: metrics) || !isAmount(step.rate) {
      return .step(loss: step.loss, rate: step.rate, metrics, step.metrics)
    }
    return fault(in: history.epochs, metrics, steps: history.steps.count) ?? fault(in: history.measurements)
  }

  private static func fault(in epochs: [History.Epoch], _ metrics: [Metric], steps: Int) -> HistoryFault? {
    var (number, count) = (0, 0)
    for epoch in epochs {
      guard epoch.number > number, epoch.number <= most else {
        return .epochOrder(epoch.number, after: number)
      }
      number = epoch.number
      if let soFar = epoch.stepsSoFar {
        guard soFar >= count, soFar <= steps else {
          return .epochSteps(soFar, epoch: number, of: steps)
        }
        count = soFar
      }
      guard isLoss(epoch.loss), areValues(epoch.metrics, of: metrics),
        [epoch.seconds, epoch.imagesPerSecond, epoch.waited ?? 0, epoch.rate ?? 0].allSatisfy(isAmount)
      else { return .epochNumbers(number) }
    }
    return nil
  }

  private static func fault(in measurements: [History.Measurement]) -> HistoryFault? {
    var before = -1
    for one in measurements {
      guard one.epoch > before, one.epoch <= most else { return .measurementOrder(afterEpoch: one.epoch) }
      before = one.epoch
      guard isAmount(one.seconds),
        one.readings.allSatisfy({ $0.value.isFinite && $0.chance?.isFinite ?? true })
      else { return .measurement(afterEpoch: one.epoch) }
    }
    return nil
  }

  private static func areValues(_ values: [Double], of metrics: [Metric]) -> Bool {
    values.count == metrics.count
      && zip(metrics, values).allSatisfy { $0.unit == .share ? isShare($1) : $1.isFinite }
  }
  private static func isLoss(_ value: Double) -> Bool { value.isFinite }
  private static func isShare(_ value: Double) -> Bool { (0...1).contains(value) }
  private static func isAmount(_ value: Double) -> Bool { (0...1e15).contains(value) }
}
