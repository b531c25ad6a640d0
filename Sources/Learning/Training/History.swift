import Base
import Glibc

/// Measurements of a model's trainings, step by step and epoch by epoch.
public struct History: Sendable {
  public struct Step: Sendable {
    public let loss: Double
    public let rate: Double
    /// In the order of `History.metrics`.
    public let metrics: [Double]

    package init(loss: Double, rate: Double, metrics: [Double] = []) {
      (self.loss, self.rate, self.metrics) = (loss, rate, metrics)
    }
  }

  public struct Epoch: Sendable {
    /// Number of the step, from 1 over all trainings of the model.
    public let number: Int
    /// Mean over the steps.
    public let loss: Double
    /// In the order of `History.metrics`, means over the steps.
    public let metrics: [Double]
    /// Duration of its steps alone, without what was measured between epochs.
    public let seconds: Double
    public let imagesPerSecond: Double
    // Nil in files of earlier versions:
    /// Seconds that training waited for its views.
    public var waited: Double?
    /// The learning rate, mean over the steps.
    public var rate: Double?
    /// Steps of the model's whole history, up to the end of this epoch.
    public var stepsSoFar: Int?

    package init(
      number: Int, loss: Double, metrics: [Double] = [], seconds: Double, imagesPerSecond: Double,
      waited: Double? = nil, rate: Double? = nil, stepsSoFar: Int? = nil
    ) {
      (self.number, self.loss, self.metrics, self.seconds) = (number, loss, metrics, seconds)
      (self.imagesPerSecond, self.waited) = (imagesPerSecond, waited)
      (self.rate, self.stepsSoFar) = (rate, stepsSoFar)
    }
  }

  /// Readings of the monitors of a training at the end of an epoch.
  public struct Measurement: Sendable {
    /// Epochs that the model had been trained for; 0 before the first.
    public let epoch: Int
    /// Finite numbers only: one that was not is left out.
    public let readings: [Reading]
    public let seconds: Double

    package init(epoch: Int, readings: [Reading], seconds: Double) {
      (self.epoch, self.readings, self.seconds) = (epoch, readings, seconds)
    }

    /// The value of a metric.
    public subscript(metric: Metric) -> Double? { readings.first { $0.metric == metric }?.value }
  }

  public var steps: [Step] = []
  public var epochs: [Epoch] = []
  /// Metrics of each step besides the loss.
  public package(set) var metrics: [Metric] = []
  /// Views of a few images between epochs, where a training was watched by a map.
  public package(set) var frames: Frames?
  /// Images per step, of the latest training.
  public var batch = 0
  private var watched: [Measurement]?
  private var chance: Double?
  /// Chance level of each training, where it differs from that of the one before; nil in files of earlier versions.
  private var chances: [Level]?
  private var floor: Double?
  private var lossKind: String?

  public init() {}

  /// Restores the history of a file.
  package init(
    steps: [Step], epochs: [Epoch], metrics: [Metric], measurements: [Measurement], batch: Int,
    chance: Double?, floor: Double?, lossKind: String?, chances: [Level]? = nil, frames: Frames? = nil
  ) {
    self.frames = frames
    self.metrics = metrics
    self.chances = chances
    (self.steps, self.epochs, self.batch) = (steps, epochs, batch)
    (self.chance, self.floor, self.lossKind) = (chance, floor, lossKind)
    self.measurements = measurements
  }

  /// The part that does not grow with training.
  package var described: (batch: Int, chance: Double?, floor: Double?, lossKind: String?, chances: [Level]?) {
    (batch, chance, floor, lossKind, chances)
  }

  /// In the order of their epochs, one each.
  public private(set) var measurements: [Measurement] {
    get { watched ?? [] }
    set { watched = newValue.isEmpty ? nil : newValue }
  }

