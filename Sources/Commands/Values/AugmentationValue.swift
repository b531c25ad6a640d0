import Images
import Language

/// An augmentation, which makes the views of an image. It can also be read from the name of a preset, or from a list as a
/// composition.
struct AugmentationValue: Value {
  static let typeName = "augmentation"
  let augmentation: Augmentation

  init(_ augmentation: Augmentation) { self.augmentation = augmentation }

  var summary: String { augmentation.description }
}
