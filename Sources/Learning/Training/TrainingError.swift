import Tensors

/// Reasons why a training, or a passage of images through a model, cannot be carried out.
public enum TrainingError: Error, Equatable {
  case epochs(Int)
  /// A set of no image or one, by its name.
  case fewImages(String, Int)
  case smallBatch(Int)
  case largeBatch(Int, images: Int)
  /// Chunks of views that go through the network alone.
  case chunkAlone
  case smallChunk(Int, batch: Int)
  case largeChunk(Int, batch: Int)
  /// Chunks of a step that cannot be divided among so many processes: each has 1, 2, 4, 8 … of them.
  case chunksAmongProcesses(chunks: Int, processes: Int, batch: Int)

  /// The model joins several views of an image, so that none goes through alone.
  case joinedViews
  /// At this size a layer gives a single place, so that a view alone has nothing to be normalised by.
  case singlePlace(size: Int, String, layer: String)

  /// The encoder is frozen for more epochs than the model has had and is to have.
  case longFreeze(epochs: Int, had: Int, planned: Int)

  case notInterrupted
  /// Images, by their name, that are not those of the interrupted training, which had so many.
  case otherImages(String, count: Int)

  /// A step of more images than can be looked at.
  case largeStep(Int, most: Int)

  /// No room for what goes with the network of an architecture, whatever the batch.
  case memory(String, MemoryShortage)
  /// No room for a step; so many images would fit at once.
  case stepMemory(views: Int, inChunks: Bool, fitting: Int, MemoryShortage)
  /// No room for images through an architecture, and results of that width; so many would fit.
  case passageMemory(Int, String, width: Int, fitting: Int, MemoryShortage)
}
