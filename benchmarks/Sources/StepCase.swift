import ArgumentParser
import Networks
import Tensors

/// A training step that is measured beside PyTorch's, under the same name in `peers/step.py`.
///
/// To add an encoder: a case, its shape, and its line in `makeEncoder`.
enum StepCase: String, CaseIterable, ExpressibleByArgument {
  /// ResNet18 with the 3×3 stem, 64 pictures of 32 pixels.
  case resnet32
  /// The same with 128 pictures.
  case resnet32x128
  /// ResNet18 with the ImageNet stem, 64 pictures of 64 pixels.
  case resnet64
  /// ResNet18 with the ImageNet stem, 10 pictures of 224 pixels.
  case resnet224
  /// The paper's ViT_6_6, 8 pictures of 224 pixels.
  case vit224

  /// Side of a picture in pixels, and pictures in a batch; the loss sees two views of each.
  var shape: (size: Int, batch: Int) {
    switch self {
    case .resnet32: (32, 64)
    case .resnet32x128: (32, 128)
    case .resnet64: (64, 64)
    case .resnet224: (224, 10)
    case .vit224: (224, 8)
    }
  }

  /// `width` is that of the first stage of a ResNet, or of a token; nil for the published one.
  /// Throws an error of the encoder for a size or a width out of bounds.
  func makeEncoder(size: Int, width: Int?) throws -> any Encoder {
    switch self {
    case .resnet32, .resnet32x128: try Network(.resnet(.resnet18, width: width ?? 64, size: size))
    case .resnet64, .resnet224:
      try Network(.resnet(.resnet18, stem: .imagenet, width: width ?? 64, size: size))
    case .vit224: try Network(.vit(.paper, width: width, size: size))
    }
  }
}
