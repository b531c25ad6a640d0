/// What a training run measured, step by step and epoch by epoch.
public struct History: Sendable, Codable {
  public struct Step: Sendable, Codable {
    public let loss: Double
    /// Share of views whose nearest other view in the batch is their own partner.
    public let top1: Double
    public let rate: Double
  }

  public struct Epoch: Sendable, Codable {
    /// Counted from 1 over all the training a model has had.
    public let number: Int
    /// Mean over the steps.
    public let loss: Double
    public let top1: Double
    public let seconds: Double
    public let imagesPerSecond: Double
    /// Seconds that training waited for its views; nil in files of earlier versions.
    public var waited: Double?
  }

  public var steps: [Step] = []
  public var epochs: [Epoch] = []
  /// Images per step, of the latest training.
  public var batch = 0

  public init() {}

  public var seconds: Double { epochs.reduce(0) { $0 + $1.seconds } }

  /// Mean of the last `count` steps' losses.
  public func recentLoss(_ count: Int) -> Double {
    let recent = steps.suffix(max(1, count))
    return recent.isEmpty ? .nan : recent.reduce(0) { $0 + $1.loss } / Double(recent.count)
  }
}
