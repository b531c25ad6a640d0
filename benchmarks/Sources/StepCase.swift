import ArgumentParser
import Networks
import Tensors

/// A training step that is measured beside PyTorch's, under the same name in `peers/step.py`.
///
/// To add an encoder: a case, its shape, its line in `makeEncoder`, and where its weights are not all convolutions
/// how often each is used, in `products`.
enum StepCase: String, CaseIterable, ExpressibleByArgument {
  /// ResNet18 with the 3×3 stem, 64 pictures of 32 pixels.
  case resnet32
  /// The same with 128 pictures.
  case resnet32x128
  /// ResNet18 with the ImageNet stem, 64 pictures of 64 pixels.
  case resnet64
  /// ResNet18 with the ImageNet stem, 10 pictures of 224 pixels.
  case resnet224

  /// Side of a picture in pixels, and pictures in a batch; the loss sees two views of each.
  var shape: (size: Int, batch: Int) {
    switch self {
    case .resnet32: (32, 64)
    case .resnet32x128: (32, 128)
    case .resnet64: (64, 64)
    case .resnet224: (224, 10)
    }
  }

  /// Throws `InputError` for a size or a width out of bounds.
  func makeEncoder(size: Int, width: Int) throws -> any Encoder {
    switch self {
    case .resnet32, .resnet32x128: try ResNet(stem: .cifar, width: width, size: size)
    case .resnet64, .resnet224: try ResNet(stem: .imagenet, width: width, size: size)
    }
  }
}

/// Multiply-adds of one training step for one view: those of convolutions, each counted as a direct convolution whatever the
/// method, and of linear layers.
///
/// A layer takes one product forward and two backward, for its weights and for its input; the first layer of the network
/// only has the one for its weights.
func products(encoder: any Encoder, head: ProjectionHead) -> Int {
  let sides = Dictionary(uniqueKeysWithValues: encoder.plan.map { ($0.name, $0.outputShape) })
  var sum = 0
  for (name, entry) in State(of: encoder).entries {
    guard case .parameter(let parameter) = entry, parameter.value.shape.count == 4 else { continue }
    let line = name.split(separator: ".").prefix(2).joined(separator: ".")
    let places = (sides[line] ?? sides["stem"]!).prefix(2).reduce(1, *)
    sum += places * parameter.value.count * (name == "conv1.weight" ? 2 : 3)
  }
  for parameter in State(of: head).parameters where parameter.value.shape.count == 2 {
    sum += 3 * parameter.value.count
  }
  return sum
}
