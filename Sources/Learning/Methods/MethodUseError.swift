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
  /// Tiles for a network that takes images of one size alone, and tiles smaller than the least that a network takes.
  case fixedTiles(architecture: String, Int, size: Int)
  case smallTiles(Int, architecture: String, least: Int)
  /// A network that cuts no images into patches, and one that cuts them into too few to hide some.
  case noPatches(architecture: String)
  case fewPatches(Int, size: Int)
  /// A model that completes no images.
  case noReconstruction
  /// A decoder whose width is no multiple of 4 and of its heads; `fitting` is.
  case decoderWidth(Int, heads: Int, fitting: Int)
  /// More negatives than there are images outside a batch, of the images named.
  case negatives(Int, most: Int, String, images: Int)
  /// Small views that are as large as the others or larger.
  case largeCrops(Int, size: Int)
}
