import Images
import Tensors

/// Some images of a step, whose views go through the network together.
package struct Portion: Sendable, Equatable {
  package let epoch: Int
  package let indices: [Int]

  package init(epoch: Int, indices: [Int]) {
    self.epoch = epoch
    self.indices = indices
  }
}

/// Makes the views of the next portion while the network is busy with this one.
///
/// The views depend on the portion alone: they are the same whoever makes them, and when.
package final class ViewQueue {
  private let make: @Sendable (Portion) throws -> Tensor
  private var next: (portion: Portion, views: Background<Tensor>)?
  private let clock = ContinuousClock()
  /// Seconds that somebody waited for views.
  private(set) var waited = 0.0

  package init(
    of images: ImageSet, with augmentation: Augmentation, outputSize: Int, normalisation: Normalisation,
    run: Run
  ) {
    // A worker of its own: the others are busy with the network. It stops with the same interrupt.
    let own = Run(seed: run.seed, workers: Workers(count: 1), interrupt: run.interrupt)
    make = { portion in
      try views(
        of: images, indices: portion.indices, epoch: portion.epoch, with: augmentation,
        outputSize: outputSize,
        normalisation: normalisation, run: own)
    }
  }

  /// The views of `portion`; those of `following` are begun. Throws `Interrupted`.
  package func take(_ portion: Portion, following: Portion?) throws -> Tensor {
    let start = clock.now
    let views = try next?.portion == portion ? next!.views.wait() : make(portion)
    waited += (clock.now - start) / .seconds(1)
    next = nil
    if let following { next = (following, Background { [make] in try make(following) }) }
    return views
  }
}