  /// The loss of a model that knows nothing, of the latest training; nil before the first.
  public internal(set) var chanceLoss: Double? {
    // Files of earlier versions do not say it, and their models learn by the standard loss.
    get { chance ?? (lossKind == nil && batch > 1 ? log(2 * Double(batch) - 1) : nil) }
    set {
      let before = chanceLoss
      chance = newValue
      guard let newValue else { return }
      // What earlier versions trained is known to be like the latest of it at best.
      var levels = chances ?? (steps.isEmpty ? [] : before.map { [Level(firstStep: 0, value: $0)] } ?? [])
      levels.removeAll { $0.firstStep >= steps.count }
      if levels.last?.value != newValue { levels.append(Level(firstStep: steps.count, value: newValue)) }
      chances = levels
    }
  }

  /// A level that holds from a step on, counted from 0.
  public struct Level: Sendable, Codable, Equatable {
    public let firstStep: Int
    public let value: Double
  }

  /// The losses of a model that knows nothing, over all trainings: one where they had the same batch.
  public var chanceLosses: [Level] {
    chances ?? chanceLoss.map { [Level(firstStep: 0, value: $0)] } ?? []
  }

  /// Lower bound of the loss, of the latest training.
  public internal(set) var floorLoss: Double {
    get { floor ?? 0 }
    set { floor = newValue == 0 ? nil : newValue }
  }

  /// Name of the loss.
  public internal(set) var lossName: String {
    get { lossKind ?? "NT-Xent loss" }
    set { lossKind = newValue }
  }

  /// Keeps a measurement in the place of an earlier one of the same epoch.
  mutating func keep(_ measurement: Measurement) {
    measurements = measurements.filter { $0.epoch < measurement.epoch } + [measurement]
  }

  /// Keeps a frame with those before it, or in their place where it shows other images.
  package mutating func keep(_ new: Frames) {
    guard let frame = new.frames.first, frames?.continues(new) == true else {
      frames = new
      return
    }
    frames?.keep(frame)
  }

  /// The history as it was after an epoch.
  func cut(toEpoch epoch: Int) -> History {
    var cut = self
    cut.epochs.removeAll { $0.number > epoch }
    cut.measurements.removeAll { $0.epoch > epoch }
    // Known of every epoch of this version.
    if let last = cut.epochs.last?.stepsSoFar { cut.steps.removeLast(max(0, steps.count - last)) }
    cut.chances?.removeAll { $0.firstStep > cut.steps.count }
    cut.frames?.cut(toEpoch: epoch)
    if cut.frames?.frames.isEmpty == true { cut.frames = nil }
    return cut
  }

  /// Metrics that were ever measured between epochs, in the order in which it first was.
  public var measured: [Metric] {
    var found: [Metric] = []
    for reading in measurements.flatMap(\.readings) where !found.contains(reading.metric) {
      found.append(reading.metric)
    }
    return found
  }

  /// Values of a metric that were measured between epochs, with the numbers of the epochs.
  public func curve(_ metric: Metric) -> (epochs: [Double], values: [Double]) {
    let points = measurements.compactMap { one in one[metric].map { (Double(one.epoch), $0) } }
    return (points.map(\.0), points.map(\.1))
  }

  /// The latest chance level that was given with `metric`.
  public func chance(_ metric: Metric) -> Double? {
    measurements.last { $0[metric] != nil }?.readings.first { $0.metric == metric }?.chance
  }

  /// The mean of a metric of steps over each epoch; nil where the steps do not have it.
  public func perEpoch(_ metric: Metric) -> [Double]? {
    metrics.firstIndex(of: metric).map { place in epochs.map { $0.metrics[place] } }
  }

  /// Training alone, without what was measured between epochs.
  public var seconds: Double { epochs.reduce(0) { $0 + $1.seconds } }

  /// Steps since the last whole epoch: those of `step`, and of a training that was interrupted.
  public var looseSteps: Int {
    guard let last = epochs.last else { return steps.count }
    return last.stepsSoFar.map { steps.count - $0 } ?? 0
  }

  /// Mean of the last `count` steps' losses.
  public func recentLoss(_ count: Int) -> Double {
    let recent = steps.suffix(max(1, count))
    return recent.isEmpty ? .nan : recent.reduce(0) { $0 + $1.loss } / Double(recent.count)
  }
}
