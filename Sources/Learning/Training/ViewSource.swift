import Base
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

/// The views of a portion that belong to one group.
package struct Views: Sendable {
  /// `[n·views, side, side, 3]`, normalised, all first views before all second ones.
  package let pixels: Tensor
  /// Answers of the task of the views or the images, where there is one.
  package let answers: [Int]?

  package init(pixels: Tensor, answers: [Int]? = nil) {
    (self.pixels, self.answers) = (pixels, answers)
  }
}

/// Source of a step's views, those of each group.
package protocol ViewSource: AnyObject {
  /// The views of `portion`; those of `following` may be begun. Throws `Interrupted`.
  func take(_ portion: Portion, following: Portion?) throws -> [Views]
}

/// Makes the views of the next portion while the network is busy with this one.
///
/// The views depend on the portion alone: they are the same whoever makes them, and when.
package final class ViewQueue: ViewSource {
  private let make: @Sendable (Portion) throws -> [Views]
  private var next: (portion: Portion, views: Background<[Views]>)?
  private let clock = ContinuousClock()
  /// Seconds that somebody waited for views.
  private(set) var waited = 0.0

  package init(of images: ImageSet, in groups: [ViewGroup], normalisation: Normalisation, run: Run) {
    // A worker of its own: the others are busy with the network. It stops with the same interrupt.
    let own = Run(seed: run.seed, workers: Workers(count: 1), interrupt: run.interrupt)
    make = { portion in
      // Views of different groups are different views of a picture: their numbers go on.
      var first = 0
      return try groups.map { group in
        defer { first += group.views }
        return try group.make(
          of: images, portion.indices, epoch: portion.epoch, first: first, normalisation, run: own)
      }
    }
  }

  package func take(_ portion: Portion, following: Portion?) throws -> [Views] {
    let start = clock.now
    let views = try next?.portion == portion ? next!.views.wait() : make(portion)
    waited += (clock.now - start) / .seconds(1)
    next = nil
    if let following { next = (following, Background { [make] in try make(following) }) }
    return views
  }
}

extension ViewGroup {
  /// The group's views of some images; `first` is the number of the first among the views of each. Throws `Interrupted`.
  func make(
    of images: ImageSet, _ indices: [Int], epoch: Int, first: Int, _ normalisation: Normalisation, run: Run
  ) throws -> Views {
    let numbers = first..<first + views
    let (pixels, answers) = try Images.views(
      of: images, indices: indices, epoch: epoch, numbers: numbers, with: augmentation, task: task,
      outputSize: side, normalisation: normalisation, run: run)
    return Views(pixels: pixels, answers: answers)
  }
}
