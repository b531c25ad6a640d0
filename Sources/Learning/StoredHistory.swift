import Networks
import Tensors

/// A history as a model's file holds it: what grows with training as columns of numbers beside the weights, the rest in
/// the model's card.
///
/// A file may hold anything: each number is checked against what it means before it is believed.
package struct StoredHistory: Codable {
  private let batch: Int
  private let chance: Double?
  private let floor: Double?
  private let lossKind: String?
  private var chances: [History.Level]?
  /// What monitors measured, in the order in which it first was.
  private var measured: [String]?
  // In files of format 1 all stood in the card:
  private var steps: [History.Step]?
  private var epochs: [History.Epoch]?
  private var watched: [History.Measurement]?

  init(_ history: History) {
    (batch, chance, floor, lossKind, chances) = history.described
    measured = history.measuredNames
  }

  // MARK: - Columns

  /// How the names of columns begin: of steps, of epochs, of when the monitors measured, and what, by their names.
  private static let step = "history.step."
  private static let epoch = "history.epoch."
  private static let measurement = "history.measurement."
  private static let measured = "history.measured."
  private static let chance = "history.chance."

  /// What grows with training, one column a name; none where there is nothing. A number that is not known is NaN.
  package static func columns(of history: History) -> [Weights.Column] {
    func column<Row>(_ name: String, _ rows: [Row], _ value: (Row) -> Double?) -> Weights.Column {
      Weights.Column(name, rows.map { value($0) ?? .nan })
    }
    var columns: [Weights.Column] = []
    if case let rows = history.steps, !rows.isEmpty {
      columns += [
        column(step + "loss", rows) { $0.loss }, column(step + "top1", rows) { $0.top1 },
        column(step + "rate", rows) { $0.rate },
      ]
    }
    if case let rows = history.epochs, !rows.isEmpty {
      columns += [
        column(epoch + "number", rows) { Double($0.number) }, column(epoch + "loss", rows) { $0.loss },
        column(epoch + "top1", rows) { $0.top1 }, column(epoch + "seconds", rows) { $0.seconds },
        column(epoch + "images_per_second", rows) { $0.imagesPerSecond },
        column(epoch + "waited", rows) { $0.waited }, column(epoch + "rate", rows) { $0.rate },
        column(epoch + "steps", rows) { $0.stepsSoFar.map(Double.init) },
      ]
    }
    if case let rows = history.measurements, !rows.isEmpty {
      columns += [
        column(measurement + "epoch", rows) { Double($0.epoch) },
        column(measurement + "seconds", rows) { $0.seconds },
      ]
      for name in history.measuredNames {
        columns.append(column(measured + name, rows) { $0[name] })
        columns.append(
          column(chance + name, rows) { row in row.readings.first { $0.name == name }?.chance })
      }
    }
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
        throw StoredHistory.damaged(file.path, "\(name) does not hold \(counted(count, "number"))")
      }
      return values
    }

    func whole(_ name: String) throws -> [Int] {
      try column(name).map { value in
        guard let number = Int(exactly: value) else {
          throw StoredHistory.damaged(file.path, "\(prefix)\(name) holds \(value), which is no count")
        }
        return number
      }
    }
  }

  // MARK: - Reading

  /// Throws `InputError` where the numbers cannot be those of a training.
  package func history(from file: WeightFile) throws -> History {
    let history = History(
      steps: try steps ?? StoredHistory.steps(in: file), epochs: try epochs ?? StoredHistory.epochs(in: file),
      measurements: try watched ?? (steps == nil ? measurements(in: file) : []), batch: batch, chance: chance,
      floor: floor,
      lossKind: lossKind, chances: chances)
    if let fault = StoredHistory.fault(in: history) { throw StoredHistory.damaged(file.path, fault) }
    return history
  }

  private static func steps(in file: WeightFile) throws -> [History.Step] {
    let rows = Rows(file, step, first: "loss")
    let (loss, top1, rate) = (try rows.column("loss"), try rows.column("top1"), try rows.column("rate"))
    return (0..<rows.count).map { History.Step(loss: loss[$0], top1: top1[$0], rate: rate[$0]) }
  }

  private static func epochs(in file: WeightFile) throws -> [History.Epoch] {
    let rows = Rows(file, epoch, first: "number")
    let (number, loss, top1) = (try rows.whole("number"), try rows.column("loss"), try rows.column("top1"))
    let (seconds, speed) = (try rows.column("seconds"), try rows.column("images_per_second"))
    let (waited, rate) = (try rows.column("waited"), try rows.column("rate"))
    let steps = try rows.column("steps")
    return try (0..<rows.count).map { row in
      let count = known(steps[row])
      guard count == nil || Int(exactly: count!) != nil else {
        throw damaged(file.path, "an epoch has the step number \(count!)")
      }
      return History.Epoch(
        number: number[row], loss: loss[row], top1: top1[row], seconds: seconds[row],
        imagesPerSecond: speed[row], waited: known(waited[row]), rate: known(rate[row]),
        stepsSoFar: count.flatMap { Int(exactly: $0) })
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
            History.Reading(names[place], $0, chance: StoredHistory.known(chances[place][row]))
          }
        }, seconds: seconds[row])
    }
  }

  private static func known(_ value: Double) -> Double? { value.isNaN ? nil : value }

  // MARK: - Checks

  static func damaged(_ path: String, _ how: String) -> InputError {
    InputError(
      "\(path) tells of a training that cannot have been: \(how)",
      advice: "the file is damaged: use another copy, or save the model again")
  }

  /// More than any training has of anything, and far from where whole numbers end.
  private static let most = 1 << 50

  /// What is wrong with the numbers, if anything.
  private static func fault(in history: History) -> String? {
    let (batch, chance, floor, _, chances) = history.described
    guard (0...most).contains(batch) else { return "a batch of \(counted(batch, "image"))" }
    guard isLoss(chance ?? 0), isLoss(floor ?? 0) else { return "a loss by chance that is no number" }
    var first = -1
    for level in chances ?? [] {
      guard level.firstStep > first, level.firstStep <= history.steps.count, isLoss(level.value) else {
        return "a loss by chance of \(level.value) from step \(level.firstStep) on"
      }
      first = level.firstStep
    }
    for step in history.steps where !isLoss(step.loss) || !isShare(step.top1) || !isAmount(step.rate) {
      return "a step with a loss of \(step.loss), a top-1 of \(step.top1) and a rate of \(step.rate)"
    }
    return fault(in: history.epochs, steps: history.steps.count) ?? fault(in: history.measurements)
  }

  private static func fault(in epochs: [History.Epoch], steps: Int) -> String? {
    var (number, count) = (0, 0)
    for epoch in epochs {
      guard epoch.number > number, epoch.number <= most else {
        return "epoch \(epoch.number) follows \(number)"
      }
      number = epoch.number
      if let soFar = epoch.stepsSoFar {
        guard soFar >= count, soFar <= steps else {
          return "epoch \(number) ends after \(soFar) of \(counted(steps, "step"))"
        }
        count = soFar
      }
      guard isLoss(epoch.loss), isShare(epoch.top1),
        [epoch.seconds, epoch.imagesPerSecond, epoch.waited ?? 0, epoch.rate ?? 0].allSatisfy(isAmount)
      else { return "epoch \(number) has numbers that mean nothing" }
    }
    return nil
  }

  private static func fault(in measurements: [History.Measurement]) -> String? {
    var before = -1
    for one in measurements {
      guard one.epoch > before, one.epoch <= most else { return "it was measured after epoch \(one.epoch)" }
      before = one.epoch
      guard isAmount(one.seconds),
        one.readings.allSatisfy({ $0.value.isFinite && $0.chance?.isFinite ?? true })
      else { return "what was measured after epoch \(one.epoch) means nothing" }
    }
    return nil
  }

  private static func isLoss(_ value: Double) -> Bool { value.isFinite }
  private static func isShare(_ value: Double) -> Bool { (0...1).contains(value) }
  private static func isAmount(_ value: Double) -> Bool { (0...1e15).contains(value) }
}
