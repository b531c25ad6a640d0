import Images
import Language

/// How views of an image are made. Reads also from the name of a preset, or from a list, as a composition.
struct AugmentationValue: Value {
  static let typeName = "augmentation"
  let augmentation: Augmentation

  init(_ augmentation: Augmentation) { self.augmentation = augmentation }

  var summary: String { augmentation.description }
}
