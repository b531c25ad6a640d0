/// Progress of a long computation.
public struct Progress: Sendable {
  /// Name of the activity for the reader: "Training", "Embedding".
  public var title: String
  public var completed: Int
  public var total: Int
  /// Unit of `completed`: "images", "steps".
  public var unit: String
  /// Number of the pass over the data, from 1, and the number of passes.
  public var epoch: (number: Int, count: Int)?
  /// Numbers to show beside the bar, in their order.
  public var readings: [Reading]
  /// The number that a curve is drawn of: that of the latest step alone, where `readings` tell means over several steps.
  public var curve: Reading?
  /// Latest measurements made beside the work itself; they stay until they are measured again.
  public var measured: [Reading]

  public init(
    _ title: String, completed: Int, total: Int, unit: String, epoch: (number: Int, count: Int)? = nil,
    readings: [Reading] = [], curve: Reading? = nil, measured: [Reading] = []
  ) {
    (self.title, self.completed, self.total, self.unit) = (title, completed, total, unit)
    (self.epoch, self.readings, self.curve, self.measured) = (epoch, readings, curve, measured)
  }
}
