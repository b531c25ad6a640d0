/// How far a long computation has come.
public struct Progress: Sendable {
  /// What is going on, as a reader sees it: "Training", "Embedding".
  public var title: String
  public var completed: Int
  public var total: Int
  /// What `completed` counts: "images", "steps".
  public var unit: String
  /// Which pass over the data it is, from 1, and of how many.
  public var epoch: (number: Int, count: Int)?
  /// Numbers to show beside the bar, in their order.
  public var readings: [Reading]
  /// The number that a curve is drawn of: that of the latest step alone, where `readings` tell means over several steps.
  public var curve: Reading?
  /// Numbers that were measured just now, beside the work itself, and stay as they are until they are measured again.
  public var measured: [Reading]

  public init(
    _ title: String, completed: Int, total: Int, unit: String, epoch: (number: Int, count: Int)? = nil,
    readings: [Reading] = [], curve: Reading? = nil, measured: [Reading] = []
  ) {
    (self.title, self.completed, self.total, self.unit) = (title, completed, total, unit)
    (self.epoch, self.readings, self.curve, self.measured) = (epoch, readings, curve, measured)
  }
}
