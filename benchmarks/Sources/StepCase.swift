import ArgumentParser
import Networks
import Tensors

/// A training step that is measured beside PyTorch's, under the same name in `peers/step.py`.
///
/// To add an encoder: a case, its shape, its line in `makeEncoder`, and in `products` what it multiplies besides weights.
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
  /// Throws `InputError` for a size or a width out of bounds.
  func makeEncoder(size: Int, width: Int?) throws -> any Encoder {
    switch self {
    case .resnet32, .resnet32x128: return try ResNet(stem: .cifar, width: width ?? 64, size: size)
    case .resnet64, .resnet224: return try ResNet(stem: .imagenet, width: width ?? 64, size: size)
    case .vit224:
      var random = RandomStream(seed: 0)
      return try ViT(style: .paper, width: width, size: size, random: &random)
    }
  }
}

/// Multiply-adds of one training step for one view: those of convolutions, each counted as a direct convolution whatever the
/// method, of linear layers, and of attention.
///
/// Each product of the forward pass has two in the backward pass, one for either factor; the first convolution of a network
/// has only that for its weights.
package func products(encoder: any Encoder, head: ProjectionHead) -> Int {
  let shapes = Dictionary(uniqueKeysWithValues: encoder.plan.map { ($0.name, $0.outputShape) })
  var sum = 0
  for (name, entry) in State(of: encoder).entries {
    guard case .parameter(let parameter) = entry, [2, 4].contains(parameter.value.shape.count) else {
      continue
    }
    let line = name.split(separator: ".").prefix(2).joined(separator: ".")
    // A weight is used once for each place or token that its line of the plan gives.
    let places = (shapes[line] ?? encoder.plan[0].outputShape).dropLast().reduce(1, *)
    sum += places * parameter.value.count * (name == "conv1.weight" ? 2 : 3)
  }
  if let vit = encoder as? ViT {
    let tokens = (vit.inputSize / vit.patch) * (vit.inputSize / vit.patch) + 1
    sum += 3 * vit.depth * 2 * tokens * tokens * vit.width
  }
  for parameter in State(of: head).parameters where parameter.value.shape.count == 2 {
    sum += 3 * parameter.value.count
  }
  return sum
}
