/// Reasons why a method cannot learn from images, or not so.
public enum MethodUseError: Error, Equatable {
  /// A batch so small that its correlations say nothing.
  case correlations(batch: Int)
  /// A queue of so many rows, in which an image would meet its own last row, and the most that the images named allow.
  case longQueue(Int, most: Int, String, images: Int)
  /// More prototypes than rows that share them at a step: those of a batch and of the queue.
  case prototypes(Int, batch: Int, queue: Int)
  /// Small views for a network that takes images of one size alone.
  case fixedSize(architecture: String, Int, size: Int)
  /// Small views that are as large as the others or larger.
  case largeCrops(Int, size: Int)
}
